"""Which servers are trusted, and which certificate we show."""

from __future__ import annotations

import ssl
from pathlib import Path

from flowrun.errors import ConfigurationError
from flowrun_connectors.sap.logon.settings import Certificate


def context(connection: str, ca_file: str | None, certificate: Certificate | None) -> ssl.SSLContext:
    """The TLS settings of a connection. The files are read now, so that a renewed certificate counts as
    soon as the connection is opened again. Raises `ConfigurationError` naming the file that cannot be used."""
    try:
        made = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{connection}: `ca_file` '{ca_file}' cannot be read as a certificate file"
        ) from error
    if certificate is not None:
        _show(connection, made, certificate)
    return made


def _show(connection: str, made: ssl.SSLContext, certificate: Certificate) -> None:
    for name in ("certificate_file", "key_file"):
        path = getattr(certificate, name)
        if not Path(path).is_file():
            raise ConfigurationError(f"{connection}: `{name}` '{path}' is not there")
    password = certificate.key_password.reveal() if certificate.key_password is not None else ""
    try:
        # Without a password of ours, OpenSSL would ask for one at the terminal and wait for ever.
        made.load_cert_chain(certificate.certificate_file, certificate.key_file, password=lambda: password)
    except (OSError, ssl.SSLError, ValueError) as error:
        raise ConfigurationError(
            f"{connection}: '{certificate.certificate_file}' and '{certificate.key_file}' cannot be used as a "
            "certificate and its key; check that they are PEM files that belong together"
            + (", and `key_password`" if password else ", and whether the key needs `key_password`")
        ) from error
