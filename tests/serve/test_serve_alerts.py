from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from serve_project import Door, Project, eventually, serving

from flowrun.cli.composition import registry
from flowrun.errors import Cause, Rejected, RunError
from flowrun.language.workspace import Workspace, read_workspace
from flowrun.runtime.journal.records import RunRecord
from flowrun.serve.alerts import Alerting
from flowrun.serve.masking import Mask
from flowrun.serve.recipients import send_by_apprise

pytestmark = pytest.mark.anyio

ALERTS = """
alerts:
  - {team: order-to-cash, to: ["json://sales"]}
  - {team: finance, to: ["json://finance", "json://ledger"]}
  - {team: "*", to: ["json://all"]}
"""


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Sent(list[tuple[list[str], str, str]]):
    def __call__(self, to: Any, title: str, body: str) -> list[str]:
        self.append((list(to), title, body))
        return []


class Desk:
    """Alerting with a clock and a letter box of its own."""

    def __init__(self, workspace: Workspace, mask: Mask) -> None:
        self.sent, self.clock = Sent(), Clock()
        self.alerting = Alerting(workspace, mask, self.sent, repeat=900, clock=self.clock)

    def dies(
        self, code: str = "V1/382", place: str = "created", key: str = "1042", message: str = "SAP: no"
    ) -> None:
        error: RunError = Rejected(message, Cause(code=code, target="Material"))
        error.place = place
        self.alerting.ended(run(key), "dead", error)

    async def told(self) -> list[tuple[list[str], str, str]]:
        await self.alerting.close()
        return list(self.sent)


def run(key: str = "1042", flow: str = "order_to_sap") -> RunRecord:
    nothing: dict[str, Any] = dict.fromkeys(
        ("lane", "next_at", "waiting_for", "step", "error", "result", "reason", "replay_of", "review")
    )
    return RunRecord(
        number=1, id=f"run-{key}", flow=flow, version="1", key=key, bulk=False, event={}, status="dead",
        accepted=0.0, changed=0.0, **nothing,
    )  # fmt: skip


@pytest.fixture
def workspace(project: Project, variables: dict[str, str]) -> Workspace:
    return read_workspace(project(extra=ALERTS), registry(), variables)


@pytest.fixture
def desk(workspace: Workspace) -> Desk:
    return Desk(workspace, Mask(["hunter2-secret"]))


async def test_the_team_of_the_rule_is_told_at_all_its_addresses(desk: Desk) -> None:
    desk.dies("V1/382")
    desk.dies("OTHER/1")
    assert [to for to, *_ in await desk.told()] == [["json://finance", "json://ledger"], ["json://sales"]]


async def test_the_team_of_the_table_of_errors_is_told_where_no_rule_names_one(desk: Desk) -> None:
    error: RunError = Rejected("SAP: period closed", Cause(code="F5/201", owner="finance"))
    error.place = "buyer"
    desk.alerting.ended(run("1042"), "dead", error)
    assert [to for to, _, _ in await desk.told()] == [["json://finance", "json://ledger"]]


async def test_an_alert_says_what_sap_said_which_order_it_was_and_what_to_do(desk: Desk) -> None:
    desk.dies(message="sap: SAP answers 400: Material FG-1 is blocked")
    ((_, title, body),) = await desk.told()
    assert title == "flowrun: order_to_sap stopped at created"
    assert body.splitlines() == [
        "sap: SAP answers 400: Material FG-1 is blocked",
        "key 1042",
        "flowrun dead-letters show run-1042",
        "flowrun runs show --key 1042",
    ]


async def test_one_cause_is_one_alert_and_is_told_again_with_its_count_when_it_grew(desk: Desk) -> None:
    for number in range(5):
        desk.dies(key=str(number))
    await desk.alerting.tick()
    desk.clock.now += 899
    await desk.alerting.tick()
    assert len(desk.sent) <= 1
    desk.clock.now += 2
    await desk.alerting.tick()
    desk.clock.now += 5000
    await desk.alerting.tick()  # it did not grow since
    assert [title for _, title, _ in await desk.told()] == [
        "flowrun: order_to_sap stopped at created",
        "flowrun: order_to_sap stopped at created (5 times)",
    ]


@pytest.mark.parametrize("other", [{"code": "V1/383"}, {"place": "buyer/created"}])
async def test_another_code_or_step_is_another_cause(desk: Desk, other: dict[str, str]) -> None:
    desk.dies()
    desk.dies(**other)
    assert len(await desk.told()) == 2


async def test_a_paused_connection_is_told_at_once_and_one_that_is_down_is_not(desk: Desk) -> None:
    desk.alerting.connection("sap", "down", "503")
    desk.alerting.connection("sap", "paused", "401")
    desk.alerting.connection("sap", "paused", "401")
    ((to, title, body),) = await desk.told()
    assert (to, title) == (["json://sales"], "flowrun: sap is paused")
    assert "401" in body


async def test_a_paused_connection_is_told_to_the_team_that_its_table_of_errors_names(desk: Desk) -> None:
    desk.alerting.connection("sap", "paused", "the service is not active", "finance")
    assert [to for to, _, _ in await desk.told()] == [["json://finance", "json://ledger"]]


async def test_a_journal_that_cannot_be_written_is_told_to_everybody(desk: Desk) -> None:
    desk.alerting.connection("journal", "down", "disk full")
    assert [to for to, *_ in await desk.told()] == [["json://all"]]


async def test_alerts_hold_no_secrets_and_no_addresses_of_people(desk: Desk) -> None:
    desk.dies(message="no: kunde@example.com, +49 (0)30 23125-117, hunter2-secret")
    ((*_, body),) = await desk.told()
    assert body.splitlines()[0] == "no: ***, ***, ***"


async def test_a_letter_box_that_breaks_is_told_and_stops_nothing(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> list[str]:
        raise OSError("json://sales:password@host refused")

    alerting = Alerting(workspace, Mask(), broken)
    alerting.connection("sap", "paused", "401")
    await alerting.close()
    assert "could not be sent by OSError" in caplog.text
    assert "password" not in caplog.text


async def test_apprise_delivers_a_real_dead_letter_and_its_own_log_says_nothing(
    project: Project,
    variables: dict[str, str],
    shop: Door,
    httpserver: HTTPServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    httpserver.expect_request("/good").respond_with_json({})
    host = f"{httpserver.host}:{httpserver.port}"
    to = f'["json://user:smtp-password@{host}/good", "json://user:smtp-password@127.0.0.1:1/bad", "nonsense://x"]'
    caplog.set_level(logging.DEBUG, "apprise")
    async with serving(project(extra=f'alerts: [{{team: "*", to: {to}}}]'), variables) as client:
        run = (await client.deliver({"id": 999_999, "order_number": "999999"})).json()["runs"][0]["run"]
        await client.until(run, "dead")
        await eventually(lambda: httpserver.log)
        await eventually(lambda: "could not be sent by json, nonsense" in caplog.text)
    data = json.loads(httpserver.log[0][0].get_data())
    assert "order_to_sap stopped at order" in data["title"]
    assert f"flowrun dead-letters show {run}" in data["message"]
    assert "flowrun runs show --key 999999" in data["message"]
    assert "smtp-password" not in caplog.text
    assert host not in caplog.text


def test_an_unknown_kind_of_address_fails_without_being_told_whole(caplog: pytest.LogCaptureFixture) -> None:
    assert send_by_apprise(["nonsense://user:password@host"], "t", "b") == ["nonsense"]
    assert "password" not in caplog.text
