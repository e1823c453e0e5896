"""/api: runs and their ledger, for people and programs beside this process. Never an event or an answer."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from flowrun.component.http import NotJson, decode
from flowrun.errors import ConfigurationError
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.runtime.journal import store
from flowrun.runtime.journal.file import JournalError
from flowrun.runtime.journal.records import ENDED, OPEN, EffectRecord, RunRecord
from flowrun.runtime.journaled import email_handle
from flowrun.serve.masking import Mask
from flowrun.serve.problems import Refusal, refusal

TOKEN = "FLOWRUN_API_TOKEN"  # noqa: S105 - the name of a variable
MOST = 1000
LARGEST = 10_000  # bytes: a reason is a sentence
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_RUN_ID = re.compile(r"[0-9A-Za-z-]{1,64}")

Handler = Callable[[Request], Awaitable[Response]]


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    return host in _LOOPBACK or host.startswith("127.")


class Api:
    """The handlers of /api."""

    def __init__(
        self,
        engine: EmbeddedEngine,
        mask: Mask,
        reload: Callable[[], Awaitable[None]],
        *,
        host: str,
        variables: Mapping[str, str],
    ) -> None:
        self._engine = engine
        self._mask = mask
        self._reload = reload
        self._loopback = is_loopback(host)
        self._variables = variables

    def guarded(self, handler: Handler) -> Handler:
        """The handler behind its door: a token, or a caller on this machine that no web page has sent."""

        async def guard(request: Request) -> Response:
            refused = self._refused(request)
            if refused is not None:
                return refused
            try:
                return await handler(request)
            except Refusal as instead:
                return instead.response
            except JournalError:
                return refusal(
                    503,
                    "not-written",
                    "it could not be written down; try again",
                    headers={"Retry-After": "5"},
                )

        return guard

    def _refused(self, request: Request) -> Response | None:
        token = self._variables.get(TOKEN, "")
        if token:
            given = (
                request.headers.get("authorization", "").removeprefix("Bearer ").encode("latin-1", "replace")
            )
            if hmac.compare_digest(given, token.encode()):
                return None
            return refusal(
                403, "wrong-token", f"the API needs `Authorization: Bearer` with the token of {TOKEN}"
            )
        if not self._loopback:
            return refusal(
                403,
                "no-token",
                f"the API is closed, since it can be reached from outside; set {TOKEN} to open it",
            )
        if any(name in request.headers for name in _FORWARDED):
            return refusal(
                403, "no-token", f"the API is closed to what a proxy passes on; set {TOKEN} to open it"
            )
        origin = request.headers.get("origin")
        host = request.headers.get("host", "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        if not is_loopback(name.strip("[]")) or (origin is not None and origin != f"http://{host}"):
            return refusal(
                403, "foreign-page", "the API answers to this machine only, and not to web pages of others"
            )
        return None

    # --- runs ------------------------------------------------------------------------------------------------------

    async def runs(self, request: Request) -> Response:
        """GET /api/runs?key=&status=&limit="""
        query = request.query_params
        statuses = tuple(query.getlist("status"))
        known = (*OPEN, *ENDED)
        unknown = [status for status in statuses if status not in known]
        if unknown:
            return refusal(
                400, "unknown-status", f"there is no status `{unknown[0]}`; there are {', '.join(known)}"
            )
        limit = query.get("limit", "100")
        if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= MOST:
            return refusal(400, "bad-limit", f"`limit` is a number from 1 to {MOST}")
        key = query.get("key")
        handle = email_handle(key) if key and "@" in key else key
        found = self._engine.find(handle=handle or None, status=statuses, limit=int(limit))
        return JSONResponse({"runs": [self._run(run) for run in found]})

    async def run(self, request: Request) -> Response:
        """GET /api/runs/{id}"""
        run = self._wanted(request)
        if run is None:
            return _no_run(request)
        with self._engine.journal.reading() as db:
            ledger = store.effects(db, run.id)
        return JSONResponse({**self._run(run), "effects": [self._effect(effect) for effect in ledger]})

    async def cancel(self, request: Request) -> Response:
        """POST /api/runs/{id}/cancel, with `{"reason": …}` if there is one to give."""
        run = self._wanted(request)
        if run is None:
            return _no_run(request)
        body = await _body(request)
        try:
            data = decode(body) if body else {}
        except NotJson as error:
            return refusal(400, "not-json", f"the body is not JSON: {error}")
        reason = data.get("reason") if isinstance(data, dict) else None
        done = await self._engine.cancel(
            run.id, reason if isinstance(reason, str) and reason else "cancelled over the API"
        )
        if not done:
            return refusal(409, "not-cancelled", "it has ended, or is under way just now; look at it again")
        return JSONResponse({"run": run.id, "cancelled": True})

    async def resume(self, request: Request) -> Response:
        """POST /api/runs/{id}/resume"""
        run = self._wanted(request)
        if run is None:
            return _no_run(request)
        if not await self._engine.resume(run.id):
            return refusal(
                409, "not-resumed", "it has ended; `flowrun dead-letters replay` runs a dead letter again"
            )
        return JSONResponse({"run": run.id, "resumed": True})

    async def reload(self, _request: Request) -> Response:
        """POST /api/connections/reload"""
        try:
            await self._reload()
        except ConfigurationError as error:
            problems = [problem.as_data() for problem in error.problems]
            return refusal(
                409, "not-reloaded", f"{error}; the connections stay as they were", problems=problems
            )
        return JSONResponse({"reloaded": True, "connections": self.connections()})

    def connections(self) -> dict[str, Any]:
        """The condition of every connection that was used."""
        return {
            name: {
                "condition": health.condition,
                **({"reason": self._mask.text(health.reason)} if health.reason else {}),
            }
            for name, health in self._engine.conditions().items()
        }

    # --- the form of what is told ----------------------------------------------------------------------------------

    def _wanted(self, request: Request) -> RunRecord | None:
        run = request.path_params["run"]
        return self._engine.get(run) if _RUN_ID.fullmatch(run) else None

    def _run(self, run: RunRecord) -> dict[str, Any]:
        data = {
            "run": run.id, "flow": run.flow, "version": run.version, "key": run.key, "status": run.status,
            "accepted": _moment(run.accepted), "changed": _moment(run.changed), "next": _moment(run.next_at),
            "waiting_for": run.waiting_for, "step": run.step, "reason": self._text(run.reason),
            "error": self._error(run.error), "replay_of": run.replay_of, "review": self._text(run.review),
        }  # fmt: skip
        return {name: value for name, value in data.items() if value is not None}

    def _effect(self, effect: EffectRecord) -> dict[str, Any]:
        return {
            "place": effect.place, "connection": effect.connection, "operation": effect.operation,
            "reads": effect.reads, "request": effect.request, "attempts": effect.attempts,
            "began": _moment(effect.began), "ended": _moment(effect.ended),
            "answered": effect.answered, "error": self._error(effect.error),
        }  # fmt: skip

    def _error(self, error: dict[str, Any] | None) -> dict[str, Any] | None:
        if error is None:
            return None
        hidden: dict[str, Any] = self._mask.record(error)
        return {
            name: self._text(value) if isinstance(value, str) else value for name, value in hidden.items()
        }

    def _text(self, text: str | None) -> str | None:
        return self._mask.text(text) if text is not None else None


async def _body(request: Request) -> bytes:
    """The whole body, never more than it may have: what is said of its length is not believed."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            text = f"what is sent to the API has at most {LARGEST} bytes"
            raise Refusal(refusal(413, "too-large", text, headers={"Connection": "close"}))
    return bytes(body)


def _no_run(request: Request) -> Response:
    return refusal(404, "unknown-run", f"there is no run `{request.path_params['run']}`, or it was pruned")


def _moment(seconds: float | None) -> str | None:
    return (
        datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
        if seconds is not None
        else None
    )
