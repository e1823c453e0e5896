"""What a client needs to be let in, made of the settings when a connection opens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import TYPE_CHECKING

from flowrun.component import Duration, Secret
from flowrun.component.http import FixedLogOn, LogOn, basic
from flowrun_connectors.sap.logon.settings import Certificate, TokenClient

if TYPE_CHECKING:
    from flowrun_connectors.sap.settings import SapConfig


Grant = Callable[[], Mapping[str, str]]
"""The fields of one token request beside the client's own."""


async def _nothing() -> None:
    """There is nothing to give back."""


@dataclass(frozen=True, slots=True)
class Door:
    """What goes into the HTTP client of a connection. `close` gives back what is behind it."""

    logon: LogOn | None = field(default=None, repr=False)
    trust: SSLContext | None = None
    close: Callable[[], Awaitable[None]] = _nothing


def door_of(connection: str, config: SapConfig) -> Door:
    """The way in that the settings name. Raises `ConfigurationError` when a file for it cannot be used."""
    logon = config.logon
    trust = _trust(connection, config.ca_file, logon.certificate if logon is not None else None)
    if logon is None:
        return Door(logon=basic(config.user or "", config.password or Secret()), trust=trust)
    if logon.api_key is not None:
        return Door(logon=FixedLogOn(headers={logon.api_key.header: logon.api_key.key}), trust=trust)
    if logon.saml is not None:
        from flowrun_connectors.sap.logon.saml import Assertions  # noqa: PLC0415 - signing is heavy

        return by_token(connection, logon.saml, Assertions(connection, logon.saml), config.timeout, trust)
    if logon.oauth2 is not None:
        return by_token(connection, logon.oauth2, client_credentials, config.timeout, trust)
    return Door(trust=trust)


def client_credentials() -> Mapping[str, str]:
    """The grant of a client that acts for itself."""
    return {"grant_type": "client_credentials"}


def by_token(
    connection: str, settings: TokenClient, grant: Grant, timeout: Duration, trust: SSLContext | None = None
) -> Door:
    """The way in by an access token."""
    from flowrun_connectors.sap.logon.oauth2 import Bearer, Tokens  # noqa: PLC0415 - with the HTTP client

    tokens = Tokens(connection, settings, grant, timeout=timeout, trust=trust)
    return Door(logon=Bearer(tokens), trust=trust, close=tokens.close)


def _trust(connection: str, ca_file: str | None, certificate: Certificate | None) -> SSLContext | None:
    """The TLS settings; None for the usual ones."""
    if ca_file is None and certificate is None:
        return None
    from flowrun_connectors.sap.logon.trust import context  # noqa: PLC0415 - for those connections only

    return context(connection, ca_file, certificate)
