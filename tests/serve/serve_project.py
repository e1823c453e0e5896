"""A real service in this process, asked over real HTTP, between two real sandbox systems."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from flowrun.cli.composition import registry
from flowrun.serve.service import Service, Settings
from flowrun_sandbox import Sandbox

ROOT = Path(__file__).parents[2]
SECRET = "a-webhook-secret"
PASSWORD = "xyzzy-sap-password"

FLOWRUN_YAML = """
project: merchant
timezone: Europe/Berlin
country: DE
default_environment: test
personal_data: [email, firstname, lastname, "*.phone"]
{extra}
environments:
  test:
    connections:
      xcart:
        xcart: {{url: "${{env:XCART}}", token: "${{env:XCART_TOKEN}}"}}
        webhooks: {webhooks}
      sap:
        sap:
          url: "${{env:SAP}}"
          user: FLOWRUN
          password: "${{env:SAP_PASSWORD}}"
          read_back_delay: 10ms
          timeout: 2s
    values: {{order_type: OR, large_order_type: OR}}
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    both = Sandbox(xcart_port=0, sap_port=0)
    both.sap_password = PASSWORD  # one that can be looked for in logs
    with both as running:
        yield running


class Door(httpx.Client):
    """The back door of a sandbox system."""

    def fault(self, kind: str, **rule: Any) -> None:
        self.post("/_sandbox/faults", json={"kind": kind, **rule}).raise_for_status()

    def order(self, count: int = 1, **spec: Any) -> list[dict[str, Any]]:
        """Orders of the mix, or one that is spelled out."""
        body = spec or {"count": count}
        placed: list[dict[str, Any]] = self.post("/_sandbox/orders", json=body).raise_for_status().json()
        return placed

    def asked(self, method: str, path: str = "") -> list[dict[str, Any]]:
        rows = self.get("/_sandbox/requests").json()
        return [row for row in rows if row["method"] == method and path in row["path"]]


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[Door]:
    with Door(base_url=sandbox.xcart_url, timeout=5) as client:
        client.post("/_sandbox/reset").raise_for_status()
        yield client


@pytest.fixture
def sap(sandbox: Sandbox) -> Iterator[Door]:
    with Door(base_url=sandbox.sap_url, timeout=5) as client:
        client.post("/_sandbox/reset").raise_for_status()
        yield client


Project = Callable[..., Path]


def with_called(flow: str) -> dict[str, str]:
    """A flow of this repository and all that it calls: file name and text."""
    found: dict[str, str] = {}
    waiting = [flow]
    while waiting:
        name = waiting.pop()
        if f"{name}.yaml" not in found:
            found[f"{name}.yaml"] = (ROOT / "flows" / f"{name}.yaml").read_text(encoding="utf-8")
            waiting += re.findall(r"^ +flow: (\w+)", found[f"{name}.yaml"], re.MULTILINE)
    return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A copy of this repository's own project, with its poll only when it is asked for, or with other flows."""

    def make(
        flows: Mapping[str, str] | None = None,
        *,
        extra: str = "",
        webhooks: str = f"{{secret: {SECRET}}}",
        poll: str | None = None,
    ) -> Path:
        folder = tmp_path / "project"
        shutil.copytree(ROOT / "lookups", folder / "lookups")
        if (ROOT / ".flowrun" / "metadata").is_dir():
            shutil.copytree(ROOT / ".flowrun" / "metadata", folder / ".flowrun" / "metadata")
        (folder / "flows").mkdir(parents=True)
        if flows is None:
            for name, text in with_called("order_to_sap").items():
                lines = text.splitlines(keepends=True)
                kept = [
                    line.replace("every: 5m", f"every: {poll}")
                    for line in lines
                    if poll or "poll:" not in line
                ]
                (folder / "flows" / name).write_text("".join(kept), encoding="utf-8")
        for name, text in (flows or {}).items():
            (folder / "flows" / name).write_text(text, encoding="utf-8")
        (folder / "flowrun.yaml").write_text(
            FLOWRUN_YAML.format(extra=extra, webhooks=webhooks), encoding="utf-8"
        )
        return folder

    return make


@pytest.fixture
def variables(sandbox: Sandbox) -> dict[str, str]:
    """The environment of the service; a test may change it while it runs."""
    return {
        "XCART": sandbox.xcart_url,
        "XCART_TOKEN": sandbox.xcart_token,
        "SAP": sandbox.sap_url,
        "SAP_PASSWORD": PASSWORD,
    }


class Client(httpx.AsyncClient):
    """Asks the service as systems and operators do."""

    def __init__(self, service: Service) -> None:
        super().__init__(base_url=service.url, timeout=10)
        self.service = service

    async def deliver(
        self, order: Mapping[str, Any], event: str = "order_placed", **more: Any
    ) -> httpx.Response:
        """A webhook of the shop, with the right secret."""
        headers = {"X-Flowrun-Secret": SECRET}
        return await self.post(f"/webhooks/xcart/{event}", json={**order, **more}, headers=headers)

    async def run(self, run: str) -> dict[str, Any]:
        data: dict[str, Any] = (await self.get(f"/api/runs/{run}")).raise_for_status().json()
        return data

    async def runs(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (
            (await self.get("/api/runs", params=query)).raise_for_status().json()["runs"]
        )
        return found

    async def until(self, run: str, *statuses: str, within: float = 10) -> dict[str, Any]:
        """The run as soon as it is in one of these statuses."""
        return await eventually(lambda: self._in(run, statuses), within)

    async def _in(self, run: str, statuses: tuple[str, ...]) -> dict[str, Any] | None:
        data = await self.run(run)
        return data if data["status"] in (statuses or ("done",)) else None


async def eventually(question: Callable[[], Any], within: float = 10) -> Any:
    """The first answer that is not empty."""
    deadline = time.monotonic() + within
    while True:
        answer = question()
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            return answer
        assert time.monotonic() < deadline, "it did not come"
        await asyncio.sleep(0.02)


QUICK = {"port": 0, "grace": 5.0, "watch_every": 0.05, "poll_jitter": 0.0, "alert_tick": 0.05}


@asynccontextmanager
async def serving(folder: Path, variables: Mapping[str, str], **settings: Any) -> AsyncIterator[Client]:
    """A service and a client of it."""
    service = Service(folder, registry(), settings=Settings(**{**QUICK, **settings}), variables=variables)
    await service.start()
    try:
        async with Client(service) as client:
            yield client
    finally:
        await service.stop()


def in_journal(folder: Path, question: str) -> list[tuple[Any, ...]]:
    """What another process sees in the file at this moment."""
    with closing(sqlite3.connect(f"file:{folder}/.flowrun/journal.db?mode=ro", uri=True)) as db:
        return db.execute(question).fetchall()


def fill_the_disk(client: Client, *, full: bool = True) -> None:
    """As on a full disk, the journal's file can grow no more; or it can again."""
    engine = client.service.engine
    assert engine is not None
    pages = 1 if full else 1_000_000
    engine.journal.write_now(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchall())


SHIRT = {"email": "kunde@example.com", "lines": [{"sku": "TS-BLK-M", "amount": 2}]}
LAMP = {"email": "kunde@example.com", "lines": [{"sku": "LAMP-09", "amount": 1}]}
PADDING = {"padding": "x" * 400_000}
"""Makes an event too large for the pages that a full disk still has."""
