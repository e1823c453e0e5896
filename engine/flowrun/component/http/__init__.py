"""The HTTP client that connectors share: exact JSON, every request seen by the guard, failures sorted by
what is next."""

from flowrun.component.http.client import Client, client
from flowrun.component.http.exact_json import NotJson, decode, encode
from flowrun.component.http.logon import FixedLogOn, LogOn, Proof, basic
from flowrun.component.http.messages import Answer, Request, SendGuard, retry_after

__all__ = [
    "Answer",
    "Client",
    "FixedLogOn",
    "LogOn",
    "NotJson",
    "Proof",
    "Request",
    "SendGuard",
    "basic",
    "client",
    "decode",
    "encode",
    "retry_after",
]
