"""SAP's error answers: their code, text, target and details, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from flowrun.component.http import Answer, NotJson, decode, retry_after
from flowrun.errors import Cause, Detail, Fatal, Rejected, Retryable, RunError
from flowrun_connectors.remote_text import is_html, shown
from flowrun_connectors.sap.odata.dialect import SEVERITIES

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from flowrun_connectors.sap.settings import CodeRule

SUMMARY = "/IWBEP/CX_MGW_BUSI_EXCEPTION"  # says only that something is wrong; a detail says what
_NOT_DONE = frozenset({429})  # a limit is checked before anything is carried out


@dataclass(frozen=True, slots=True)
class Said:
    """What SAP said. `details` are the single messages, the summary left out."""

    code: str = ""
    text: str = ""
    target: str = ""
    details: tuple[Detail, ...] = ()


def said(body: bytes, content_type: str = "") -> Said:
    """The message in an error body: JSON of V2 (also CAP's) or V4, XML, or a page. Never raises."""
    if is_html(content_type, body):
        return Said(text=shown(body[:4000].decode("utf-8", "replace")))
    try:
        data = decode(body)
    except NotJson:
        return _from_xml(body)
    error = data.get("error") if isinstance(data, Mapping) else None
    if not isinstance(error, Mapping):
        return Said()
    inner = error.get("innererror")
    inner = inner if isinstance(inner, Mapping) else {}
    places = (inner.get("errordetails"), error.get("details"), inner.get("ErrorDetails"))
    rows = next((found for found in places if isinstance(found, list)), None)
    details = (
        tuple(_detail(row) for row in rows if isinstance(row, Mapping)) if isinstance(rows, list) else ()
    )
    return _specific(
        str(error.get("code") or ""), _text(error.get("message")), str(error.get("target") or ""), details
    )


def failure(
    connection: str, answer: Answer, codes: Mapping[str, CodeRule], *, writing: bool, place: str = ""
) -> RunError:
    """The error that an answer stands for. `place` is what was asked for, in an analyst's words."""
    status = answer.status_code
    found = said(answer.content, answer.headers.get("content-type", ""))
    doubt = writing and (status >= 500 or status == 408) and status not in _NOT_DONE
    text = _fact(status, found, place)
    return sorted_error(
        connection, found, codes, text=text, status=status, after=retry_after(answer.headers), doubt=doubt
    )


def sorted_error(
    connection: str,
    found: Said,
    codes: Mapping[str, CodeRule],
    *,
    text: str,
    status: int,
    after: float | None = None,
    doubt: bool = False,
) -> RunError:
    """What SAP said as the error that the table of codes makes of it; `doubt` and `after` where it is tried
    again.
    """
    rule = _rule(status, found, codes)
    cause = Cause(
        found.code or f"http-{status}",
        found.target,
        status,
        connection,
        found.details,
        owner=rule.owner if rule is not None else "",
    )
    text = f"{connection}: {text}"
    match rule.then if rule is not None else "reject":
        case "fatal":
            return Fatal(f"{text}; {_fatal_move(status)}", cause)
        case "retry":
            return Retryable(text, cause, after=after, doubt=doubt)
        case _:
            return Rejected(text, cause)


def _rule(status: int, found: Said, codes: Mapping[str, CodeRule]) -> CodeRule | None:
    """The first pattern that fits a code decides; the specific codes are asked before the status. What no rule
    is for rejects the record.
    """
    asked = [
        found.code,
        *(detail.code for detail in found.details if detail.severity == "error"),
        f"http/{status}",
    ]
    for code in filter(None, asked):
        for pattern, rule in codes.items():
            if fnmatchcase(code, pattern):
                return rule
    return None


def _fact(status: int, found: Said, place: str) -> str:
    where = f" for {place}" if place else ""
    what = f"SAP answers {status}{where}"
    code = f" ({found.code})" if found.code else ""
    target = f" [{found.target}]" if found.target else ""
    return f"{what}: {found.text}{code}{target}" if found.text else what + code


def _fatal_move(status: int) -> str:
    if status == 401:
        return "check `user`, `password` and `client` of the connection"
    if status == 403:
        return "the user lacks the authorization in SAP"
    if 300 <= status < 400:
        return "SAP leads to another address, such as a log-on page: check `url` and the kind of log-on"
    return "check `client`, `service_root` and `services`, and that the service is active in SAP"


def _specific(code: str, text: str, target: str, details: tuple[Detail, ...]) -> Said:
    """The first error that says what is wrong stands for the whole; SAP repeats it, so it is no detail of
    its own.
    """
    told = tuple(item for item in details if item.code != SUMMARY)
    errors = [item for item in told if item.severity == "error"]
    if code == SUMMARY and errors:
        first = errors[0]
        return Said(
            first.code,
            first.message,
            first.target or target,
            tuple(item for item in told if item is not first),
        )
    rest = tuple(item for item in told if (item.code, item.message) != (code, text))
    own_target = target or next((item.target for item in details if item.code == code and item.target), "")
    return Said(code, text, own_target, rest)


def _detail(row: Mapping[str, Any]) -> Detail:
    return Detail(
        str(row.get("code") or ""),
        _text(row.get("message")),
        str(row.get("target") or row.get("propertyref") or ""),
        _severity(row),
    )


def _severity(row: Mapping[str, Any]) -> str:
    """V4 writes a number, under whatever alias the service gives SAP's vocabulary."""
    told = row.get("severity") or next(
        (value for name, value in row.items() if name.endswith("umericSeverity")), "error"
    )
    return SEVERITIES.get(str(told), str(told))


def _text(message: Any) -> str:
    """Gateway writes `{lang, value}` at the top and a text in details; CAP writes the record in both."""
    if isinstance(message, Mapping):
        message = message.get("value")
    return shown(str(message)) if message else ""


def _from_xml(body: bytes) -> Said:
    from defusedxml import DefusedXmlException  # noqa: PLC0415 - read when the first XML error comes
    from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415 - the same

    try:
        root = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError):
        return Said()
    details = tuple(
        Detail(
            _child(row, "code"),
            shown(_child(row, "message")),
            _child(row, "target") or _child(row, "propertyref"),
            _child(row, "severity") or "error",
        )
        for row in root.iter()
        if _local(row) == "errordetail"
    )
    return _specific(_child(root, "code"), shown(_child(root, "message")), _child(root, "target"), details)


def _child(parent: Element, name: str) -> str:
    return next((text for text in _texts(parent, name)), "")


def _texts(parent: Element, name: str) -> Iterator[str]:
    return ((item.text or "").strip() for item in parent if _local(item) == name)


def _local(item: Element) -> str:
    return str(item.tag).rpartition("}")[2]
