"""The answers of X-Cart: data out of the good ones, sorted errors out of the others."""

from __future__ import annotations

from typing import Any

from flowrun.component.http import Answer, NotJson, decode, retry_after
from flowrun.errors import Cause, Fatal, Rejected, Retryable, RunError
from flowrun_connectors.remote_text import is_html, message_in

_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_NOT_DONE = frozenset({425, 429})  # refused before anything was carried out


def data_of(connection: str, answer: Answer, what: str) -> Any:
    """The data in a good answer: a record or a list. Raises `Fatal`, `Rejected` or `Retryable` for any other.

    `what` was asked for, in an analyst's words and without data: `the order`.
    """
    writing = answer.request.method not in ("GET", "HEAD")
    if not answer.is_success:
        raise failure(connection, answer, what, writing=writing)
    if answer.status_code == 204:
        return {}
    try:
        data = decode(answer.content)
    except NotJson as error:
        raise unusable(connection, answer, what, writing=writing) from error
    if not isinstance(data, dict | list):
        raise unusable(connection, answer, what, writing=writing)
    return data


def failure(connection: str, answer: Answer, what: str, *, writing: bool) -> RunError:
    """The error that an answer stands for."""
    status = answer.status_code
    said = _message(answer)
    cause = Cause(f"http-{status}", status=status, connection=connection)
    text = f"{connection}: X-Cart answers {status} for {what}" + (f": {said}" if said else "")
    if status == 401:
        return Fatal(f"{text}; check `token` against the keys in the shop's Settings > API", cause)
    if status == 403:
        if not writing:
            return Fatal(f"{text}; the key in `token` may not read this", cause)
        return Fatal(
            f"{text}; the key in `token` may only read: flows that write need the read/write key", cause
        )
    if status in _LATER:
        doubt = writing and status not in _NOT_DONE
        return Retryable(text, cause, after=retry_after(answer.headers), doubt=doubt)
    if answer.is_redirect:
        return Fatal(f"{text}; the shop leads to another address: put that into `url`", cause)
    if status == 404 or (status == 400 and "not found" in said.lower()):
        return Rejected(text, Cause("not-found", status=status, connection=connection))
    return Rejected(text, cause)


def unusable(connection: str, answer: Answer, what: str, *, writing: bool) -> Retryable:
    """The error that a good status without data stands for: a closed shop, a proxy's page, half an answer."""
    page = is_html(answer.headers.get("content-type", ""), answer.content)
    fact = "a page for people" if page else "no usable JSON"
    move = (
        "it is not known whether it was written"
        if writing
        else "is the shop closed, or `url` not the shop's own?"
    )
    return Retryable(
        f"{connection}: X-Cart answers {answer.status_code} for {what}, but with {fact}; {move}",
        Cause("not-json", status=answer.status_code, connection=connection),
        doubt=writing,
    )


def _message(answer: Answer) -> str:
    try:
        return message_in(decode(answer.content))
    except NotJson:
        return ""
