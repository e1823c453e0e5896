"""Who may come in: tokens by OAuth 2.0, and the API key of a gateway in front.

Basic authentication is mock-sap's own. S/4HANA and Event Mesh each have an authorization server, so a token of
one opens nothing of the other. A SAML assertion has to be for this system and valid now; its signature is
not looked at.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from mocksap import oauth
from mocksap.service import Response

_SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
_SKEW = timedelta(minutes=2)


@dataclass(frozen=True)
class Credentials:
    """What opens the sandbox's SAP; none of it is a secret."""

    user: str = "FLOWRUN"
    password: str = "sandbox"  # noqa: S105 - a door on loopback that is meant to be open
    oauth_client: str = "FLOWRUN_CLIENT"
    oauth_secret: str = "sandbox-client-secret"  # noqa: S105 - the same
    api_key: str = "sandbox-api-key"
    saml_audience: str = "sandbox-s4hana"


class Tokens(oauth.TokenStore):  # type: ignore[misc]  # mock-sap ships no types
    """mock-sap's tokens, with a SAML assertion that is read as closely as can be without its key."""

    def __init__(self, credentials: Credentials, *, lifetime: float) -> None:
        super().__init__(
            credentials.oauth_client, credentials.oauth_secret, lifetime, default_user=credentials.user
        )
        self._audience = credentials.saml_audience

    def grant(self, form: dict[str, str], basic: tuple[str, str] | None) -> oauth.Token:
        """One request for a token."""
        if form.get("grant_type") == oauth.SAML2_BEARER:
            self._authenticate_client(form, basic)
            form = form | {"assertion": self._checked(form.get("assertion", ""))}
        return super().grant(form, basic)

    def _checked(self, sent: str) -> str:
        text = _decoded(sent)
        try:
            root = ElementTree.fromstring(text)
        except (ElementTree.ParseError, DefusedXmlException) as error:
            raise oauth.OAuthError(
                "invalid_grant", "The assertion is not a readable SAML document"
            ) from error
        for conditions in root.iter(f"{_SAML}Conditions"):
            _in_time(conditions)
            audiences = [found.text for found in conditions.iter(f"{_SAML}Audience")]
            if audiences and self._audience not in audiences:
                raise oauth.OAuthError(
                    "invalid_grant", f"The assertion is for {audiences[0]}, this system is {self._audience}"
                )
        return text


def token_answer(tokens: oauth.TokenStore, form: dict[str, str], authorization: str) -> Response:
    """A token endpoint's answer (RFC 6749), good or bad."""
    try:
        token = tokens.grant(form, oauth.basic_credentials(authorization))
    except oauth.OAuthError as error:
        headers = {"Cache-Control": "no-store"}
        if error.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="oauth2"'
        return Response(error.status, body=error.payload(), headers=headers)
    return Response(body=token.response(), headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def wrong_api_key() -> Response:
    """As SAP API Management refuses, before S/4HANA hears of the call."""
    fault = {"faultstring": "Invalid ApiKey", "detail": {"errorcode": "oauth.v2.InvalidApiKey"}}
    return Response(401, body={"fault": fault})


def _decoded(sent: str) -> str:
    """RFC 7522 says base64url; the plain alphabet, and XML itself, are sent as well."""
    if not sent:
        raise oauth.OAuthError("invalid_grant", "The assertion parameter is missing")
    if sent.lstrip().startswith("<"):
        return sent
    try:
        plain = "".join(sent.split()).translate(str.maketrans("-_", "+/")).rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise oauth.OAuthError("invalid_grant", "The assertion is not base64url") from error


def _in_time(conditions: Element) -> None:
    now = datetime.now(UTC)
    begin, end = conditions.get("NotBefore"), conditions.get("NotOnOrAfter")
    try:
        early = begin is not None and now + _SKEW < _moment(begin)
        late = end is not None and now - _SKEW >= _moment(end)
    except ValueError as error:
        raise oauth.OAuthError("invalid_grant", "The assertion's conditions hold no moment") from error
    if early or late:
        raise oauth.OAuthError("invalid_grant", f"The assertion is valid from {begin} to {end}, not now")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
