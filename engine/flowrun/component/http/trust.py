"""The ways out of this machine: which certificates are believed, and which proxy is in between."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def default_trust() -> ssl.SSLContext:
    """The authorities that this machine knows, and those that every browser knows."""
    import certifi  # noqa: PLC0415 - for encrypted connections only

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def proxy_for(address: str) -> str | None:
    """The proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for an address."""
    parts = urlsplit(address)
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
