from __future__ import annotations

import asyncio
import threading

import httpx
import pytest
from serve_project import QUICK, SHIRT, Client, Door, Project, eventually, in_journal, serving

from flowrun.cli.composition import registry
from flowrun.errors import ConfigurationError
from flowrun.serve.lock import JournalLock
from flowrun.serve.service import Service, Settings

pytestmark = pytest.mark.anyio


async def under_way(client: Client, shop: Door) -> str:
    """A run that waits for a slow shop."""
    shop.fault("latency", delay_ms=600, match=r"/api/orders/\d+$")
    (order,) = shop.order(**SHIRT)
    run = (await client.deliver(order)).json()["runs"][0]["run"]
    await eventually(lambda: shop.asked("GET", f"/api/orders/{order['id']}"))
    return str(run)


async def test_a_run_that_is_under_way_may_end(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    folder = project()
    async with serving(folder, variables, grace=5.0) as client:
        await under_way(client, shop)
    assert in_journal(folder, "SELECT status FROM run") == [("done",)]


async def test_a_run_that_does_not_end_in_time_is_handed_back_and_goes_on_at_the_next_start(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    folder = project()
    async with serving(folder, variables, grace=0.05) as client:
        run = await under_way(client, shop)
    assert in_journal(folder, "SELECT status FROM run WHERE status NOT IN ('accepted', 'running')") == []
    async with serving(folder, variables) as client:
        await client.until(run, "done")


def ours() -> set[threading.Thread]:
    """The threads of this process, without those in which the sandbox answers: they come and go as it likes."""
    return {one for one in threading.enumerate() if "process_request_thread" not in one.name}


async def test_nothing_is_left_behind(project: Project, variables: dict[str, str]) -> None:
    threads, tasks = ours(), len(asyncio.all_tasks())
    async with serving(project(), variables) as client:
        assert (await client.get("/readyz")).status_code == 200
        url = client.service.url
    await client.service.stop()
    async with httpx.AsyncClient() as later:
        with pytest.raises(httpx.ConnectError):
            await later.get(f"{url}/healthz")
    assert ours() <= threads
    assert len(asyncio.all_tasks()) == tasks


async def test_a_start_that_fails_leaves_nothing_behind(project: Project, variables: dict[str, str]) -> None:
    folder = project()
    async with serving(folder, variables):
        second = Service(folder, registry(), settings=Settings(**QUICK), variables=variables)
        with pytest.raises(ConfigurationError, match="works on the journal"):
            await second.start()
    threads = ours()
    (folder / ".flowrun" / "state.db").unlink()
    (folder / ".flowrun" / "state.db").write_text("this is no database")
    third = Service(folder, registry(), settings=Settings(**QUICK), variables=variables)
    with pytest.raises(ConfigurationError, match="state"):
        await third.start()
    assert ours() <= threads
    JournalLock(folder / ".flowrun" / "journal.db").release()


async def test_it_is_ready_only_between_start_and_stop_and_while_the_journal_can_be_written(
    project: Project, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowrun.serve.app._TRUST", -1.0)
    async with serving(project(), variables) as client:
        assert (await client.get("/healthz")).json() == {"alive": True}
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        engine = client.service.engine
        assert engine is not None
        engine.journal.write_now(lambda db: db.execute("ALTER TABLE meta RENAME TO gone"))
        broken = await client.get("/readyz")
        assert (broken.status_code, (await client.get("/healthz")).status_code) == (503, 200)
        assert "journal" in broken.json()["why"]
        engine.journal.write_now(lambda db: db.execute("ALTER TABLE gone RENAME TO meta"))
        assert (await client.get("/readyz")).status_code == 200
        client.service._readiness.stopping = True  # type: ignore[union-attr]
        assert (await client.get("/readyz")).json()["why"] == "it is stopping"
