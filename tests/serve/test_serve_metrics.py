from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families
from serve_project import LAMP, SHIRT, Client, Door, Project, eventually, in_journal, serving

pytestmark = pytest.mark.anyio

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def scraped(client: Client) -> Samples:
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float | None:
    return samples.get((f"flowrun_{name}", frozenset(labels.items())))


async def test_what_happened_and_how_things_stand_is_counted(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    folder = project(poll="1h")
    async with serving(folder, variables) as client:
        await eventually(lambda: in_journal(folder, "SELECT 1 FROM cursor"))
        (good,), (lamp,) = shop.order(**SHIRT), shop.order(**LAMP)
        runs = [(await client.deliver(one)).json()["runs"][0]["run"] for one in (good, good, lamp)]
        await client.until(runs[0], "done")
        await client.until(runs[2], "parked")
        now = await scraped(client)
    flow = "order_to_sap"
    assert value(now, "accepted_total", flow=flow) == 2
    assert value(now, "duplicates_total", flow=flow) == 1
    assert value(now, "runs_ended_total", flow=flow, status="done") == 1
    assert value(now, "runs", flow=flow, status="parked") == 1
    assert value(now, "effects_total", connection="xcart", operation="get_order", outcome="answered") == 2
    # The buyer and the order; the second order's buyer too, when it was quicker than the cross reference.
    assert value(now, "effect_seconds_count", connection="sap", operation="upsert") in (2, 3)
    assert value(now, "connection_condition", connection="sap", condition="well") == 1
    assert value(now, "connection_condition", connection="sap", condition="paused") == 0
    assert value(now, "permits_limit", connection="sap") is not None
    assert value(now, "permits_in_flight", connection="sap") == 0
    assert value(now, "load", state="open") == 1
    assert 0 <= (value(now, "oldest_open_run_age_seconds") or 0) < 30
    assert value(now, "poll_lag_seconds", flow=flow) is not None


async def test_nothing_has_happened_yet_is_an_answer_too(project: Project, variables: dict[str, str]) -> None:
    async with serving(project(), variables) as client:
        now = await scraped(client)
    assert value(now, "oldest_open_run_age_seconds") == 0
    assert value(now, "load", state="running") == 0
