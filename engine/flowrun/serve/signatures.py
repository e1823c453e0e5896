"""Whether a webhook comes from where it says: a shared secret in a header, or an HMAC over the body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from flowrun.component.settings import WebhookSecurity


def can_verify(security: WebhookSecurity | None) -> bool:
    """Whether there is anything to verify with. An empty secret is none: it would let everybody in."""
    return security is not None and bool(security.secret or security.signing_key)


def is_genuine(
    security: WebhookSecurity,
    headers: Mapping[str, str],
    body: bytes,
    query: Mapping[str, str] | None = None,
) -> bool:
    """Every proof that is asked for is there and right. Takes the same time for any wrong one."""
    proofs: list[bool] = []
    if security.secret:
        given = headers.get(security.header, "").encode("latin-1", "replace")
        if security.query and query is not None and security.query in query:
            given = query[security.query].encode("utf-8", "replace")
        proofs.append(hmac.compare_digest(given, security.secret.reveal().encode()))
    if security.signing_key:
        given_text = headers.get(security.signature_header, "")
        wanted = hmac.new(
            security.signing_key.reveal().encode(), body, getattr(hashlib, security.algorithm)
        ).digest()
        proofs.append(hmac.compare_digest(_signature(given_text, security.algorithm), wanted))
    return bool(proofs) and all(proofs)


def _signature(text: str, algorithm: str) -> bytes:
    """The bytes of a signature in hex or base64; GitHub and others write `sha256=` before it."""
    text = text.strip().removeprefix(f"{algorithm}=")
    if len(text) == 2 * hashlib.new(algorithm).digest_size:
        try:
            return bytes.fromhex(text)
        except ValueError:
            return b""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def wanted_proofs(security: WebhookSecurity) -> str:
    """What a sender must send, in words."""
    wanted: list[str] = []
    if security.secret:
        or_query = f" or the query parameter {security.query}" if security.query else ""
        wanted.append(f"the shared secret in the header {security.header}{or_query}")
    if security.signing_key:
        wanted.append(f"an HMAC {security.algorithm} of the body in the header {security.signature_header}")
    return " and ".join(wanted)
