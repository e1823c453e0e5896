"""The settings of a connection to SAP S/4HANA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from flowrun.component import Config, Duration, Secret, Url, field
from flowrun_connectors.sap.logon import LogOn

Next = Literal["retry", "reject", "fatal"]

SERVICES: Mapping[str, str] = {
    # Without a version the Gateway serves version 1, which lacks goods issue and picking.
    "API_OUTBOUND_DELIVERY_SRV": "API_OUTBOUND_DELIVERY_SRV;v=0002",
    # OData V4 has a root of its own, and the versions stand in the path.
    "CE_SALESORDER_0001": "/sap/opu/odata4/sap/api_salesorder/srvd_a2x/sap/salesorder/0001",
    "CE_PRODUCT_0002": "/sap/opu/odata4/sap/api_product/srvd_a2x/sap/product/0002",
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


class CodeRule(Config):
    """What follows from an error code, and who has to know."""

    then: Next = field(
        description="What happens next: retry the step, reject the record, or pause the connection (fatal)."
    )
    owner: str = field("", description="The team that is alerted, in place of the flow's owner.")


class JournalEntryLookup(Config):
    """Where a journal entry is looked for by its reference, before it is posted and when no answer came."""

    service: str = field("API_OPLACCTGDOCITEMCUBE_SRV", description="The OData service.")
    entity: str = field(
        "A_OperationalAcctgDocItemCube", description="The entity set of documents or their lines."
    )
    reference: str = field("DocumentReferenceID", description="The field that holds the reference.")
    company_code: str = field("CompanyCode", description="The field of the company code.")
    document: str = field("AccountingDocument", description="The field of the document's number.")
    fiscal_year: str = field("FiscalYear", description="The field of the fiscal year.")
    reversed: str = field(
        "IsReversed", description="The field that says whether the document was reversed, where there is one."
    )


class SapConfig(Config):
    """How to reach one client of one S/4HANA system."""

    url: Url = field(
        description="Start of the system's address.", examples=["https://my300000-api.s4hana.cloud.sap"]
    )
    user: str | None = field(None, description="The communication user, with `password`.")
    password: Secret | None = field(
        None, description="The user's password.", examples=["${env:SAP_PASSWORD}"]
    )
    logon: LogOn | None = field(
        None,
        description="Another kind of log-on instead of `user` and `password`: oauth2, saml, certificate or api_key.",
        examples=[{"api_key": {"key": "${env:SAP_API_KEY}"}}],
    )
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
    error_codes: Mapping[str, Next | CodeRule] = field(
        default_factory=lambda: dict(ERROR_CODES),
        description=(
            "What follows from an error: retry, reject or fatal, by SAP's code or by `http/STATUS`; `*` is a "
            "wildcard. A record with `then` and `owner` also names the team to alert. Yours come before the "
            "default ones; what is in neither rejects the record."
        ),
        examples=[{"V1/042": "retry", "F5/*": {"then": "reject", "owner": "finance"}}],
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
    journal_entry_path: str = field(
        "/sap/bc/srt/scs_ext/sap/journalentrycreaterequestconfi",
        description="The path of the SOAP service that posts journal entries.",
    )
    journal_entry_lookup: JournalEntryLookup = field(
        default_factory=JournalEntryLookup,
        description="Where journal entries are looked for by their reference, so that none is posted twice.",
        examples=[{"service": "YY1_JOURNALENTRY", "entity": "YY1_JournalEntry"}],
    )
    journal_entry_fields: Mapping[str, list[str]] = field(
        default_factory=dict,
        description=(
            "More fields of the journal entry's message that your system takes, by its part: JournalEntry, Item, "
            "DebtorItem, CreditorItem or ProductTaxItem."
        ),
        examples=[{"Item": ["FinancialTransactionType"]}],
    )
    ca_file: str | None = field(
        None, description="A file with the certificate of the authority that signed SAP's own."
    )

    def __post_init__(self) -> None:
        """Raises ValueError unless there is exactly one way to log on."""
        if self.logon is not None and (self.user is not None or self.password is not None):
            raise ValueError("there are both `logon` and `user` or `password`; keep one way to log on")
        if self.logon is None and self.user is None and self.password is None:
            raise ValueError(
                "it does not say how to log on; write user: FLOWRUN and password: ${env:SAP_PASSWORD}, "
                "or logon: with oauth2, saml, certificate or api_key below it"
            )
        if self.logon is None and (self.user is None or self.password is None):
            there, missing = ("`user`", "`password`") if self.password is None else ("`password`", "`user`")
            example = "password: ${env:SAP_PASSWORD}" if self.password is None else "user: FLOWRUN"
            raise ValueError(f"{there} stands there without {missing}, as in {example}")

    def path_of(self, service: str) -> str:
        """The path of a service, without a slash at its end."""
        path = {**SERVICES, **self.services}.get(service, service)
        return (path if path.startswith("/") else f"{self.service_root.rstrip('/')}/{path}").rstrip("/")

    def codes(self) -> Mapping[str, CodeRule]:
        """What follows from which code, the site's own first."""
        own = dict(self.error_codes)
        rules = own | {code: next_ for code, next_ in ERROR_CODES.items() if code not in own}
        return {
            code: rule if isinstance(rule, CodeRule) else CodeRule(then=rule, owner="")
            for code, rule in rules.items()
        }
