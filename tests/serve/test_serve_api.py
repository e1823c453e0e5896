from __future__ import annotations

import json

import pytest
from serve_project import LAMP, SHIRT, Door, Project, in_journal, serving

pytestmark = pytest.mark.anyio


async def test_an_order_is_found_by_its_numbers_and_its_ledger_holds_no_content(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    (order,) = shop.order(**SHIRT)
    async with serving(project(), variables) as client:
        run = (await client.deliver(order)).json()["runs"][0]["run"]
        await client.until(run, "done")
        by_number = await client.runs(key=order["order_number"])
        by_email = await client.runs(key="KUNDE@example.com")
        whole = await client.run(run)
        assert await client.runs(key="nobody@example.com") == []
    assert [found["run"] for found in by_number] == [found["run"] for found in by_email] == [run]
    ledger = {effect["place"]: effect for effect in whole["effects"]}
    assert ledger["created"]["answered"]
    assert (ledger["order"]["reads"], ledger["created"]["reads"]) == (True, False)
    assert "kunde@example.com" not in json.dumps(whole)
    told = {name for effect in whole["effects"] for name in effect} | set(whole)
    assert not {"event", "answer", "result"} & told


async def test_runs_are_listed_by_status_newest_first(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    async with serving(project(), variables) as client:
        runs = [
            (await client.deliver(shop.order(**what)[0])).json()["runs"][0]["run"] for what in (SHIRT, LAMP)
        ]
        await client.until(runs[0], "done")
        await client.until(runs[1], "parked")
        assert [run["run"] for run in await client.runs()] == runs[::-1]
        assert [run["run"] for run in await client.runs(status=["parked", "dead"])] == runs[1:]
        assert [run["run"] for run in await client.runs(limit=1)] == runs[1:]
        for wrong in ({"status": "finished"}, {"limit": "0"}, {"limit": "all"}, {"limit": "1001"}):
            assert (await client.get("/api/runs", params=wrong)).status_code == 400


async def test_a_waiting_run_is_cancelled_once_and_resumed_never_after(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    folder = project()
    async with serving(folder, variables) as client:
        run = (await client.deliver(shop.order(**LAMP)[0])).json()["runs"][0]["run"]
        await client.until(run, "parked")
        assert (await client.post(f"/api/runs/{run}/resume")).json() == {"run": run, "resumed": True}
        await client.until(run, "parked")
        endless = await client.post(f"/api/runs/{run}/cancel", json={"reason": "x" * 10_000})
        assert (endless.status_code, endless.json()["code"]) == (413, "too-large")
        assert (
            await client.post(f"/api/runs/{run}/cancel", json={"reason": "the customer rang"})
        ).status_code == 200
        assert (await client.post(f"/api/runs/{run}/cancel")).status_code == 409
        assert (await client.post(f"/api/runs/{run}/resume")).status_code == 409
    assert in_journal(folder, "SELECT status, reason FROM run") == [("cancelled", "the customer rang")]


async def test_a_run_that_is_not_there_is_404(project: Project, variables: dict[str, str]) -> None:
    async with serving(project(), variables) as client:
        for run in ("20990101000000-00000000", "%25", "_", "..%2f", "x" * 99):
            assert (await client.get(f"/api/runs/{run}")).status_code == 404
            assert (await client.post(f"/api/runs/{run}/cancel")).status_code == 404


HEADERS: list[tuple[str, dict[str, str], int]] = [
    ("this machine", {}, 200),
    ("a page of ours", {"Origin": "{url}"}, 200),
    ("a page of others", {"Origin": "https://evil.example.com"}, 403),
    ("a name that was bent to this machine", {"Host": "evil.example.com"}, 403),
    ("a proxy", {"X-Forwarded-For": "203.0.113.7"}, 403),
]


async def test_without_a_token_the_api_answers_to_this_machine_only(
    project: Project, variables: dict[str, str]
) -> None:
    async with serving(project(), variables) as client:
        for who, headers, status in HEADERS:
            sent = {name: text.format(url=client.service.url) for name, text in headers.items()}
            assert (await client.get("/api/runs", headers=sent)).status_code == status, who


async def test_on_an_address_that_others_reach_the_api_needs_its_token(
    project: Project, variables: dict[str, str]
) -> None:
    folder = project()
    async with serving(folder, variables, host="0.0.0.0") as client:
        closed = await client.get("/api/runs")
        assert (closed.status_code, closed.json()["code"]) == (403, "no-token")
        assert (await client.get("/healthz")).status_code == 200
    variables["FLOWRUN_API_TOKEN"] = "an-api-token"
    async with serving(folder, variables, host="0.0.0.0") as client:
        for given, status in (("an-api-token", 200), ("another", 403), ("an-api-tokem", 403), ("ü", 403)):
            answer = await client.get("/api/runs", headers=[(b"Authorization", b"Bearer " + given.encode())])
            assert answer.status_code == status
        assert (await client.post("/api/connections/reload")).status_code == 403


async def test_wrong_addresses_and_methods_are_told_in_the_same_form(
    project: Project, variables: dict[str, str]
) -> None:
    async with serving(project(), variables) as client:
        assert (await client.get("/nowhere")).json()["code"] == "unknown-address"
        wrong = await client.get("/webhooks/xcart/order_placed")
        assert (wrong.status_code, wrong.json()["code"]) == (405, "wrong-method")
