"""Answers that say what is wrong, in one form for the whole HTTP interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response


def refusal(
    status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    """`{"code", "message"}` and whatever else helps."""
    return JSONResponse({"code": code, "message": message, **more}, status, headers=dict(headers or {}))


class Refusal(Exception):  # noqa: N818 - an answer, not a failure
    """A request is not carried out; this is its answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response
