"""SOAP services of SAP: an envelope out, the first element of the body in, and faults as errors.

SOAP wants no token: these services are not open to browsers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from flowrun.component.http import Answer, Client, retry_after
from flowrun.errors import Cause, Detail, Retryable, RunError
from flowrun_connectors.remote_text import shown
from flowrun_connectors.sap.odata.errors import Said, failure, sorted_error

if TYPE_CHECKING:
    from flowrun_connectors.sap.settings import CodeRule

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_CLIENT, _SERVER = "soap/Client", "soap/Server"
_SIDES = {"Client": _CLIENT, "Sender": _CLIENT, "Server": _SERVER, "Receiver": _SERVER}


async def call(
    client: Client, path: str, action: str, message: Element, codes: Mapping[str, CodeRule], place: str
) -> Element:
    """The answer to a message that writes. Raises `Retryable` with `doubt` when nobody knows what came of it."""
    headers = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml", "SOAPAction": f'"{action}"'}
    answer = await client.send("POST", path, body=enveloped(message), headers=headers)
    body = _body(answer)
    fault = body.find("{*}Fault") if body is not None else None
    if fault is not None:
        raise _refused(client.connection, answer, fault, codes, place)
    if not answer.is_success:
        raise failure(client.connection, answer, codes, writing=True, place=place)
    if body is None or not len(body):
        raise Retryable(
            f"{client.connection}: SAP answers {answer.status_code} for {place}, but the answer is no SOAP message; "
            "it is not known whether SAP has written it",
            Cause("not-soap", status=answer.status_code, connection=client.connection),
            doubt=True,
        )
    return body[0]


def _refused(
    connection: str, answer: Answer, fault: Element, codes: Mapping[str, CodeRule], place: str
) -> RunError:
    """A fault comes with HTTP 500, whosever mistake it is. One of the message is sorted as a 400: the same message
    again would meet the same fault, and nothing was written.
    """
    found = said(fault)
    ours = _side(fault) == _CLIENT
    return sorted_error(
        connection,
        found,
        codes,
        text=f"SAP refuses the message for {place}: {found.text or 'it does not say why'} ({found.code})",
        status=400 if ours else max(answer.status_code, 500),
        after=retry_after(answer.headers),
        doubt=not ours,
    )


def enveloped(message: Element) -> bytes:
    """The whole document."""
    register_namespace("soapenv", ENVELOPE)
    envelope = Element(f"{{{ENVELOPE}}}Envelope")
    SubElement(envelope, f"{{{ENVELOPE}}}Header")
    SubElement(envelope, f"{{{ENVELOPE}}}Body").append(message)
    document: bytes = tostring(envelope, encoding="utf-8", xml_declaration=True)
    return document


def said(fault: Element) -> Said:
    """What a fault of SOAP 1.1 or 1.2 says. The code is SAP's own where the detail has one, else the side whose
    mistake it is: soap/Client (the message) or soap/Server.
    """
    text = _first(fault, "faultstring") or _first(fault, "Reason/{*}Text")
    details = tuple(
        Detail(_first(found, "id"), shown(_first(found, "text")))
        for found in fault.findall(".//{*}faultDetail")
        if _first(found, "text")
    )
    told = _first(fault, "faultText") or text
    code = next((detail.code for detail in details if detail.code), "")
    return Said(code or _side(fault), shown(told), "", details)


def _side(fault: Element) -> str:
    code = _first(fault, "faultcode") or _first(fault, "Code/{*}Value")
    return _SIDES.get(code.rpartition(":")[2].partition(".")[0], _SERVER)


def _first(parent: Element, path: str) -> str:
    """The text at a path whose steps may be in any namespace."""
    found = parent.find(f".//{{*}}{path}")
    return (found.text or "").strip() if found is not None else ""


def _body(answer: Answer) -> Element | None:
    """The body of the envelope; None when the answer is something else."""
    from defusedxml import DefusedXmlException  # noqa: PLC0415 - for those who post only
    from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415 - the same

    try:
        root: Element = fromstring(answer.content)
    except (ParseError, DefusedXmlException, ValueError):
        return None
    return root.find("{*}Body") if root.tag.rpartition("}")[2] == "Envelope" else None
