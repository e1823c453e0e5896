"""The faults of the SAP system: what can go wrong, and which requests it meets.

``spoiling`` carries them out; mock-sap's own faults (``/_mock/faults``) are there beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from mocksap.server import UNSAFE

from flowrun_sandbox.faults import Rule

PUBLISH = "PUBLISH"
"""The method of an event on its way into the queues; the path is its topic."""

Kind = Literal[
    # The request is carried out, and its sender learns of it badly or not at all.
    "commit_then_drop",
    "commit_then_timeout",
    "commit_then_error",
    "html",
    "cut",
    "slow",
    "warning",
    "skiptoken_loop",
    "session_lost",
    # The request is refused, or lost, before anything is done.
    "csrf_expired",
    "lock",
    "unavailable",
    "rate_limit",
    "server_error",
    "xml_error",
    "v4_error",
    "forbidden",
    "service_missing",
    "precondition_failed",
    "password_expired",
    "token_expired",
    "logon_page",
    "error_with_token",
    "drop_before_commit",
    "timeout",
    # Event Mesh.
    "duplicate_event",
    "reorder_event",
    "late_event",
    "acknowledgement_lost",
]

AFTERWARDS = {
    "commit_then_drop",
    "commit_then_timeout",
    "commit_then_error",
    "html",
    "cut",
    "warning",
    "skiptoken_loop",
}
EVENTS = {"duplicate_event", "reorder_event", "late_event"}
_WRITING = {
    "commit_then_drop",
    "commit_then_timeout",
    "commit_then_error",
    "csrf_expired",
    "lock",
    "precondition_failed",
    "drop_before_commit",
    "warning",
}


class SapRule(Rule, kw_only=True):
    """One fault; ``does`` says what each kind does. Without a ``method``, those about writing meet modifying calls
    only. For events, ``match`` is for the topic."""

    does: ClassVar[Mapping[str, str]] = {
        "commit_then_drop": "executes and commits, then closes the connection without an answer",
        "commit_then_timeout": "executes and commits, and answers after --delay",
        "commit_then_error": "executes and commits, and answers 500",
        "html": "executes, and answers with a page in place of JSON under the true status",
        "cut": "executes, and sends half of the answer",
        "slow": "waits (3 s, or --delay) and then does the request",
        "warning": "adds a sap-message to a good answer to a modifying call",
        "skiptoken_loop": "gives a feed a next page that is the same page",
        "session_lost": "forgets all sessions: reading works, the next modifying call is refused with 403 Required",
        "csrf_expired": "refuses a modifying call with 403 Required and forgets all sessions",
        "lock": "refuses a modifying call with 400: the document is being processed by somebody",
        "unavailable": "refuses with 503, and Retry-After if one is given",
        "rate_limit": "refuses with 429, and Retry-After if one is given",
        "server_error": "refuses with 500; nothing is done",
        "xml_error": "refuses with 400 and an error in XML",
        "v4_error": "refuses with 400 and an error in the form of OData V4",
        "forbidden": "refuses with 403 for a missing authorization, which no token helps",
        "service_missing": "refuses with 403: the service is not active",
        "precondition_failed": "refuses a modifying call with 412, or --status 428",
        "password_expired": "refuses with 401 and a page",
        "token_expired": "refuses with 401 and ends all OAuth tokens",
        "logon_page": "does nothing and answers 200 with a page to log on",
        "error_with_token": "refuses a reading call with 404, with a CSRF token in its headers all the same",
        "drop_before_commit": "closes the connection to a modifying call with nothing done",
        "timeout": "waits (60 s, or --delay) and closes the connection with nothing done",
        "duplicate_event": "puts an event into the queues twice",
        "reorder_event": "puts an event into the queues before older ones",
        "late_event": "puts an event into the queues after --delay",
        "acknowledgement_lost": "answers an acknowledgement with 204 and loses it: the message comes again",
    }
    kind: Kind
    code: str = ""
    message: str = ""
    severity: Literal["success", "info", "warning", "error"] = "warning"
    """Of ``warning``."""
    status: int = 0
    """In place of the usual one, for kinds that refuse."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.status and not 400 <= self.status <= 599:
            raise ValueError("status is from 400 to 599, or 0 for the usual one")

    def meets(self, method: str, path: str) -> bool:
        """Most faults are about writing, some about one kind of call."""
        if (self.kind in EVENTS) != (method == PUBLISH):
            return False
        if self.kind == "acknowledgement_lost" and not path.endswith("/acknowledgement"):
            return False
        if self.kind in {"skiptoken_loop", "error_with_token"} and method not in {"GET", "HEAD"}:
            return False
        if self.kind in _WRITING and self.method is None and method not in UNSAFE:
            return False
        return super().meets(method, path)
