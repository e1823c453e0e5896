"""The examples in the components are what readers copy, so they must be right; the schema must agree."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from flowrun.cli.composition import registry
from flowrun.component.config import options_of
from flowrun.component.connector import Connector
from flowrun.component.step import StepKind
from flowrun.language.workspace import Workspace, read_workspace
from flowrun.reference.schema import flow_schema
from flowrun.steps import step_kinds
from running import ROOT

CONNECTORS = registry().connectors
TABLES = {"sales_area": "currency,sales_organization,distribution_channel,division\nEUR,1010,10,00\n"}
CALLED = """
flow: customer_to_sap
title: A buyer
inputs: {profile_id: a number, address: an address, email: an address}
steps: [{id: seen, extract: {email: event.email}}]
result: {business_partner: {from: seen.email}}
"""
PROJECT = """
environments:
  here:
    connections:
      xcart: {xcart: {url: https://shop.example.com, token: t}}
      sap: {sap: {url: https://sap.example.com, user: u, password: p}}
      tax_service: {http: {base_url: https://tax.example.com}}
"""


def project(folder: Path, **flows: str) -> Workspace:
    """The fixed project that examples are written for."""
    for name in ("flows", "lookups"):
        (folder / name).mkdir()
    (folder / "flowrun.yaml").write_text(PROJECT)
    for name, text in TABLES.items():
        (folder / "lookups" / f"{name}.csv").write_text(text)
    for name, text in {"customer_to_sap": CALLED, **flows}.items():
        (folder / "flows" / f"{name}.yaml").write_text(text)
    return read_workspace(folder, registry(), {})


def flow_of(kind: type[StepKind]) -> str:
    """A flow around the example. What it reads beside the event is an order."""
    before = (
        ""
        if "order." not in kind.example
        else "- id: order\n  extract: {items: event.items, surcharges: event.all}\n"
    )
    steps = before + textwrap.dedent(kind.example).strip()
    return f"flow: example\ntitle: An example\nsteps:\n{textwrap.indent(steps, '  ')}\n"


@pytest.mark.parametrize("kind", step_kinds(), ids=lambda kind: kind.name)
def test_the_example_of_a_step_kind_is_valid(kind: type[StepKind], tmp_path: Path) -> None:
    found = project(tmp_path, example=flow_of(kind))
    assert [str(problem) for problem in found.problems] == []


@pytest.mark.parametrize("connector", CONNECTORS.values(), ids=CONNECTORS.keys())
def test_the_example_of_a_connector_is_valid(connector: type[Connector[Any]], tmp_path: Path) -> None:
    example = textwrap.indent(textwrap.dedent(connector.example).strip(), "    ")
    (tmp_path / "flowrun.yaml").write_text(f"environments:\n  here:\n{example}\n")
    found = read_workspace(tmp_path, registry(), {})
    assert [str(problem) for problem in found.problems] == []
    assert found.connections


def documented(config: type[Any]) -> list[str]:
    return [name for name, option in options_of(config).items() if not option.info.description]


@pytest.mark.parametrize("kind", step_kinds(), ids=lambda kind: kind.name)
def test_every_key_of_a_step_kind_is_described(kind: type[StepKind]) -> None:
    assert (kind.__doc__ or "").strip()
    assert documented(kind) == []


@pytest.mark.parametrize("connector", CONNECTORS.values(), ids=CONNECTORS.keys())
def test_every_setting_and_parameter_of_a_connector_is_described(connector: type[Connector[Any]]) -> None:
    assert (connector.__doc__ or "").strip()
    assert documented(connector.Config) == []
    for operation in connector.operations().values():
        assert operation.summary.endswith(".")
        assert documented(operation.parameters) == []


# --- the schema ------------------------------------------------------------------------------------------------


def loaded(text: str) -> Any:
    """As an editor's language server reads it: all that is no plain number, true, false or null is text."""
    return yaml.load(text, Loader=_EditorLoader)


class _EditorLoader(yaml.SafeLoader):
    """YAML 1.2's core: no dates."""


_EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if "timestamp" not in tag]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def validator(found: Workspace) -> jsonschema.Draft202012Validator:
    connectors = {name: known.connector for name, known in found.connections.items()}
    schema = flow_schema(registry(), connectors, list(found.tables))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


FLOWS = sorted((ROOT / "flows").glob("*.yaml"))


@pytest.mark.parametrize("file", FLOWS, ids=lambda file: file.stem)
def test_the_project_s_flows_conform_to_the_schema_and_an_unknown_key_does_not(file: Path) -> None:
    checks = validator(read_workspace(ROOT, registry()))
    flow = loaded(file.read_text(encoding="utf-8"))
    assert [error.message for error in checks.iter_errors(flow)] == []
    assert not checks.is_valid(flow | {"stepz": []})
    if "steps" in flow:
        assert not checks.is_valid(flow | {"steps": [*flow["steps"], {"id": "x", "extrakt": {}}]})


@pytest.mark.parametrize("kind", step_kinds(), ids=lambda kind: kind.name)
def test_the_example_of_a_step_kind_conforms_to_the_schema(kind: type[StepKind], tmp_path: Path) -> None:
    found = project(tmp_path)
    assert [error.message for error in validator(found).iter_errors(loaded(flow_of(kind)))] == []
