"""The project served between both systems, as `flowrun serve` does it, with the shop's webhooks coming in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from flowrun.cli.composition import registry
from flowrun.cli.demo_parts.day import ORDERS, Day
from flowrun.cli.demo_parts.outside import Outside
from flowrun.cli.demo_parts.quiet import Quiet
from flowrun.errors import ConfigurationError
from flowrun.serve.pollers import Poller

if TYPE_CHECKING:
    from flowrun.serve.service import Service

SHOP = "xcart"


@asynccontextmanager
async def served(folder: Path, outside: Outside) -> AsyncIterator[Service]:
    """A service in this process, until the end of the `async with`. Its log is a file beside the project."""
    from flowrun.serve.logs import logging_to  # noqa: PLC0415 - with the rest of the server, heavy
    from flowrun.serve.service import Service, Settings  # noqa: PLC0415

    settings = Settings(port=0, grace=5.0, watch_every=0.1, send_alert=_nobody)
    variables = outside.addresses.variables()
    service = Service(folder, registry(), environment="sandbox", settings=settings, variables=variables)
    if ORDERS not in service.workspace.flows:
        raise ConfigurationError(f"this project has no flow '{ORDERS}', which the demo runs")
    with (folder / "serve.log").open("w", encoding="utf-8") as log, logging_to(service.mask, "text", log):
        await service.start()
        try:
            yield service
        finally:
            await service.stop()


def _nobody(_addresses: Iterable[str], _title: str, _body: str) -> list[str]:
    """A demo alerts nobody."""
    return []


def dawn(service: Service, outside: Outside, orders: int, *, listens: bool) -> Day:
    """The beginning of a day, with the polls at hand: they look when the story wants it, not only when it is time."""
    engine = service.engine
    assert engine is not None  # noqa: S101 - it was started
    polls = {
        flow.name: flow.trigger.poll
        for flow in service.workspace.flows.values()
        if flow.trigger is not None and flow.trigger.poll is not None
    }
    scope = service.workspace.scope({"env": dict(service.environment.values)})
    queues = [poll.call.call(scope).parameters.get("queue") for poll in polls.values()]
    pollers = [Poller(service.workspace.flows[name], poll, engine) for name, poll in polls.items()]
    quiet = Quiet(engine, pollers, outside, [str(queue) for queue in queues if queue])
    return Day(engine, outside, quiet, orders, listens)


def secret_of(service: Service) -> str | None:
    """What a webhook of the shop proves itself by; None when the project takes none."""
    connection = service.environment.connections.get(SHOP)
    security = connection.webhooks if connection is not None else None
    return security.secret.reveal() if security is not None and security.secret is not None else None


async def subscribed(service: Service, outside: Outside) -> bool:
    """Sends the shop's webhooks to the service. False when the project takes none."""
    secret = secret_of(service)
    if secret is None:
        return False
    await outside.shop("hooks", url=f"{service.url}/webhooks/{SHOP}/{{event}}", secret=secret)
    await outside.shop("settings", webhooks=True)
    return True
