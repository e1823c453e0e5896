"""The whole story of an order, found by whatever number somebody has at hand; ending a run; connections."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_beside import EngineBeside
from pytest_httpserver import HTTPServer

from flowrun_sandbox.catalogue import UNMAPPED_SKU
from read_back import orders
from running import Control, Run

pytestmark = pytest.mark.usefixtures("systems")

PARKED = [{"sku": UNMAPPED_SKU, "amount": 1}]


@pytest.fixture
def beside(project: Path, systems: None) -> Iterator[EngineBeside]:
    with EngineBeside(project) as engine:
        yield engine


def done(beside: EngineBeside, order: dict[str, Any]) -> str:
    run = beside.accept(order)
    beside.until(run, "done")
    return run


def test_the_story_of_an_order_holds_every_external_write(
    beside: EngineBeside, shop: Control, run: Run
) -> None:
    order = shop.order()
    accepted = done(beside, order)
    said = run("runs", "show", "--key", order["order_number"], "-o", "json").json
    (told,) = said["runs"]
    assert (told["run"], told["status"], len(told["version"])) == (accepted, "done", 12)
    writes = {effect["step"]: effect for effect in told["effects"] if not effect["reads"]}
    assert list(writes) == [
        "buyer/created", "buyer/in_sales_area", "buyer/linked", "created", "linked",
    ]  # fmt: skip
    created = writes["created"]
    assert (created["connection"], created["operation"], created["action"]) == ("sap", "upsert", "created")
    assert (len(created["request"]), created["attempts"], created["outcome"]) == (16, 1, "answered")
    sales_order = created["numbers"]["SalesOrder"]
    assert {"object": "sales_order", "xcart": order["order_number"], "sap": sales_order} in said[
        "cross_references"
    ]
    assert "kim@example.com" not in str(said)


def test_what_sap_warned_of_stands_in_the_story(
    beside: EngineBeside, shop: Control, sap: Control, run: Run
) -> None:
    sap.fault("warning", match="A_SalesOrder$", code="SLS_LORD/009", message="Document is incomplete")
    order = shop.order()
    done(beside, order)
    told = run("runs", "show", "--key", order["order_number"], "-o", "json").json["runs"][0]
    (said,) = [one for effect in told["effects"] for one in effect["messages"]]
    assert (said["severity"], said["code"]) == ("warning", "SLS_LORD/009")
    assert (
        "warning: Document is incomplete (SLS_LORD/009)"
        in run("runs", "show", "--key", order["order_number"]).out
    )


def test_an_order_is_found_by_its_number_in_sap_and_by_the_e_mail_address_of_its_buyer(
    beside: EngineBeside, shop: Control, sap: Control, run: Run
) -> None:
    order, other = shop.order(), shop.order(email="jo@example.com")
    accepted = done(beside, order)
    done(beside, other)
    (document,) = orders(sap, order["order_number"])
    for found in (("--sap", document.SalesOrder), ("--email", "KIM@example.com"), (accepted[:-2],)):
        assert [told["run"] for told in run("runs", "show", *found, "-o", "json").json["runs"]] == [accepted]


def test_a_story_is_told_in_order_with_replays_and_edits(project: Path, shop: Control, run: Run) -> None:
    order = shop.order()
    with EngineBeside(project) as engine:
        letter = engine.accept({**order, "id": 99_999})
        engine.until(letter, "dead")
    run("dead-letters", "edit", letter, "--set", f"id={order['id']}", "--why", "a typo", "--who", "kim")
    run("dead-letters", "replay", letter, "--yes")
    first, second = run("runs", "show", "--key", order["order_number"], "-o", "json").json["runs"]
    assert (first["run"], first["replayed_as"], second["replay_of"]) == (letter, [second["run"]], letter)
    assert [(edit["who"], edit["why"]) for edit in first["edits"]] == [("kim", "a typo")]
    text = run("runs", "show", "--key", order["order_number"])
    assert "by kim: a typo" in text.out
    assert text.out.index(f"replayed as: {second['run']}") < text.out.index(f"repeats: {letter}")


def test_runs_are_listed_by_status_and_flow(beside: EngineBeside, shop: Control, run: Run) -> None:
    went = done(beside, shop.order())
    waits = beside.accept(shop.order(lines=PARKED))
    beside.until(waits, "parked")

    def listed(*options: str) -> list[str]:
        return [one["run"] for one in run("runs", "list", "-o", "json", *options).json["runs"]]

    assert listed() == [waits, went]
    assert listed("--status", "open") == [waits]
    assert listed("--status", "done", "--flow", "order_to_sap") == [went]
    assert listed("--limit", "1") == [waits]
    assert listed("--flow", "clean_order") == []


def test_a_number_nobody_knows_is_told(beside: EngineBeside, run: Run) -> None:
    said = run("runs", "show", "--sap", "4711")
    assert (said.code, said.out) == (1, "")
    assert "no run knows '4711'" in said.err
    assert run("runs", "show").code == 2


def test_a_cancelled_run_lets_the_next_of_its_key_go(beside: EngineBeside, shop: Control, run: Run) -> None:
    order = shop.order(lines=PARKED)
    waits, behind = beside.accept(order), beside.accept({**order, "update_date": "2"})
    beside.until(waits, "parked")
    said = run("runs", "cancel", waits, "--why", "not wanted", "-o", "json")
    assert said.json == {"run": waits, "cancelled": True, "status": "cancelled", "under_way": None}
    beside.until(behind, "parked", seconds=3.0)
    assert beside.open() == 1
    again = run("runs", "cancel", waits, "--why", "not wanted")
    assert (again.code, again.out) == (1, f"{waits} had ended: cancelled\n")
    assert "not wanted" in run("runs", "list").out


def test_a_run_that_is_cancelled_while_it_is_under_way_says_so_and_writes_nothing_more(
    beside: EngineBeside, shop: Control, sap: Control, run: Run
) -> None:
    sap.fault("commit_then_timeout", match="A_BusinessPartner", delay_ms=1500)
    order = shop.order()
    accepted = beside.accept(order)
    while not sap.asked("POST", path="A_BusinessPartner"):
        time.sleep(0.01)
    said = run("runs", "cancel", accepted, "--why", "not wanted")
    assert said.code == 0
    assert "buyer/created was sent and has no answer yet" in said.err
    deadline = time.monotonic() + 5
    while beside.open():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    (told,) = run("runs", "show", accepted, "-o", "json").json["runs"]
    assert (told["status"], told["reason"]) == ("cancelled", "not wanted")
    assert {effect["step"]: effect["outcome"] for effect in told["effects"]}["buyer/created"] == "answered"
    assert orders(sap, order["order_number"]) == []


def test_connections_that_are_paused_are_listed_with_what_waits(
    beside: EngineBeside, shop: Control, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("connections", "list").code == 0
    beside.engine.journal.write_now(
        lambda db: db.execute(
            "INSERT INTO pause VALUES ('sap', ?, 'sap: 401 for pat@example.com')", (time.time(),)
        )
    )
    said = run("connections", "list", "-o", "json")
    rows = {row["connection"]: row for row in said.json["connections"]}
    assert (said.code, rows["sap"]["condition"], rows["sap"]["reason"]) == (1, "paused", "sap: 401 for ***")
    assert rows["xcart"]["condition"] == "not paused"


def test_reloading_asks_the_running_engine(project: Path, run: Run, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/connections/reload", method="POST").respond_with_json({"connections": {}})
    said = run("connections", "reload", "--url", httpserver.url_for("/"), "-o", "json")
    assert (said.code, said.json) == (0, {"connections": {}})


def test_reloading_shows_the_token_of_the_api_and_says_why_it_is_refused(
    project: Path, run: Run, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = {"uri": "/api/connections/reload", "method": "POST"}
    httpserver.expect_request(**door, headers={"Authorization": "Bearer right"}).respond_with_json({})
    httpserver.expect_request(**door).respond_with_json(
        {"code": "wrong-token", "message": "wrong token"}, 403
    )
    reload = ("connections", "reload", "--url", httpserver.url_for("/"))
    refused = run(*reload)
    assert (refused.code, "403: wrong token" in refused.err) == (3, True)
    monkeypatch.setenv("FLOWRUN_API_TOKEN", "right")
    assert run(*reload).code == 0


def test_reloading_without_a_running_engine_is_told(project: Path, run: Run) -> None:
    said = run("connections", "reload", "--url", "http://127.0.0.1:9")
    assert said.code == 3
    assert "no `flowrun serve` answers" in said.err
