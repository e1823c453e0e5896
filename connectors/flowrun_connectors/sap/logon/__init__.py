"""How a connection logs on to an SAP system: what is set, and what a client makes of it."""

from flowrun_connectors.sap.logon.settings import ApiKey, Certificate, LogOn, OAuth2, Saml, TokenClient

__all__ = ["ApiKey", "Certificate", "LogOn", "OAuth2", "Saml", "TokenClient"]
