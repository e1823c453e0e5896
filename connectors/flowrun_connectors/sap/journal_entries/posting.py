"""Posts a journal entry once: looks for its reference first, and again when no answer came."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from flowrun.component.http import Client
from flowrun.errors import Cause, Detail, Rejected, Retryable
from flowrun.expressions.shapes import BOOLEAN, TEXT, Many, record
from flowrun_connectors.remote_text import shown
from flowrun_connectors.sap import soap
from flowrun_connectors.sap.journal_entries.message import NAMESPACE, Message
from flowrun_connectors.sap.odata.errors import Said, sorted_error
from flowrun_connectors.sap.odata.filters import condition

if TYPE_CHECKING:
    from flowrun_connectors.sap.odata.session import Session
    from flowrun_connectors.sap.place import Place
    from flowrun_connectors.sap.upsert import Turns

ACTION = (
    f"{NAMESPACE}/JournalEntryCreateRequestConfirmation_In/JournalEntryCreateRequestConfirmation_InRequest"
)
PLACE = "the journal entry"
SUMMARY = "RW/609"  # says only that the document has an error; another message says which
RESULT = record(
    "journal entry",
    AccountingDocument=TEXT,
    CompanyCode=TEXT,
    FiscalYear=TEXT,
    action=TEXT,
    adopted=BOOLEAN,
    messages=Many(record("message", code=TEXT, message=TEXT, severity=TEXT, target=TEXT)),
)
_SEVERITIES = {"1": "info", "2": "warning"}
_TYPE = re.compile(r"(\d{3})\((.+)\)")


@dataclass(frozen=True, slots=True)
class Posted:
    """A document in SAP's books."""

    document: str
    company_code: str
    fiscal_year: str
    adopted: bool = False
    messages: tuple[Detail, ...] = ()

    def as_record(self) -> dict[str, Any]:
        """What a flow sees."""
        return {
            "AccountingDocument": self.document,
            "CompanyCode": self.company_code,
            "FiscalYear": self.fiscal_year,
            "action": "created",
            "adopted": self.adopted,
            "messages": [
                {"code": one.code, "message": one.message, "severity": one.severity, "target": one.target}
                for one in self.messages
            ],
        }


@dataclass(frozen=True, slots=True)
class Posting:
    """One journal entry that is to be in the books: `place` is where it is looked for, `key` what by."""

    session: Session
    client: Client
    place: Place
    key: Mapping[str, Any]
    message: Message

    async def carried_out(self, turns: Turns) -> Posted:
        """The document, posted now or found."""
        async with turns.of(self.place, self.key):
            return await self._found() or await self._posted()

    async def _posted(self) -> Posted:
        config = self.session.config
        try:
            reply = await soap.call(
                self.client, config.journal_entry_path, ACTION, self.message.root, config.codes(), PLACE
            )
            return posted_in(reply, self.session)
        except Retryable as error:
            if not error.doubt:
                raise
            return await self._adopted(error)

    async def _adopted(self, error: Retryable) -> Posted:
        """SAP may need a moment to show what it has just posted."""
        await asyncio.sleep(self.session.config.read_back_delay.seconds)
        try:
            found = await self._found()
        except Retryable as later:
            after = later.after or error.after
            raise Retryable(error.message, error.cause, after=after, doubt=True) from later
        if found is None:
            raise error
        return found

    async def _found(self) -> Posted | None:
        """The document with this reference. Raises `Rejected` when there are several, or when it was reversed."""
        lookup, place = self.session.config.journal_entry_lookup, self.place
        equal = {name: {"eq": value} for name, value in self.key.items()}
        options = {"$filter": condition(equal, place.model) or ""}
        entries = await self.session.read_list(place.service, place.entity, place.model, options)
        names = (lookup.document, lookup.company_code, lookup.fiscal_year)
        rows = [[str(entry.record.get(name) or "") for name in names] for entry in entries]
        documents = {(number, company_code, year) for number, company_code, year in rows}
        if len(documents) > 1:
            numbers = ", ".join(sorted("/".join(found) for found in documents))
            raise Rejected(
                f"{self.session.connection}: there are {len(documents)} journal entries with this {lookup.reference}: "
                f"{numbers}; only a person can tell which it is",
                Cause("duplicate-found", target=lookup.reference, connection=self.session.connection),
            )
        if any(entry.record.get(lookup.reversed) is True for entry in entries):
            raise Rejected(
                f"{self.session.connection}: the journal entry with this {lookup.reference} was reversed in SAP; "
                "if it is to be posted again, give it another reference",
                Cause("already-reversed", target=lookup.reference, connection=self.session.connection),
            )
        return next((Posted(*found, adopted=True) for found in documents), None)


def posted_in(reply: Element, session: Session) -> Posted:
    """The document of a reply. Raises what the log of a refusal stands for.

    The number decides: with one the document is in the books, whatever else the log says.
    """
    connection = session.connection
    confirmation = reply.find("{*}JournalEntryCreateConfirmation")
    messages = tuple(_messages(reply))
    keys = confirmation.find("{*}JournalEntryCreateConfirmation") if confirmation is not None else None
    number = _text(keys, "AccountingDocument")
    if number.strip("0"):
        return Posted(number, _text(keys, "CompanyCode"), _text(keys, "FiscalYear"), messages=messages)
    errors = [one for one in messages if one.severity == "error"]
    if not errors:
        raise Retryable(
            f"{connection}: SAP answers without a document number and without an error; it is not known whether it has "
            "posted the journal entry",
            Cause("not-posted", connection=connection),
            doubt=True,
        )
    first = next((one for one in errors if one.code != SUMMARY), errors[0])
    found = Said(first.code, first.message, first.target, messages)
    text = f"SAP does not post the journal entry: {first.message} ({first.code})"
    raise sorted_error(connection, found, session.config.codes(), text=text, status=200)


def _messages(reply: Element) -> list[Detail]:
    """Everything that the logs say, that of the journal entry first."""
    return [
        Detail(
            _TYPE.sub(r"\2/\1", _text(item, "TypeID")),
            shown(_text(item, "Note")),
            "",
            _SEVERITIES.get(_text(item, "SeverityCode"), "error"),
        )
        for path in ("{*}JournalEntryCreateConfirmation/{*}Log/{*}Item", "{*}Log/{*}Item")
        for item in reply.findall(path)
    ]


def _text(parent: Element | None, name: str) -> str:
    found = parent.find(f"{{*}}{name}") if parent is not None else None
    return (found.text or "").strip() if found is not None else ""


def pretended(parameters: Mapping[str, Any], document: str) -> dict[str, Any]:
    """What a posting answers in a dry-run."""
    year = str(parameters.get("posting_date") or "")[:4]
    return Posted(document, str(parameters.get("company_code") or ""), year).as_record()
