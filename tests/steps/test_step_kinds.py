"""Every step kind: described, its example valid, its decisions right."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from flowrun.component import Config, Registry, options_of
from flowrun.component.connector import Connector, operation
from flowrun.component.step import Branch, Done, End, Perform, Repeat, StepKind, Together
from flowrun.errors import Parked, Rejected
from flowrun.language.workspace import Workspace, read_workspace
from flowrun.steps import step_kinds

KINDS = {kind.name: kind for kind in step_kinds()}


class Nothing(Config):
    """No settings."""


class Anything(Connector[Nothing]):
    """A connection that takes everything."""

    name = "anything"
    Config = Nothing

    @operation(reads=True)
    async def get(self, request: Nothing) -> None:
        """Gets."""

    @operation(reads=True, paged=True)
    async def list_products(self, request: Nothing) -> None:
        """Lists."""

    @operation()
    async def request(self, request: Nothing) -> None:
        """Requests."""


def workspace(folder: Path, step: str) -> Workspace:
    files = {
        "flowrun.yaml": """
            project: steps
            environments:
              test: {connections: {xcart: {anything: {}}, sap: {anything: {}}, tax_service: {anything: {}}}}
            """,
        "flows/steps.yaml": "flow: steps\ntitle: One step\nsteps:\n" + indent(dedent(step).strip("\n"), "  "),
        "flows/customer_to_sap.yaml": """
            flow: customer_to_sap
            title: The other flow
            inputs: {profile_id: its number, address: its address, email: its e-mail address}
            steps: [{id: a, check: true}]
            """,
        "lookups/sales_area.csv": """
            currency,sales_organization,distribution_channel,division
            EUR,1010,10,00
            5,a,b,c
            """,
        "lookups/flags.csv": "flag,text\ntrue,yes\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text).lstrip(), encoding="utf-8")
    return read_workspace(folder, Registry.of(step_kinds(), [Anything]), {})


def decided(folder: Path, step: str, event: Any) -> Any:
    found = workspace(folder, step)
    assert found.problems == ()
    return found.flow("steps").steps[-1].kind.decide(found.scope({"event": event}))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_and_each_of_its_settings_is_described(kind: type[StepKind]) -> None:
    assert kind.__doc__
    for option in options_of(kind).values():
        assert option.info.description.endswith(".")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_its_example_is_valid(kind: type[StepKind], tmp_path: Path) -> None:
    assert [str(problem) for problem in workspace(tmp_path, kind.example).problems] == []


CHECK = "- {id: a, check: event.total > 5, message: 'total {{ event.total }}'}"


def test_a_check_goes_on_or_rejects_with_its_message(tmp_path: Path) -> None:
    assert decided(tmp_path, CHECK, {"total": 6}) == Done(True)
    assert decided(tmp_path, CHECK, {"total": 5}) == End("rejected", "total 5")


@pytest.mark.parametrize(("otherwise", "status"), [("skip", "skipped"), ("fail", "rejected")])
def test_a_condition_that_does_not_hold_ends_the_run(otherwise: str, status: str, tmp_path: Path) -> None:
    step = f"- {{id: a, condition: event.paid, otherwise: {otherwise}}}"
    assert decided(tmp_path, step, {"paid": False}) == End(status, "event.paid does not hold")


def test_a_condition_may_do_other_steps_first(tmp_path: Path) -> None:
    step = "- {id: a, condition: event.paid, otherwise: [{id: b, check: true}]}"
    instruction = decided(tmp_path, step, {"paid": False})
    assert isinstance(instruction, Branch)
    assert [step.id for step in instruction.steps] == ["b"]


@pytest.mark.parametrize(("key", "row"), [("EUR", "1010"), (5, "a"), (" EUR ", "1010")])
def test_a_lookup_finds_its_row_whatever_kind_the_key_is(key: Any, row: str, tmp_path: Path) -> None:
    found = decided(tmp_path, "- {id: a, lookup: sales_area, key: {from: event.key}}", {"key": key})
    assert found.value["sales_organization"] == row


def test_a_lookup_of_true_is_written_in_the_table_as_true(tmp_path: Path) -> None:
    assert decided(tmp_path, "- {id: a, lookup: flags, key: {from: event.key}}", {"key": True}).value == {
        "text": "yes"
    }


def test_a_lookup_without_a_row_rejects_parks_or_goes_on(tmp_path: Path) -> None:
    step = "- {{id: a, lookup: flags, key: {{from: event.key}}, missing: {}}}"
    with pytest.raises(Parked):
        decided(tmp_path, step.format("park"), {"key": "x"})
    with pytest.raises(Rejected, match="no row for an empty key"):
        decided(tmp_path, step.format("park"), {"key": None})
    with pytest.raises(Rejected, match="no row for 'x'"):
        decided(tmp_path, step.format("fail"), {"key": "x"})
    assert decided(tmp_path, step.format("null"), {"key": "x"}) == Done({"text": None})


def test_a_loop_takes_a_list_and_for_null_does_nothing(tmp_path: Path) -> None:
    step = "- {id: a, for_each: event.items, as: item, at_once: 3, steps: [{id: b, check: item.x}]}"
    repeat = decided(tmp_path, step, {"items": [1, 2]})
    assert isinstance(repeat, Repeat)
    assert (repeat.items, repeat.name, repeat.at_once) == ((1, 2), "item", 3)
    assert decided(tmp_path, step, {"items": None}).items == ()
    assert decided(tmp_path, step, {"items": []}).items == ()
    with pytest.raises(Rejected, match=r"event\.items is not a list"):
        decided(tmp_path, step, {"items": {"a": 1}})


def test_branches_are_started_together_by_name(tmp_path: Path) -> None:
    step = "- {id: a, parallel: {left: [{id: b, check: true}], right: [{id: c, check: true}]}}"
    together = decided(tmp_path, step, {})
    assert isinstance(together, Together)
    assert list(together.branches) == ["left", "right"]


@pytest.mark.parametrize(
    ("method", "operation_name", "again"),
    [("GET", "get", True), ("POST", "request", False), ("PUT", "request", True), ("PATCH", "request", False)],
)
def test_a_request_says_whether_it_may_be_repeated(
    method: str, operation_name: str, *, again: bool, tmp_path: Path
) -> None:
    request = f"{{connection: tax_service, method: {method}, path: /x, query: {{a: {{from: event.b}}}}}}"
    step = f"- {{id: a, http: {request}}}"
    found = workspace(tmp_path, step)
    kind = found.flow("steps").steps[-1].kind
    instruction = kind.decide(found.scope({"event": {"b": 5}}))
    assert isinstance(instruction, Perform)
    assert instruction.call.operation == operation_name
    assert instruction.call.parameters["query"] == {"a": 5}
    assert kind.may_repeat() is again
