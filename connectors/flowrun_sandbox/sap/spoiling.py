"""What a fault of the SAP system does to one request: a refusal, or a spoiled answer.

Texts and codes are those S/4HANA and its gateways are known for (SAP KBA 3048103 for the token, SAP API
Management for 429); shapes are those of recorded answers. Only the status and the code are worth branching on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from xml.sax.saxutils import escape

from mocksap import messages
from mocksap.odata import SapError
from mocksap.service import Response

from flowrun_sandbox.sap.faulty import SapRule

HTML_PAGE = b"<html><head><title>Logon</title></head><body><h1>SAP NetWeaver</h1></body></html>"
_HTML = "text/html;charset=utf-8"
_METADATA_NAMESPACE = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"


@dataclass(frozen=True)
class _Refusal:
    status: int
    code: str
    message: str


_REFUSALS: Mapping[str, _Refusal] = {
    "csrf_expired": _Refusal(403, "/IWFND/CM_CSRF", "CSRF token validation failed"),
    "lock": _Refusal(400, "56/393", "Document is currently being processed by user MUELLER"),
    "unavailable": _Refusal(503, "/IWFND/CM_MGW_RT", "No dialog work process available"),
    "rate_limit": _Refusal(429, "/IWFND/CM_MGW_RT", "Quota exceeded; too many requests"),
    "server_error": _Refusal(500, "/IWBEP/CX_MGW_TECH_EXCEPTION", "An exception was raised"),
    "xml_error": _Refusal(400, "SLS_LORD/033", "The document cannot be saved"),
    "v4_error": _Refusal(400, "SABP_BEHV/100", "Document is incomplete"),
    "forbidden": _Refusal(403, "/IWFND/CM_BEC/026", "No authorization to access this service"),
    "service_missing": _Refusal(
        403, "/IWFND/MED/170", "No service found for this namespace, name and version"
    ),
    "error_with_token": _Refusal(404, "/IWFND/CM_CONSUMER", "Resource not found"),
    "precondition_failed": _Refusal(412, "/IWBEP/CM_MGW_RT/022", "The entity was changed after it was read"),
    "password_expired": _Refusal(401, "", "Your password has expired"),
    "token_expired": _Refusal(401, "", "The access token expired"),
    "commit_then_error": _Refusal(
        500, "/IWBEP/CX_MGW_TECH_EXCEPTION", "An exception was raised after COMMIT"
    ),
}


def csrf_required() -> Response:
    """What S/4HANA says to a wrong, missing or old token; the call was not carried out."""
    return refusal(SapRule(kind="csrf_expired"))


def refusal(rule: SapRule) -> Response:
    """The answer that refuses, in the form the kind says. Nothing was done."""
    if rule.kind == "logon_page":
        return Response(200, body=HTML_PAGE, content_type=_HTML)
    usual = _REFUSALS.get(rule.kind, _Refusal(503, "", "the connection is closed"))
    error = SapError(rule.message or usual.message, rule.status or usual.status, code=rule.code or usual.code)
    response = _FORMS.get(rule.kind, Response.error)(error)
    if rule.kind == "csrf_expired":
        response.headers["x-csrf-token"] = "Required"
    retry_after = rule.retry_after_header()
    if retry_after is not None:
        response.headers["Retry-After"] = retry_after
    return response


def spoiled(response: Response, rule: SapRule, path: str) -> Response:
    """A true answer made worse. Hanging up and sending half of it are left to the connection."""
    if rule.kind == "html":
        return Response(response.status, body=HTML_PAGE, content_type=_HTML)
    if rule.kind == "commit_then_error":
        return refusal(rule)
    if rule.kind == "warning" and response.status < HTTPStatus.BAD_REQUEST:
        text = rule.message or "The document cannot be saved completely"
        told = messages.message(rule.code or "SLS_LORD/033", text, rule.severity)
        response.headers["sap-message"] = messages.to_header([told])
    if rule.kind == "skiptoken_loop":
        return _same_page_again(response, path)
    return response


def _same_page_again(response: Response, path: str) -> Response:
    """A next link that leads back to where it stands, as a broken ``$skiptoken`` does."""
    try:
        shape = json.loads(response.body)
    except ValueError:
        return response
    feed = shape.get("d", shape) if isinstance(shape, dict) else shape
    if not isinstance(feed, dict) or not ("results" in feed or "value" in feed):
        return response
    feed["__next" if "results" in feed else "@odata.nextLink"] = path
    kept = {name: value for name, value in response.headers.items() if name != "Content-Length"}
    return Response(response.status, body=shape, headers=kept)


def _as_v4(error: SapError) -> Response:
    """The shape recorded from a RAP service: a category and ``details`` without severities."""
    body = {
        "error": {
            "code": error.code,
            "message": error.message,
            "@SAP__common.ExceptionCategory": "Provider_Application_Error",
            "details": [{"code": error.code, "message": error.message, "target": "SalesOrder"}],
            "innererror": {"ErrorDetails": {"@SAP__common.TransactionId": "0" * 32}},
        }
    }
    return Response(error.status, body=body)


def _as_xml(error: SapError) -> Response:
    """What Gateway sends to whoever did not ask for JSON, and sometimes to whoever did."""
    code, message = escape(error.code), escape(error.message)
    body = (
        f'<?xml version="1.0" encoding="utf-8"?><error xmlns="{_METADATA_NAMESPACE}"><code>{code}</code>'
        f'<message xml:lang="en">{message}</message><innererror><errordetails><errordetail><code>{code}</code>'
        f"<message>{message}</message><propertyref/><severity>error</severity><target/></errordetail>"
        "</errordetails></innererror></error>"
    )
    return Response(error.status, body=body, content_type="application/xml;charset=utf-8")


def _password(error: SapError) -> Response:
    """The server refuses before any service is asked, so it answers with a page."""
    page = f"<html><body><h1>Logon failed</h1><p>{escape(error.message)}</p></body></html>"
    headers = {"WWW-Authenticate": 'Basic realm="SAP NetWeaver Application Server [MCK/100]"'}
    return Response(error.status, headers=headers, body=page, content_type=_HTML)


def _token(error: SapError) -> Response:
    realm = 'Bearer realm="SAP NetWeaver Application Server [MCK/100]"'
    response = Response.error(error)
    response.headers["WWW-Authenticate"] = (
        f'{realm}, error="invalid_token", error_description="{error.message}"'
    )
    return response


_FORMS: Mapping[str, Callable[[SapError], Response]] = {
    "xml_error": _as_xml,
    "v4_error": _as_v4,
    "password_expired": _password,
    "token_expired": _token,
}
