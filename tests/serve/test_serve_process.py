"""`flowrun serve` as a process of its own: signals, the lock, a crash."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from serve_project import PASSWORD, SECRET, SHIRT, Door, Project, in_journal

COMMAND = [sys.executable, "-c", "from flowrun.cli import main; main()"]


@contextmanager
def serve(folder: Path, variables: dict[str, str], *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and its address once it accepts. What it says on stderr goes to a file beside the project."""
    with (folder / "log").open("a") as log, subprocess.Popen(
        [*COMMAND, "-p", str(folder), "serve", "--port", "0", "--announce", *more],
        stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, **variables},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, (folder / "log").read_text()
            yield process, json.loads(line)["url"]
        finally:
            process.kill()


def refused(folder: Path, variables: dict[str, str], *more: str) -> tuple[int, str]:
    done = subprocess.run(
        [*COMMAND, "-p", str(folder), "serve", "--port", "0", *more],
        capture_output=True, text=True, check=False, env={**os.environ, **variables}, timeout=20,
    )  # fmt: skip
    assert done.stdout == ""
    return done.returncode, done.stderr


def deliver(url: str, order: dict[str, Any]) -> str:
    answer = httpx.post(
        f"{url}/webhooks/xcart/order_placed", json=order, headers={"X-Flowrun-Secret": SECRET}
    )
    assert answer.status_code == 202
    return str(answer.json()["runs"][0]["run"])


def until_all_done(folder: Path, count: int) -> None:
    deadline = time.monotonic() + 20
    while in_journal(folder, "SELECT count(*) FROM run WHERE status = 'done'") != [(count,)]:
        assert time.monotonic() < deadline, in_journal(folder, "SELECT status, reason FROM run")
        time.sleep(0.05)


def test_a_signal_stops_it_and_a_second_one_on_the_same_journal_is_refused(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    folder = project()
    with serve(folder, variables) as (process, url):
        code, said = refused(folder, variables)
        assert code == 2
        assert f"another `flowrun serve` (process {process.pid})" in said
        deliver(url, shop.order(**SHIRT)[0])
        until_all_done(folder, 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert process.stdout is not None
        assert process.stdout.read() == ""
    lines = [json.loads(line) for line in (folder / "log").read_text().splitlines()]
    assert [line["event"] for line in lines if line["event"] in ("ready", "accepted", "ended", "stopped")] == [
        "ready", "accepted", "ended", "stopped"
    ]  # fmt: skip
    assert PASSWORD not in (folder / "log").read_text()


PERSON = {
    "firstname": "Kim",
    "street": "Torstr. 1",
    "zipcode": "10115",
    "city": "Berlin",
    "country_code": "DE",
    "phone": "+49 30 1234567",
}  # of two people under one name and address nobody could say which is meant


def test_what_was_accepted_before_a_kill_is_done_after_the_next_start_and_only_once(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    folder = project()
    sap.fault("commit_then_timeout", delay_ms=500, count=2, match="A_SalesOrder$")
    with serve(folder, variables) as (process, url):
        orders = [
            shop.order(
                email=f"k{number}@example.com",
                billing=PERSON | {"lastname": name},
                lines=[{"sku": "TS-BLK-M"}],
            )[0]
            for number, name in enumerate(("Abel", "Berg", "Conrad", "Dorn", "Ebert", "Funk"))
        ]
        runs = [deliver(url, order) for order in orders]
        deadline = time.monotonic() + 10
        while not sap.asked("POST", "A_SalesOrder"):  # in the middle of a create
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
    assert len(in_journal(folder, "SELECT id FROM run")) == len(set(runs)) == 6
    with serve(folder, variables):
        until_all_done(folder, 6)
    numbers = {str(order["order_number"]) for order in orders}
    assert len(created(sap, variables, numbers)) == 6


def created(sap: Door, variables: dict[str, str], numbers: set[str]) -> list[str]:
    """The sales orders that SAP itself has for these orders of the shop."""
    path = "/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder?$format=json&$top=500"
    rows = (
        sap.get(path, auth=("FLOWRUN", variables["SAP_PASSWORD"])).raise_for_status().json()["d"]["results"]
    )
    return [
        row["SalesOrder"] for row in rows if row["PurchaseOrderByCustomer"].removeprefix("XC-") in numbers
    ]


def test_a_project_with_mistakes_is_not_served_and_all_of_them_are_told(
    project: Project, variables: dict[str, str]
) -> None:
    folder = project(
        {
            "wrong.yaml": "flow: wrong\ntitle: Wrong\nsteps:\n"
            "  - id: a\n    extract: {x: evnt.id}\n  - id: b\n    chek: 1\n"
        }
    )
    code, said = refused(folder, variables)
    assert code == 2
    assert len(re.findall(r"error\[", said)) == 2
    assert "flows/wrong.yaml:5" in said


def test_a_missing_variable_of_a_connection_that_is_needed_is_told(
    project: Project, variables: dict[str, str]
) -> None:
    del variables["SAP_PASSWORD"]
    code, said = refused(project(), variables)
    assert code == 2
    assert "`sap` needs the environment variable SAP_PASSWORD" in said


def test_a_port_that_is_taken_is_told_in_one_line(project: Project, variables: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        code, said = refused(project(), variables, "--port", str(port))
    assert (code, len(said.splitlines())) == (2, 1)
    assert f"cannot listen at 127.0.0.1:{port}" in said


@pytest.mark.parametrize("arguments", [("--env", "prodution"), ("--grace", "soon")])
def test_a_wrong_option_is_told(
    project: Project, variables: dict[str, str], arguments: tuple[str, str]
) -> None:
    code, said = refused(project(), variables, *arguments)
    assert code == 2
    assert arguments[1] in said
