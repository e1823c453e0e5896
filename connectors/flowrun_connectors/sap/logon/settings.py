"""The settings of each kind of log-on."""

from __future__ import annotations

import dataclasses
from typing import Literal

from flowrun.component import Config, Duration, Secret, Url, field


class TokenClient(Config):
    """Who asks for access tokens, and where."""

    token_url: Url = field(
        description="The address that gives tokens.",
        examples=["https://my300000-api.s4hana.cloud.sap/sap/bc/sec/oauth2/token"],
    )
    client_id: str = field(description="The id of the OAuth2 client.", examples=["FLOWRUN_CLIENT"])
    client_secret: Secret = field(
        description="The secret of the OAuth2 client.", examples=["${env:SAP_CLIENT_SECRET}"]
    )
    scope: str | None = field(
        None,
        description="What the token is to allow, where the system wants it said; several with spaces between.",
        examples=["API_SALES_ORDER_SRV_0001"],
    )
    credentials: Literal["header", "body"] = field(
        "header",
        description=(
            "Where id and secret go: into the `Authorization` header, as S/4HANA wants it, or into the body, "
            "which a BTP service needs when the secret holds a `+`."
        ),
    )


class OAuth2(TokenClient):
    """OAuth2 with client credentials: a token for the technical user of the client."""


class Saml(TokenClient):
    """OAuth2 with a SAML bearer assertion: a token for one business user, in whose name everything is done.

    The assertion is made and signed here, with `key_file` and `certificate_file`; or a ready one is given.
    """

    assertion: Secret | None = field(
        None,
        description="A ready assertion as XML, or in base64, from whoever makes it; without it one is made here.",
        examples=["${file:secrets/assertion.xml}"],
    )
    issuer: str | None = field(
        None,
        description="Who makes the assertion: the name of the trusted identity provider in SAP.",
        examples=["flowrun.example.com"],
    )
    subject: str | None = field(
        None, description="The user: a user name or an e-mail address, as `name_id_format` says."
    )
    audience: str | None = field(
        None,
        description="For whom it is: the provider name of the SAP system.",
        examples=["https://my300000.s4hana.cloud.sap"],
    )
    key_file: str | None = field(
        None,
        description="The file with the private key that signs, as PEM.",
        examples=["/etc/flowrun/saml.key"],
    )
    certificate_file: str | None = field(
        None,
        description="The file with its certificate, as PEM; SAP must trust it.",
        examples=["/etc/flowrun/saml.crt"],
    )
    key_password: Secret | None = field(None, description="The password of the key file, if it has one.")
    recipient: str | None = field(
        None, description="The token endpoint as SAP calls itself, when that is not `token_url`."
    )
    name_id_format: Literal["unspecified", "emailAddress"] = field(
        "unspecified", description="What `subject` is: a user name, or an e-mail address."
    )
    authentication_context: str = field(
        "urn:oasis:names:tc:SAML:2.0:ac:classes:X509", description="How the user is said to have logged on."
    )
    valid_for: Duration = field(
        Duration(300.0), description="How long an assertion is good. It is used once, at once.", least=30
    )

    def __post_init__(self) -> None:
        """Raises ValueError when there is neither a ready assertion nor all that one is made of."""
        needed = ("issuer", "subject", "audience", "key_file", "certificate_file")
        missing = [name for name in needed if getattr(self, name) is None]
        if self.assertion is None and missing:
            raise ValueError(
                f"`saml` needs {_listed(missing)} to make an assertion, or a ready one, "
                "as in assertion: ${file:secrets/assertion.xml}"
            )


class Certificate(Config):
    """Mutual TLS: a client certificate instead of a password."""

    certificate_file: str = field(
        description="The file with the certificate, as PEM, with those of the authorities behind it, if any.",
        examples=["/etc/flowrun/client.crt"],
    )
    key_file: str = field(
        description="The file with its private key, as PEM.", examples=["/etc/flowrun/client.key"]
    )
    key_password: Secret | None = field(None, description="The password of the key file, if it has one.")


class ApiKey(Config):
    """A key in a header, as API gateways and SAP's own sandbox want it."""

    key: Secret = field(description="The key.", examples=["${env:SAP_API_KEY}"])
    header: str = field("APIKey", description="The header that it is sent in.")


class LogOn(Config):
    """One kind of log-on, named by its key."""

    oauth2: OAuth2 | None = field(None, description="OAuth2 with client credentials.")
    saml: Saml | None = field(None, description="OAuth2 with a SAML bearer assertion.")
    certificate: Certificate | None = field(None, description="A client certificate (mutual TLS).")
    api_key: ApiKey | None = field(None, description="An API key in a header.")

    def __post_init__(self) -> None:
        """Raises ValueError unless exactly one kind is given."""
        kinds = [item.name for item in dataclasses.fields(self)]
        given = [name for name in kinds if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"`logon` has both `{given[0]}` and `{given[1]}`; keep one of them")
        if not given:
            raise ValueError(
                f"`logon` names no kind of log-on; write one of {', '.join(kinds)}, "
                "as in logon: {api_key: {key: ${env:SAP_API_KEY}}}"
            )


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
