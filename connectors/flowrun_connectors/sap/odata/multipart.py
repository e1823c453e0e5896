"""What a `$batch` sends and answers: `multipart/mixed` with HTTP requests, and later HTTP answers, inside.

One changeset is one unit of work for SAP: all of its requests or none. The form is the same in OData V2 and V4
(SAP help, "$batch Processing"; OData 4.0 part 1, 11.7).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email import errors
from email.message import Message
from email.parser import BytesParser
from http.client import HTTPException, parse_headers
from io import BytesIO
from uuid import uuid4

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})(?: [^\r\n]*)?")
_CUT = (
    errors.NoBoundaryInMultipartDefect,
    errors.StartBoundaryNotFoundDefect,
    errors.CloseBoundaryNotFoundDefect,
    errors.MultipartInvariantViolationDefect,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One request inside a batch. `path` is below the service root and percent-encoded; `content_id` is told again
    with its answer.
    """

    method: str
    path: str
    content_id: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """The answer to one request inside a batch; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    content_id: str = ""


class BrokenBatchError(ValueError):
    """The answer is no whole batch: a page of a proxy, a reply cut in half."""


def packed(changesets: Sequence[Sequence[Part]]) -> tuple[str, bytes]:
    """The content type and the body of a `$batch`.

    No boundary begins with another one: servers have been seen that look for their beginning only.
    """
    mark = uuid4().hex
    boundary = f"batch_{mark}"
    lines: list[bytes] = []
    for at, parts in enumerate(changesets, 1):
        inner = f"changeset_{mark}_{at}"
        lines += [_ascii(f"--{boundary}"), _ascii(f"Content-Type: multipart/mixed; boundary={inner}"), b""]
        for part in parts:
            lines += [_ascii(f"--{inner}"), *_written(part)]
        lines += [_ascii(f"--{inner}--"), b""]
    return f"multipart/mixed; boundary={boundary}", b"\r\n".join([*lines, _ascii(f"--{boundary}--"), b""])


def _written(part: Part) -> list[bytes]:
    headers = {**part.headers, **({"Content-Length": str(len(part.body))} if part.body else {})}
    return [
        b"Content-Type: application/http",
        b"Content-Transfer-Encoding: binary",
        _ascii(f"Content-ID: {part.content_id}"),
        b"",
        _ascii(f"{part.method} {part.path} HTTP/1.1"),
        *(_ascii(f"{name}: {value}") for name, value in headers.items()),
        b"",
        part.body,  # the line is there for an empty body too: the Gateway answers 400 without it
    ]


def _ascii(line: str) -> bytes:
    """A line of a header. One that holds a line end would begin a header of its own."""
    if "\r" in line or "\n" in line:
        raise ValueError("a line of a header holds a line end")
    return line.encode("ascii")


def unpacked(content_type: str, body: bytes) -> list[list[PartAnswer]]:
    """The answers, one list for each changeset (or for what stands in its place). Raises `BrokenBatchError`."""
    whole = BytesParser().parsebytes(b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n" + body)
    return [_answers(part) for part in _parts(whole)]


def _parts(message: Message) -> list[Message]:
    if message.get_content_maintype() != "multipart":
        raise BrokenBatchError(f"it is {message.get_content_type()}, not multipart/mixed")
    found = message.get_payload()
    if any(isinstance(defect, _CUT) for defect in message.defects) or not isinstance(found, list):
        raise BrokenBatchError("it ends before its last part")
    return [part for part in found if isinstance(part, Message)]


def _answers(part: Message) -> list[PartAnswer]:
    if part.get_content_maintype() == "multipart":
        return [_answer(inner) for inner in _parts(part)]
    return [_answer(part)]


def _answer(part: Message) -> PartAnswer:
    if part.get_content_type() != "application/http":
        raise BrokenBatchError(f"a part of it is {part.get_content_type()}, not application/http")
    payload = part.get_payload(decode=True)
    text = BytesIO(payload.lstrip(b"\r\n") if isinstance(payload, bytes) else b"")
    status = _STATUS.fullmatch(text.readline().rstrip(b"\r\n"))
    if status is None:
        raise BrokenBatchError("a part of it has no status line")
    try:
        headers = parse_headers(text)
    except HTTPException as error:
        raise BrokenBatchError("the headers of a part of it cannot be read") from error
    named = {name.lower(): str(value) for name, value in headers.items()}
    content_id = str(part.get("Content-ID", "")) or str(headers.get("Content-ID", ""))
    return PartAnswer(int(status[1]), named, text.read(), content_id.strip())
