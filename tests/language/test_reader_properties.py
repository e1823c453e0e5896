"""Whatever stands in a file, reading it gives problems or a flow, and never an exception."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small_project import CASES, REGISTRY, read_small

from flowrun.component import Facts
from flowrun.component.registry import Registry
from flowrun.errors import ConfigurationError, Problem
from flowrun.expressions.shapes import Record
from flowrun.expressions.templates import Templates
from flowrun.language.check import Checker
from flowrun.language.document import Document
from flowrun.language.flows import FlowReader
from flowrun.language.operations import KnownConnection
from flowrun.language.report import Report
from flowrun.language.tables import read_table

GOOD = (CASES / "good" / "everything.yaml").read_text(encoding="utf-8")
WORDS = [
    "flow:",
    "title:",
    "steps:",
    "- id: a",
    "check:",
    "from:",
    "{",
    "}",
    "[",
    "]",
    "{{",
    "}}",
    "'",
    '"',
    "|",
    ">",
    ":",
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    "#",
    "&a",
    "*a",
    "!!x",
    "%",
    "@",
    "`",
    "\t",
    "no",
    "08",
    "1e3",
    "event.x",
    "\\",
    "---",
    "...",
    "? ",
    "<<:",
    "text:",
    "for_each:",
    "as:",
    "fields:",
    "😀",
    "ü",
    "\u2028",
    "\x85",
    "\\u0041",
    "\\xff",
    "0x1F",
]
TOKENS = re.findall(r"\w+|\s+|[^\w\s]", GOOD)
CONNECTIONS = {
    name: KnownConnection(connector, Facts(None, None)) for name, connector in REGISTRY.connectors.items()
}
QUICK = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def problems_of(text: str, registry: Registry = REGISTRY) -> list[Problem]:
    report = Report()
    columns = {"country": ("name", "language"), "material": ("material",)}
    document = Document.parse("flows/x.yaml", text, report)
    flow = None
    if document is not None:
        reader = FlowReader(
            document,
            report,
            Templates(),
            columns,
            connections=CONNECTIONS,
            registry=registry,
            flow_names=frozenset({"buyer"}),
        )
        flow = reader.flow()
    if flow is not None:
        Checker({flow.name: flow}, CONNECTIONS, columns, Record(name="env", open=True)).check(report)
    return report.sorted()


def assert_told_well(text: str, problems: list[Problem]) -> None:
    lines = text.split("\n")
    for problem in problems:
        assert problem.message.strip()
        assert 1 <= problem.at.line <= len(lines), problem
        line = lines[problem.at.line - 1]
        assert 1 <= problem.at.column <= len(line) + 1, problem
        assert problem.at.column + problem.at.length <= len(line) + 2, problem
        for jargon in ("Traceback", "object at 0x", "NoneType", "<class", "token_nud"):
            assert jargon not in problem.message + problem.help


def test_the_good_flow_is_the_seed_of_the_mutations() -> None:
    assert problems_of(GOOD) == []


@QUICK
@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
@example('"\\UFFFFFFFF"')
@example("%YAML 1.9999999999999999999\n---\na")
@example("a: " + "9" * 6000)
def test_any_text_gives_problems_and_no_exception(text: str) -> None:
    assert_told_well(text, problems_of(text))


@QUICK
@given(st.lists(st.sampled_from(WORDS), max_size=12).map("".join))
def test_any_text_as_a_value_gives_problems_and_no_exception(text: str) -> None:
    flow = f"flow: a\ntitle: b\nsteps:\n  - id: t\n    transform:\n      fields:\n        x: {text}\n"
    assert_told_well(flow, problems_of(flow))


@QUICK
@given(st.data())
def test_any_change_of_a_token_gives_problems_and_no_exception(data: st.DataObject) -> None:
    tokens = list(TOKENS)
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(tokens) - 1))
        match data.draw(st.sampled_from(["drop", "double", "replace", "swap"])):
            case "drop":
                del tokens[index]
            case "double":
                tokens.insert(index, tokens[index])
            case "replace":
                tokens[index] = data.draw(st.sampled_from(WORDS + TOKENS[:200]))
            case _:
                other = data.draw(st.integers(0, len(tokens) - 1))
                tokens[index], tokens[other] = tokens[other], tokens[index]
    text = "".join(tokens)
    assert_told_well(text, problems_of(text))


@QUICK
@given(st.binary(max_size=60) | st.text(alphabet='ab;,"\n\r \x00ü', max_size=60).map(str.encode))
def test_any_bytes_as_a_table_give_problems_or_a_table(data: bytes) -> None:
    report = Report()
    table = read_table("t", "lookups/t.csv", data, report)
    assert table is not None or report.problems


@pytest.mark.parametrize(
    "text", ["[" * 10_000, "{a: " * 5_000, "- " * 5_000, "a:\n" + " x" * 100_000, "x" * 400_000]
)
def test_a_huge_or_deep_file_is_refused_at_once(text: str, tmp_path: Path) -> None:
    workspace = read_small(tmp_path, {"flows/x.yaml": text})
    assert workspace.problems


def test_a_project_file_of_random_values_gives_problems_only(tmp_path: Path) -> None:
    for value in ("5", "[]", "{}", "~", "text", "[{}]", "{a: 1}", "no", "'x'", "{{ x }}"):
        for key in (
            "project",
            "timezone",
            "country",
            "default_environment",
            "retention",
            "alerts",
            "personal_data",
        ):
            text = f"{key}: {value}\nenvironments: {{test: {{}}}}\n"
            with suppress(ConfigurationError):
                read_small(tmp_path, {"flowrun.yaml": text})
