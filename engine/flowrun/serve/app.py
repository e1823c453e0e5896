"""Every address this process answers at."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flowrun.errors import FlowrunError
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.serve.api import Api
from flowrun.serve.metrics import Metrics
from flowrun.serve.pollers import Poller
from flowrun.serve.problems import refusal
from flowrun.serve.webhooks import Webhooks

_TRUST = 1.0
"""Seconds for which a journal that could be written is taken to be writable."""


class Readiness:
    """Whether events can be accepted now."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        self.started = False
        self.stopping = False
        self._engine = engine
        self._written_at = -_TRUST

    async def why_not(self) -> str | None:
        """The reason, or None when they can."""
        if self.stopping:
            return "it is stopping"
        if not self.started:
            return "it is starting"
        if time.monotonic() - self._written_at < _TRUST:
            return None
        try:
            async with asyncio.timeout(5):
                await self._engine.journal.write(lambda db: db.execute("UPDATE meta SET value = value"))
        except (FlowrunError, TimeoutError) as error:
            return str(error) or "the journal cannot be written"
        self._written_at = time.monotonic()
        return None


def application(
    engine: EmbeddedEngine, api: Api, metrics: Metrics, pollers: Sequence[Poller], readiness: Readiness
) -> Starlette:
    """The ASGI application."""
    webhooks = Webhooks(engine)

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"alive": True})

    async def readyz(_request: Request) -> Response:
        why_not = await readiness.why_not()
        data = {
            "ready": why_not is None,
            **({"why": why_not} if why_not else {}),
            "connections": api.connections(),
        }
        return JSONResponse(data, 200 if why_not is None else 503)

    async def exposition(_request: Request) -> Response:
        return Response(await metrics.exposition(engine, pollers), media_type=CONTENT_TYPE_LATEST)

    app = Starlette(
        routes=[
            Route("/webhooks/{connection}", webhooks.receive, methods=["POST"]),
            Route("/webhooks/{connection}", webhooks.handshake, methods=["OPTIONS"]),
            Route("/webhooks/{connection}/{event}", webhooks.receive, methods=["POST"]),
            Route("/webhooks/{connection}/{event}", webhooks.handshake, methods=["OPTIONS"]),
            Route("/healthz", healthz, methods=["GET"]),
            Route("/readyz", readyz, methods=["GET"]),
            Route("/metrics", exposition, methods=["GET"]),
            Route("/api/runs", api.guarded(api.runs), methods=["GET"]),
            Route("/api/runs/{run}", api.guarded(api.run), methods=["GET"]),
            Route("/api/runs/{run}/cancel", api.guarded(api.cancel), methods=["POST"]),
            Route("/api/runs/{run}/resume", api.guarded(api.resume), methods=["POST"]),
            Route("/api/connections/reload", api.guarded(api.reload), methods=["POST"]),
        ],
        exception_handlers={HTTPException: _plainly},
    )
    app.router.redirect_slashes = False  # an address is right or wrong; nobody is sent elsewhere
    return app


async def _plainly(request: Request, error: Exception) -> Response:
    """Wrong addresses and methods, in the same form as everything else."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for nothing else
    code = {404: "unknown-address", 405: "wrong-method"}.get(error.status_code, "refused")
    return refusal(
        error.status_code, code, f"{request.method} {request.url.path}: {error.detail}", headers=error.headers
    )
