"""What an operator does about what went wrong: find the cause, change the event, run it again, or leave it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from engine_beside import EngineBeside

from flowrun.serve.lock import JournalLock
from flowrun_sandbox.catalogue import UNKNOWN_MATERIAL_SKU, UNMAPPED_SKU
from read_back import orders
from running import Control, Run

pytestmark = pytest.mark.usefixtures("systems")

NOWHERE = {"id": 99_999, "order_number": "77777"}
"""An event of an order that the shop does not have."""


@pytest.fixture
def beside(project: Path, systems: None) -> Iterator[EngineBeside]:
    with EngineBeside(project) as engine:
        yield engine


def dead(project: Path, *events: dict[str, Any]) -> list[str]:
    """Runs of these events that ended badly; nobody serves any more."""
    with EngineBeside(project) as engine:
        runs = [engine.accept(event) for event in events]
        for run in runs:
            engine.until(run, "dead", "parked")
    return runs


def unknown_material(shop: Control) -> dict[str, Any]:
    return shop.order(lines=[{"sku": UNKNOWN_MATERIAL_SKU, "amount": 1}])


def mend_material(project: Path) -> None:
    """The table had a wrong material; SAP has this one."""
    table = project / "lookups" / "sku_to_material.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("HW-XMAS-24", "FG-GIFTSET-MUG"), encoding="utf-8")


def events_in(project: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(project / ".flowrun" / "journal.db")) as db:
        return db.execute("SELECT id, status FROM run ORDER BY number").fetchall()


def test_dead_letters_of_one_cause_are_one_group(project: Path, shop: Control, run: Run) -> None:
    first, second = unknown_material(shop), unknown_material(shop)
    runs = dead(project, first, second, NOWHERE)
    said = run("dead-letters", "list", "--output", "json")
    groups = said.json["groups"]
    assert [(one["step"], one["code"], one["target"], one["count"]) for one in groups] == [
        ("created", "V1/382", "Material", 2),
        ("order", "not-found", "", 1),
    ]
    assert groups[0]["example"]["key"] in (first["order_number"], second["order_number"])
    assert groups[0]["act"] == f"flowrun dead-letters replay --group {groups[0]['group']}"
    of_group = run("dead-letters", "list", "--group", groups[0]["group"][:5], "-o", "json").json[
        "dead_letters"
    ]
    assert {one["run"] for one in of_group} == set(runs[:2])
    assert said.json["dead"] == 3


def test_the_name_of_a_group_is_the_same_every_day(project: Path, run: Run) -> None:
    dead(project, NOWHERE)
    (before,) = run("dead-letters", "list", "-o", "json").json["groups"]
    assert run("dead-letters", "resolve", "--group", before["group"], "--why", "a test").code == 0
    dead(project, {"id": 99_998, "order_number": "77778"})
    (after,) = run("dead-letters", "list", "-o", "json").json["groups"]
    assert after["group"] == before["group"]
    assert after["example"]["key"] == "77778"


def test_runs_that_wait_for_a_lookup_row_are_told_with_the_row(
    project: Path, shop: Control, run: Run
) -> None:
    dead(project, shop.order(lines=[{"sku": UNMAPPED_SKU, "amount": 1}]))
    said = run("dead-letters", "list")
    assert "1 run waits" in said.out
    assert f"add a row to lookups/sku_to_material.csv: sku = {UNMAPPED_SKU} with its material" in said.out
    (group,) = run("dead-letters", "list", "-o", "json").json["groups"]
    assert (group["waits"], group["value"], group["step"]) == (True, UNMAPPED_SKU, "sales_order")
    refused = run("dead-letters", "replay", "--group", group["group"], "--yes")
    assert refused.code == 2
    assert "wait for a lookup row" in refused.err


def test_personal_data_is_hidden_unless_asked_for(project: Path, run: Run) -> None:
    buyer = {
        "email": "kim@example.com",
        "billing_address": {"city": "Bonn", "street": "Am Hof 1"},
        "phone": "",
    }
    (letter,) = dead(project, {**NOWHERE, **buyer})
    hidden = run("dead-letters", "show", letter, "-o", "json")
    assert hidden.json["event"]["email"] == "***"
    assert hidden.json["event"]["phone"] == ""
    assert "kim@example.com" not in hidden.out + run("dead-letters", "show", letter).out
    assert (hidden.json["event"]["billing_address"]) == {"city": "Bonn", "street": "***"}
    revealed = run("dead-letters", "show", letter, "--reveal", "-o", "json").json
    assert revealed["event"]["email"] == "kim@example.com"


def test_the_rules_of_the_project_say_what_is_personal(project: Path, run: Run) -> None:
    settings = project / "flowrun.yaml"
    lines = [
        line for line in settings.read_text(encoding="utf-8").splitlines() if "personal_data" not in line
    ]
    settings.write_text("\n".join([*lines, "personal_data: [order_number]\n"]), encoding="utf-8")
    (letter,) = dead(project, {**NOWHERE, "street": "Am Hof 1"})
    event = run("dead-letters", "show", letter, "-o", "json").json["event"]
    assert (event["order_number"], event["street"]) == ("***", "Am Hof 1")


def test_a_letter_shows_what_was_done_and_how_to_go_on(project: Path, shop: Control, run: Run) -> None:
    (letter,) = dead(project, unknown_material(shop))
    shown = run("dead-letters", "show", letter[:-3], "-o", "json").json
    done = {effect["step"]: effect["action"] or effect["outcome"] for effect in shown["effects"]}
    assert (done["buyer/created"], done["created"]) == ("created", "failed")
    assert shown["error"]["code"] == "V1/382"
    assert f"flowrun dead-letters replay {letter}" in shown["act"]


def test_without_a_yes_nothing_is_changed(project: Path, shop: Control, sap: Control, run: Run) -> None:
    (letter,) = dead(project, unknown_material(shop))
    before = (events_in(project), sap.asked("POST"))
    said = run("dead-letters", "replay", letter)
    assert said.code == 0
    assert "would create (1 request)" in said.out
    assert "nothing was changed" in said.err
    assert (events_in(project), sap.asked("POST")) == before


def test_a_group_is_replayed_after_its_cause_is_mended(
    project: Path, shop: Control, sap: Control, run: Run
) -> None:
    placed = [unknown_material(shop) for _ in range(3)]
    letters = dead(project, *placed)
    mend_material(project)
    (group,) = run("dead-letters", "list", "-o", "json").json["groups"]
    said = run("dead-letters", "replay", "--group", group["group"], "--yes", "-o", "json")
    assert said.code == 0, said.err
    assert [(one["would"], one["requests"], one["status"]) for one in said.json["replays"]] == [
        ("create", 1, "done")
    ] * 3
    assert (said.json["replayed"], said.json["carried_out_by"]) == (3, "here")
    assert [len(orders(sap, order["order_number"])) for order in placed] == [1, 1, 1]
    assert run("dead-letters", "list", "-o", "json").json["groups"] == []
    assert run("runs", "show", letters[0], "-o", "json").json["runs"][0]["status"] == "resolved"


def test_an_order_that_went_through_meanwhile_is_left_alone_by_its_replay(
    project: Path, shop: Control, sap: Control, run: Run
) -> None:
    order = unknown_material(shop)
    (letter,) = dead(project, order)
    mend_material(project)
    with EngineBeside(project) as engine:
        engine.until(engine.accept({**order, "update_date": "2"}), "done")
    written = sap.asked("POST", "PATCH", "PUT", "MERGE", "DELETE")
    said = run("dead-letters", "replay", letter, "--yes", "-o", "json").json
    (replayed,) = said["replays"]
    assert (replayed["would"], replayed["requests"], replayed["status"]) == ("nothing", 0, "done")
    assert sap.asked("POST", "PATCH", "PUT", "MERGE", "DELETE") == written
    assert len(orders(sap, order["order_number"])) == 1


def test_what_would_fail_again_is_left_as_it_is(project: Path, run: Run) -> None:
    (letter,) = dead(project, NOWHERE)
    before = events_in(project)
    said = run("dead-letters", "replay", "--all", "--yes", "-o", "json")
    (replayed,) = said.json["replays"]
    assert said.code == 1
    assert (replayed["run"], replayed["would"], replayed["same_cause"]) == (letter, "fail", True)
    assert replayed["new_run"] is None
    assert events_in(project) == before


def test_an_edit_keeps_the_original_and_says_who_when_and_why(
    project: Path, shop: Control, sap: Control, run: Run
) -> None:
    order = shop.order()
    (letter,) = dead(project, {**order, "id": 99_999})
    edited = run(
        "dead-letters",
        "edit",
        letter,
        "--set",
        f"id={order['id']}",
        "--why",
        "typo",
        "--who",
        "kim",
        "-o",
        "json",
    )
    assert edited.json["changed"] == ["id"]
    shown = run("dead-letters", "show", letter, "-o", "json").json
    assert shown["event"]["id"] == 99_999
    assert [(one["who"], one["why"], one["event"]["id"]) for one in shown["edits"]] == [
        ("kim", "typo", order["id"])
    ]
    assert shown["edits"][0]["at"] == edited.json["at"]
    assert run("dead-letters", "replay", letter, "--yes").code == 0
    assert len(orders(sap, order["order_number"])) == 1


def test_a_whole_event_may_be_given_as_a_file(project: Path, shop: Control, run: Run, event: Any) -> None:
    order = shop.order()
    (letter,) = dead(project, {**order, "id": 99_999, "amount": 1})
    head = f'"event": "order_placed", "id": {order["id"]}, "order_number": "{order["order_number"]}"'
    whole = event(f'{{{head}, "amount": 1.10}}')
    assert run("dead-letters", "edit", letter, "--event", whole, "--why", "typo", "-o", "json").json[
        "changed"
    ] == [
        "id",
        "amount",
    ]
    shown = run("dead-letters", "show", letter, "-o", "json")
    assert '"amount": 1.10' in shown.out


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("order_number=1", "that is another order"),
        ("id", "sets nothing"),
        ("lines[0].sku=X", "the event has no `lines[0].sku`"),
    ],
)
def test_an_edit_that_cannot_be_made_says_why(project: Path, run: Run, setting: str, told: str) -> None:
    (letter,) = dead(project, NOWHERE)
    refused = run("dead-letters", "edit", letter, "--set", setting, "--why", "a test")
    assert refused.code == 2
    assert told in refused.err


def test_an_editor_needs_a_terminal(project: Path, run: Run) -> None:
    (letter,) = dead(project, NOWHERE)
    refused = run("dead-letters", "edit", letter, "--why", "a test")
    assert refused.code == 2
    assert "--set or --event" in refused.err


def test_from_the_failed_step_what_was_answered_is_not_asked_again(
    project: Path, shop: Control, run: Run
) -> None:
    (letter,) = dead(project, unknown_material(shop))
    mend_material(project)
    read = len(shop.asked("GET", path="/orders/"))
    said = run("dead-letters", "replay", letter, "--from", "failed-step", "--yes", "-o", "json").json
    (replayed,) = said["replays"]
    assert (replayed["from"], replayed["would"], replayed["status"]) == ("failed-step", "create", "done")
    assert len(shop.asked("GET", path="/orders/")) == read


def test_a_replay_runs_the_flow_of_then_when_asked(project: Path, shop: Control, run: Run) -> None:
    (letter,) = dead(project, unknown_material(shop))
    mend_material(project)
    (then,) = run("runs", "show", letter, "-o", "json").json["runs"]
    flow = project / "flows" / "order_to_sap.yaml"
    flow.write_text(
        flow.read_text(encoding="utf-8").replace("has no items", "has no lines"), encoding="utf-8"
    )
    now = run("dead-letters", "replay", letter, "-o", "json").json["replays"][0]["version"]
    said = run("dead-letters", "replay", letter, "--version", "then", "--yes", "-o", "json").json["replays"][
        0
    ]
    assert (said["version"], said["status"]) == (then["version"], "done")
    assert now != then["version"]


def test_nothing_but_the_replay_is_carried_out_when_nobody_serves(
    project: Path, shop: Control, sap: Control, run: Run
) -> None:
    parked = shop.order(lines=[{"sku": UNMAPPED_SKU, "amount": 1}])
    runs = dead(project, unknown_material(shop), parked)
    mend_material(project)
    table = project / "lookups" / "sku_to_material.csv"
    table.write_text(
        table.read_text(encoding="utf-8") + f"{UNMAPPED_SKU},FG-LAMP-BRASS,YB110,PC\n", encoding="utf-8"
    )
    assert run("dead-letters", "replay", runs[0], "--yes").code == 0
    assert run("runs", "show", runs[1], "-o", "json").json["runs"][0]["status"] == "parked"
    assert orders(sap, parked["order_number"]) == []


def test_a_replay_stays_behind_an_earlier_run_of_its_key(project: Path, shop: Control, run: Run) -> None:
    order = unknown_material(shop)
    (letter,) = dead(project, order)
    shop.post(
        f"/_sandbox/orders/{order['id']}/edit", json={"lines": [{"sku": UNKNOWN_MATERIAL_SKU, "amount": 2}]}
    )
    table = project / "lookups" / "sku_to_material.csv"
    whole = table.read_text(encoding="utf-8")
    without = "".join(
        line for line in whole.splitlines(keepends=True) if not line.startswith(UNKNOWN_MATERIAL_SKU)
    )
    table.write_text(without, encoding="utf-8")
    (parked,) = dead(project, {**order, "update_date": "2"})
    table.write_text(whole, encoding="utf-8")
    mend_material(project)
    (replayed,) = run("dead-letters", "replay", letter, "--yes", "-o", "json").json["replays"]
    assert (replayed["behind"], replayed["status"]) == (parked, "accepted")


def test_a_running_engine_takes_a_replay_up_and_the_command_waits_for_it(
    project: Path, beside: EngineBeside, shop: Control, sap: Control, run: Run
) -> None:
    order = unknown_material(shop)
    letter = beside.accept(order)
    beside.until(letter, "dead")
    mend_material(project)
    beside.reload()
    said = run("dead-letters", "replay", letter, "--yes", "--wait", "10s", "-o", "json")
    (replayed,) = said.json["replays"]
    assert said.code == 0, said.out
    assert (said.json["carried_out_by"], replayed["status"]) == ("serve", "done")
    assert len(orders(sap, order["order_number"])) == 1


def test_a_running_engine_misses_no_replay_though_it_accepts_others_at_the_same_time(
    project: Path, beside: EngineBeside, shop: Control, run: Run
) -> None:
    letters = [beside.accept(unknown_material(shop)) for _ in range(3)]
    for letter in letters:
        beside.until(letter, "dead")
    mend_material(project)
    beside.reload()
    new = []
    for letter in letters:
        (replayed,) = run("dead-letters", "replay", letter, "--yes", "-o", "json").json["replays"]
        new.append(replayed["new_run"])
        beside.accept(shop.order())  # its number is larger than that of the replay, and known at once
    for each in new:
        beside.until(each, "done")


def test_the_same_dead_letter_is_replayed_once(project: Path, shop: Control, run: Run) -> None:
    (letter,) = dead(project, unknown_material(shop))
    mend_material(project)
    assert run("dead-letters", "replay", letter, "--yes").code == 0
    again = run("dead-letters", "replay", letter, "--yes")
    assert again.code == 2
    assert "is no dead letter; it is resolved: replayed as" in again.err
    assert len(events_in(project)) == 2


def test_while_a_replay_is_carried_out_nobody_else_may_serve(project: Path, shop: Control, run: Run) -> None:
    (letter,) = dead(project, unknown_material(shop))
    mend_material(project)
    lock = JournalLock(project / ".flowrun" / "journal.db")
    said = run("dead-letters", "replay", letter, "--yes", "-o", "json").json
    lock.release()
    assert (said["carried_out_by"], said["replays"][0]["status"]) == ("serve", "accepted")


def test_resolving_takes_letters_off_the_table_and_keeps_the_reason(project: Path, run: Run) -> None:
    letters = dead(project, NOWHERE, {"id": 99_998, "order_number": "77778"})
    said = run("dead-letters", "resolve", *letters, "--why", "test orders", "-o", "json")
    assert (said.code, said.json) == (0, {"resolved": letters, "not_dead": []})
    assert run("runs", "show", letters[0], "-o", "json").json["runs"][0]["reason"] == "test orders"
    again = run("dead-letters", "resolve", letters[0], "--why", "once more", "-o", "json")
    assert (again.code, again.json["not_dead"]) == (1, [{"run": letters[0], "status": "resolved"}])


def test_a_replay_waits_unharmed_while_sap_does_not_answer(
    project: Path, shop: Control, sap: Control, run: Run
) -> None:
    (letter,) = dead(project, unknown_material(shop))
    mend_material(project)
    sap.fault("unavailable", count=0)
    said = run("dead-letters", "replay", letter, "-o", "json")
    (replayed,) = said.json["replays"]
    assert (replayed["would"], said.code) == ("unknown", 0)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["replay"], "say which"),
        (["replay", "--all", "--group", "d-1"], "say which"),
        (["replay", "nobody"], "the journal has no run 'nobody'"),
        (["list", "--group", "d-ffffff"], "there is no group 'd-ffffff'"),
        (["list", "--env", "production"], "holds the runs of the environment 'sandbox'"),
        (["list", "--journal", "nowhere.db"], "there is no journal nowhere.db"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(project: Path, run: Run, arguments: list[str], told: str) -> None:
    with EngineBeside(project):
        pass
    refused = run("dead-letters", *arguments)
    assert refused.code == 2
    assert told in refused.err
