"""`flowrun run` and what it is given: events, flows, environments, projects."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from running import Ran, Run

pytestmark = pytest.mark.usefixtures("project")

Event = Callable[[Any], Path]
SMALL = "flow: small\ntitle: Small\nsteps:\n  - {id: got, extract: {n: event.n, name: event.name}}\n"


@pytest.fixture
def small(project: Path) -> None:
    """A project with one flow that needs no system."""
    for file in (project / "flows").glob("*.yaml"):
        file.unlink()
    (project / "flows" / "small.yaml").write_text(SMALL)


def fails(ran: Ran, code: int, told: str) -> None:
    assert ran.code == code, ran
    assert told in ran.err, ran.err
    assert ran.out == ""
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty; an event is a record such as"),
        ("  \n", "is empty"),
        ("[1, 2]", "holds a list; an event is a record"),
        ('"1187"', "holds a text"),
        ("1187", "holds a number"),
        ("null", "holds null"),
        ("{id: 1}", "is not JSON"),
        ('{"id": 1', "is not JSON"),
        ('{"id": NaN}', "is not JSON"),
        ("[" * 100_000, "is "),
    ],
)
def test_an_event_that_is_no_record_is_refused(
    run: Run, event: Event, small: None, text: str, told: str
) -> None:
    fails(run("run", "small", "--event", event(text)), 2, told)


def test_an_event_file_that_is_not_there_is_named(run: Run, small: None) -> None:
    fails(
        run("run", "small", "-e", "events/nothing.json"),
        2,
        "'events/nothing.json' cannot be read: No such file",
    )
    fails(run("run", "small", "-e", "flows"), 2, "Is a directory")


def test_an_event_may_begin_with_a_byte_order_mark_and_its_numbers_are_exact(
    run: Run, event: Event, small: None
) -> None:
    exact = "123456789012345678.123456789012345678901234567890"
    file = event(f'\ufeff{{"n": {exact}, "name": "Zoë 👋"}}')
    ran = run("run", "small", "-e", file, "-o", "json")
    assert ran.code == 0
    assert f'"n":{exact}' in ran.out
    assert "Zoë 👋" in ran.out


def test_the_event_may_come_from_stdin(run: Run, small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b'{"n": 5}')))
    assert run("run", "small", "-e", "-", "-o", "json").json["results"]["got"]["n"] == 5


def test_the_result_on_stdout_is_json_and_nothing_else(run: Run, event: Event, small: None) -> None:
    ran = run("run", "small", "-e", event({"n": 1}), "--output", "json")
    assert ran.json | {"run": "", "version": ""} == {
        "run": "",
        "flow": "small",
        "version": "",
        "status": "done",
        "results": {"got": {"n": 1, "name": None}},
        "error": None,
    }
    assert ran.err == ""


@pytest.mark.parametrize("name", ["small", "flows/small.yaml"])
def test_a_flow_is_named_by_its_name_or_its_file(run: Run, event: Event, small: None, name: str) -> None:
    assert run("run", name, "-e", event({})).code == 0


def test_what_does_not_exist_is_answered_with_what_does(run: Run, event: Event, small: None) -> None:
    file = event({})
    fails(run("run", "smal", "-e", file), 2, "there is no flow 'smal'; did you mean `small`?")
    fails(run("run", "small", "-e", file, "--env", "sandbx"), 2, "has no environment 'sandbx'; did you mean")
    fails(run("rnu", "small"), 2, "there is no command 'rnu'; did you mean `run`?")
    fails(run("run", "small"), 2, "--event")
    fails(run("run", "small", "-e", file, "--patience", "10"), 2, "write a number with its unit")


def test_a_folder_without_a_project_is_told(
    run: Run, event: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fails(run("run", "small", "-e", event({})), 2, "there is no flowrun.yaml here or above")


def test_another_project_is_chosen_by_its_folder(
    run: Run, event: Event, small: None, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("--project", project, "run", "small", "-e", event({})).code == 0


def test_a_flow_with_mistakes_does_not_run_and_shows_them(
    run: Run, event: Event, small: None, project: Path
) -> None:
    (project / "flows" / "small.yaml").write_text(SMALL.replace("event.n,", "evnt.n,"))
    fails(run("run", "small", "-e", event({})), 2, "error[unknown-name]")


def test_a_mistake_in_one_flow_does_not_stop_another(
    run: Run, event: Event, small: None, project: Path
) -> None:
    (project / "flows" / "broken.yaml").write_text("flow: broken\ntitle: x\nsteps: []\n")
    assert run("run", "small", "-e", event({})).code == 0


def test_an_environment_variable_that_is_not_set_is_named_with_its_connection(
    run: Run, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XCART_URL", "XCART_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    ran = run("run", "order_to_sap", "-e", event({"id": 1}), "--env", "production")
    fails(ran, 2, "the connection 'xcart' needs the environment variable XCART_URL, XCART_TOKEN")


def test_a_state_file_that_is_no_database_is_told(run: Run, event: Event, small: None, project: Path) -> None:
    (project / ".flowrun" / "state.db").write_bytes(b"garbage" * 1000)
    fails(run("run", "small", "-e", event({})), 2, "state.db' cannot be used: file is not a database")
    fails(run("lookups", "inbox"), 2, "state.db' cannot be used")


def test_a_state_file_that_somebody_holds_is_told(
    run: Run, event: Event, small: None, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = sqlite3.connect(project / ".flowrun" / "state.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr("flowrun.runtime.state.PATIENCE", 0.05)
    fails(run("run", "small", "-e", event({})), 2, "another flowrun is using it")
    holder.execute("ROLLBACK")
    holder.close()


def test_a_mistake_of_our_own_is_one_line_and_with_debug_a_traceback(
    run: Run, event: Event, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("flowrun.cli.run.workspace", broken)
    file = event({})
    fails(run("run", "small", "-e", file), 1, "something went wrong inside flowrun (ZeroDivisionError)")
    assert "Traceback" in run("--debug", "run", "small", "-e", file).err


HUNGRY = [
    "compute: range(10**9)",
    "compute: \"'a' * 10**9\"",
    "compute: event.__class__",
    "compute: event['__class__']",
    'text: "{{ event.__init__ }}"',
    'text: "{{ cycler.__init__.__globals__ }}"',
    "text: \"{% for a in [1] %}{% include '/etc/passwd' %}{% endfor %}\"",
]


@pytest.mark.parametrize("form", HUNGRY)
def test_a_template_that_reaches_outside_its_data_is_found_before_it_runs(
    run: Run, event: Event, small: None, project: Path, form: str
) -> None:
    step = f"  - id: bad\n    transform:\n      fields:\n        it:\n          {form}\n"
    (project / "flows" / "small.yaml").write_text(SMALL + step)
    assert run("validate").code == 1
    assert run("run", "small", "-e", event({})).code == 2


@pytest.mark.parametrize(
    "form",
    [
        "compute: event.n * event.n * event.n",
        'text: "{% for a in event.many %}{% for b in event.many %}{{ event.name }}{% endfor %}{% endfor %}"',
        "compute: event.name / 2",
        "compute: 1 / 0",
        "compute: event.nothing.at.all",
    ],
)
def test_data_that_no_expression_can_bear_rejects_the_record(
    run: Run, event: Event, small: None, project: Path, form: str
) -> None:
    step = f"  - id: bad\n    transform:\n      fields:\n        it:\n          {form}\n"
    (project / "flows" / "small.yaml").write_text(SMALL + step)
    data = {"n": json.loads("1" + "0" * 300), "name": "x" * 1000, "many": list(range(3000))}
    ran = run("run", "small", "-e", event(data))
    assert ran.code in (0, 1)
    assert "something went wrong" not in ran.err
