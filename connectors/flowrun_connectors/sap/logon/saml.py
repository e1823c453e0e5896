"""A SAML 2.0 bearer assertion (RFC 7522): says, signed, that a user may be given a token.

What S/4HANA looks at: the issuer is a trusted identity provider and its certificate has signed, the audience
is the system's own provider name, the recipient is its token endpoint, the times hold, and the user exists.
A client that is set up to want it (transaction SOAUTH2) finds its own id in the attribute `client_id`.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flowrun.errors import ConfigurationError
from flowrun_connectors.sap.logon.settings import Saml

GRANT = "urn:ietf:params:oauth:grant-type:saml2-bearer"
_NAMESPACE = "urn:oasis:names:tc:SAML:2.0:assertion"
_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_SKEW = timedelta(seconds=60)
"""How far the clocks of two machines may be apart."""


class Assertions:
    """The grant of a connection with SAML: each token is asked for with an assertion of its own."""

    def __init__(self, connection: str, settings: Saml) -> None:
        """Reads key and certificate. Raises `ConfigurationError` when they cannot be used."""
        self._connection = connection
        self._settings = settings
        if settings.assertion is None:
            self._key = self._read("key_file")
            self._certificate = self._read("certificate_file").decode("ascii", "replace")
            self.signed(datetime.now(UTC))

    def __call__(self) -> Mapping[str, str]:
        """The fields of one token request."""
        settings = self._settings
        if settings.assertion is not None:
            ready = settings.assertion.reveal().strip()
            assertion = ready.encode() if ready.startswith("<") else None
            encoded = _base64url(assertion) if assertion is not None else ready
        else:
            encoded = _base64url(self.signed(datetime.now(UTC)))
        return {"grant_type": GRANT, "assertion": encoded, "client_id": settings.client_id}

    def signed(self, now: datetime) -> bytes:
        """A new assertion with its signature, as XML. Raises `ConfigurationError` when it cannot be signed."""
        try:
            from lxml import etree  # noqa: PLC0415 - an extra
            from signxml.algorithms import CanonicalizationMethod, SignatureMethod  # noqa: PLC0415 - an extra
            from signxml.signer import XMLSigner  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise ConfigurationError(
                f"{self._connection}: signing an assertion needs more; run pip install 'flowrun-engine[saml]'"
            ) from error
        settings = self._settings
        unsigned = _assertion(settings, now)
        password = settings.key_password.reveal().encode() if settings.key_password is not None else None
        try:
            signer = XMLSigner(
                signature_algorithm=SignatureMethod.RSA_SHA256,
                c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
            )
            made = signer.sign(
                unsigned,
                key=self._key,
                passphrase=password,
                cert=self._certificate,
                reference_uri=unsigned.get("ID"),
                id_attribute="ID",
            )
        except (
            Exception
        ) as error:  # the libraries raise a dozen kinds, and some texts hold parts of the files
            raise ConfigurationError(
                f"{self._connection}: '{settings.key_file}' and '{settings.certificate_file}' cannot sign an "
                "assertion; check that they are PEM files of an RSA key and its certificate, and `key_password`"
            ) from error
        return bytes(etree.tostring(made))

    def _read(self, name: str) -> bytes:
        path = str(getattr(self._settings, name))
        try:
            return Path(path).read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{self._connection}: `{name}` '{path}' cannot be read") from error


def _assertion(settings: Saml, now: datetime) -> Any:
    """The assertion, with a place for its signature behind the issuer, where the schema wants it."""
    from lxml import etree  # noqa: PLC0415 - an extra

    until = _moment(now + timedelta(seconds=settings.valid_for.seconds))
    root = etree.Element(f"{{{_NAMESPACE}}}Assertion", nsmap={"saml2": _NAMESPACE})
    root.attrib.update({"ID": f"_{secrets.token_hex(16)}", "IssueInstant": _moment(now), "Version": "2.0"})

    def add(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
        child = etree.SubElement(parent, f"{{{_NAMESPACE}}}{name}", attributes)
        child.text = text
        return child

    add(root, "Issuer", settings.issuer)
    etree.SubElement(root, f"{{{_SIGNATURE}}}Signature", {"Id": "placeholder"}, nsmap={"ds": _SIGNATURE})
    subject = add(root, "Subject")
    of = f"urn:oasis:names:tc:SAML:1.1:nameid-format:{settings.name_id_format}"
    add(subject, "NameID", settings.subject, Format=of)
    bearer = add(subject, "SubjectConfirmation", Method="urn:oasis:names:tc:SAML:2.0:cm:bearer")
    recipient = settings.recipient or settings.token_url
    add(bearer, "SubjectConfirmationData", NotOnOrAfter=until, Recipient=recipient)
    conditions = add(root, "Conditions", NotBefore=_moment(now - _SKEW), NotOnOrAfter=until)
    add(add(conditions, "AudienceRestriction"), "Audience", settings.audience)
    logged_on = add(root, "AuthnStatement", AuthnInstant=_moment(now))
    add(add(logged_on, "AuthnContext"), "AuthnContextClassRef", settings.authentication_context)
    add(
        add(add(root, "AttributeStatement"), "Attribute", Name="client_id"),
        "AttributeValue",
        settings.client_id,
    )
    return root


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def _base64url(data: bytes) -> str:
    """Without padding, as RFC 7522 says."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
