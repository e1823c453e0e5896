"""The state of the one SAP system: mock-sap's, and what the sandbox adds to it."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import msgspec
from mocksap import clock
from mocksap.server import Config, MockSap

from flowrun_sandbox.faults import Faults
from flowrun_sandbox.sap import happenings
from flowrun_sandbox.sap.event_mesh import Mesh
from flowrun_sandbox.sap.event_mesh_push import Push
from flowrun_sandbox.sap.event_messages import Announcer
from flowrun_sandbox.sap.faulty import SapRule
from flowrun_sandbox.sap.fulfilment import Automatic, Stage
from flowrun_sandbox.sap.journal_entries import Memory
from flowrun_sandbox.sap.log_on import Credentials, Tokens


class Settings(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed while it runs, by ``POST /_sandbox/settings``."""

    page_size: int = 0
    """Above 0 the server pages every feed whose path matches ``page_match``."""
    page_match: str = ""
    token_lifetime: float = 3600.0
    """Seconds, of OAuth tokens given from now on."""
    redelivery_ms: int = 30_000
    """After how long a message that was read and not acknowledged comes again."""
    push_retry_ms: int = 1_000
    """After how long a message comes again that a webhook did not accept; twice as long each further time."""
    same_message_once: bool = True
    """Whether a SOAP message with a UUID that was posted gives the same journal entry. Real systems may not."""
    fulfil_automatically: bool = False
    """Whether sales orders go on by themselves, one stage of one order at every beat."""
    fulfil_every_ms: int = 500
    fulfil_until: Stage = "invoice"
    closed_through: date | None = None
    """Accounting periods up to this day are closed; without it, all before last year."""

    def __post_init__(self) -> None:
        if min(self.page_size, self.token_lifetime, self.redelivery_ms, self.push_retry_ms) < 0:
            raise ValueError("sizes and times are not negative")
        if self.fulfil_every_ms < 1:
            raise ValueError("fulfil_every_ms is 1 or more")

    @property
    def fulfilment(self) -> tuple[bool, int, Stage]:
        """What is said of it."""
        return self.fulfil_automatically, self.fulfil_every_ms, self.fulfil_until

    @property
    def closing(self) -> date:
        """The last day of the periods that are closed."""
        if self.closed_through is not None:
            return self.closed_through
        return date(clock.now().year - 1, 1, 1) - timedelta(days=1)


class S4(MockSap):  # type: ignore[misc]  # mock-sap ships no types
    """mock-sap with sessions, event mesh, doors and bad luck of ours."""

    def __init__(self, config: Config, credentials: Credentials, settings: Settings) -> None:
        super().__init__(config)
        self.settings = Settings()
        self._as_started = settings
        self.credentials = credentials
        self.oauth = Tokens(credentials, lifetime=self.settings.token_lifetime)
        self.mesh_tokens = Tokens(credentials, lifetime=self.settings.token_lifetime)
        self.spoilers = Faults(SapRule)
        self.sessions: dict[str, str] = {}
        self.soap_memory = Memory()
        self.mesh = Mesh()
        self.push = Push(self.mesh, lambda: self.settings.push_retry_ms / 1000)
        self.listeners: list[happenings.Listener] = [Announcer(self.mesh, self.spoilers)]
        self.closing = threading.Event()
        self._automatic: Automatic | None = None
        self.restore_settings()

    def restore_settings(self) -> None:
        """As they were at the start."""
        self.change_settings(msgspec.to_builtins(self._as_started))

    def change_settings(self, sent: dict[str, Any]) -> Settings:
        """Changes what is sent, and nothing else. Not to be called under the lock, which the fulfilment takes."""
        before = self.settings
        self.settings = now = msgspec.convert(msgspec.to_builtins(before) | sent, Settings)
        self.oauth.ttl = self.mesh_tokens.ttl = now.token_lifetime
        if before.fulfilment != now.fulfilment:
            self.stop_fulfilment()
            if now.fulfil_automatically:
                seconds, seed = now.fulfil_every_ms / 1000, self.config.seed_value
                self._automatic = Automatic(self, every=seconds, until=now.fulfil_until, seed=seed).start()
        return now

    def stop_fulfilment(self) -> None:
        """Nothing goes on by itself any more."""
        automatic, self._automatic = self._automatic, None
        if automatic is not None:
            automatic.close()

    def forget_sessions(self) -> None:
        """Every CSRF token and cookie handed out is worthless now."""
        self.sessions.clear()
        self.tokens.clear()

    def end_tokens(self) -> None:
        """Every OAuth token is worthless now."""
        self.oauth.revoke_all()
        self.mesh_tokens.revoke_all()

    def forget_all(self) -> None:
        """A new beginning of everything that is neither in the database nor a setting."""
        self.forget_sessions()
        self.end_tokens()
        self.spoilers.clear()
        self.soap_memory.posted.clear()
        self.mesh.reset()
