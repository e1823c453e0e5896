"""Why no TLS connection came about, when a certificate is the reason."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from flowrun.errors import Cause, Fatal

_ABOUT_OURS = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED", "HANDSHAKE_FAILURE")
"""Words in the alert of a server that does not want the certificate we show, or wants one that we do not show."""


def certificate_trouble(connection: str, base_url: str, error: BaseException) -> Fatal | None:
    """The error for a certificate that is not trusted, theirs or ours; None for everything else.

    A person must act, so the connection pauses; nothing was carried out.
    """
    for one in _chain(error):
        if isinstance(one, ssl.SSLCertVerificationError):
            return Fatal(
                f"{connection}: the certificate of {base_url} is not trusted ({_why(one)}); is it the right "
                "address? An authority of your own is named in `ca_file`",
                Cause("untrusted-certificate", connection=connection),
            )
        reason = str(getattr(one, "reason", "") or "") if isinstance(one, ssl.SSLError) else ""
        if "ALERT" in reason and any(word in reason for word in _ABOUT_OURS):
            return Fatal(
                f"{connection}: {base_url} refuses our certificate, or wants one ({reason.replace('_', ' ').lower()}); "
                "check that it is known there and still valid",
                Cause("certificate-refused", connection=connection),
            )
    return None


def _why(error: ssl.SSLCertVerificationError) -> str:
    """What OpenSSL says; an HTTP library wraps its error in one of the same class, without the words."""
    inner = getattr(error, "certificate_error", error)
    return str(getattr(inner, "verify_message", "") or "it does not hold for this address")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
