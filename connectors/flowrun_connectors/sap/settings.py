"""The settings of a connection to SAP S/4HANA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from flowrun.component import Config, Duration, Secret, Url, field

Next = Literal["retry", "reject", "fatal"]

SERVICES: Mapping[str, str] = {
    # Without a version the Gateway serves version 1, which lacks goods issue and picking.
    "API_OUTBOUND_DELIVERY_SRV": "API_OUTBOUND_DELIVERY_SRV;v=0002",
}

ERROR_CODES: Mapping[str, Next] = {
    "56/393": "retry",  # the object is being processed by another user: comes as a 400
    "/IWFND/MED/170": "fatal",  # no such service is active
    "/IWFND/CM_CONSUMER": "fatal",  # no such client
    "http/401": "fatal",
    "http/403": "fatal",
    "http/3*": "fatal",  # led to a log-on page: the kind of log-on is wrong
    "http/408": "retry",
    "http/423": "retry",  # locked
    "http/429": "retry",
    "http/5*": "retry",
}


class SapConfig(Config):
    """How to reach one client of one S/4HANA system."""

    url: Url = field(
        description="Start of the system's address.", examples=["https://my300000-api.s4hana.cloud.sap"]
    )
    user: str = field(description="The communication user.")
    password: Secret = field(description="The user's password.", examples=[{"env": "SAP_PASSWORD"}])
    client: str = field("100", description="The SAP client.")
    language: str = field("EN", description="The language of SAP's messages and texts.")
    timeout: Duration = field(Duration(60.0), description="How long to wait for one answer.")
    service_root: str = field(
        "/sap/opu/odata/sap", description="The path under which the OData V2 services are."
    )
    services: Mapping[str, str] = field(
        default_factory=lambda: dict(SERVICES),
        description="Services whose path is not their name: below `service_root`, or a whole path from `/`.",
        examples=[{"API_SALES_ORDER_SRV": "/gateway/sales/API_SALES_ORDER_SRV"}],
    )
    error_codes: Mapping[str, Next] = field(
        default_factory=lambda: dict(ERROR_CODES),
        description=(
            "What follows from an error: retry, reject or fatal, by SAP's code or by `http/STATUS`; `*` is a "
            "wildcard. Yours come before the default ones; what is in neither rejects the record."
        ),
        examples=[{"V1/042": "retry", "SLS_LORD/*": "reject"}],
    )
    update_method: Literal["PATCH", "MERGE"] = field(
        "PATCH", description="The HTTP method of a partial update. Old systems know MERGE only."
    )
    read_back_delay: Duration = field(
        Duration(1.0),
        description="How long to wait before looking whether a create without an answer has worked.",
    )
    probe_service: str = field(
        "API_SALES_ORDER_SRV", description="The service that is asked to see whether the system answers."
    )
    ca_file: str | None = field(
        None, description="A file with the certificate of the authority that signed SAP's own."
    )

    def path_of(self, service: str) -> str:
        """The path of a service, without a slash at its end."""
        path = {**SERVICES, **self.services}.get(service, service)
        return (path if path.startswith("/") else f"{self.service_root.rstrip('/')}/{path}").rstrip("/")

    def codes(self) -> Mapping[str, Next]:
        """What follows from which code, the site's own first."""
        own = dict(self.error_codes)
        return own | {code: next_ for code, next_ in ERROR_CODES.items() if code not in own}
