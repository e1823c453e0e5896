"""Both systems on loopback: a simulated X-Cart and a widened SAP mock, seeded, with faults on command.

>>> with Sandbox(xcart_port=0, sap_port=0) as sandbox:  # doctest: +SKIP
...     sandbox.xcart_url, sandbox.sap_url

The command ``python -m flowrun_sandbox`` runs the same and tells its addresses in one line of JSON.
"""

from __future__ import annotations

from types import TracebackType

from flowrun_sandbox import control_plane
from flowrun_sandbox.loopback import PortTaken
from flowrun_sandbox.sap.log_on import Credentials
from flowrun_sandbox.sap.server import SapServer
from flowrun_sandbox.sap.system import Settings
from flowrun_sandbox.xcart.app import Keys
from flowrun_sandbox.xcart.server import XCartServer

__all__ = ["PortTaken", "Sandbox"]


class Sandbox:
    """Both systems, from ``start`` (or ``with``) to ``close``. A port of 0 takes a free one.

    The same seed gives the same catalogue, the same stock in both systems and the same mix of orders. Shoppers
    buy by themselves, about an order a minute each; SAP fulfils by itself if it is told to.
    """

    xcart_token = Keys.write
    xcart_classic_token = Keys.classic
    xcart_read_token = Keys.read
    sap_user = Credentials.user
    sap_password = Credentials.password
    sap_client = "100"
    sap_oauth_client = Credentials.oauth_client
    sap_oauth_secret = Credentials.oauth_secret
    sap_api_key = Credentials.api_key

    def __init__(
        self,
        *,
        xcart_port: int = 8010,
        sap_port: int = 8020,
        seed: int = 1,
        fulfil_automatically: bool = False,
        shoppers: int = 0,
    ) -> None:
        self.xcart_port = xcart_port
        self.sap_port = sap_port
        self.seed = seed
        self.fulfil_automatically = fulfil_automatically
        self.shoppers = shoppers
        self._xcart: XCartServer | None = None
        self._sap: SapServer | None = None

    @property
    def xcart_url(self) -> str:
        """The shop's root; its API is below ``/api``."""
        return self._running(self._xcart).url

    @property
    def sap_url(self) -> str:
        """The SAP system's root; its services are below ``/sap/opu/odata/sap``."""
        return self._running(self._sap).url

    @property
    def sap_token_url(self) -> str:
        """Where S/4HANA gives OAuth tokens."""
        return f"{self.sap_url}/sap/bc/sec/oauth2/token"

    @property
    def mesh_url(self) -> str:
        """Event Mesh's root: ``/messagingrest/v1`` and ``/hub/rest/api/v1/management`` are below it."""
        return self.sap_url

    @property
    def mesh_token_url(self) -> str:
        """Where Event Mesh's own authorization server gives tokens, to the same client and secret."""
        return f"{self.mesh_url}/oauth/token"

    def start(self) -> Sandbox:
        """Returns when both answer. ``PortTaken`` leaves nothing running."""
        if self._xcart is None:
            self._xcart = XCartServer(
                self.xcart_port, self.seed, Keys(self.xcart_token, self.xcart_read_token)
            )
            try:
                self._sap = SapServer(
                    self.sap_port,
                    self.seed,
                    Credentials(
                        self.sap_user,
                        self.sap_password,
                        self.sap_oauth_client,
                        self.sap_oauth_secret,
                        self.sap_api_key,
                    ),
                    Settings(fulfil_automatically=self.fulfil_automatically),
                )
            except OSError:
                self.close()
                raise
            if self.shoppers:
                control_plane.post(self.xcart_url, "activity", control_plane.bustle(self.shoppers))
        return self

    def close(self) -> None:
        """Frees ports and threads; a second call does nothing."""
        for system in (self._xcart, self._sap):
            if system is not None:
                system.close()
        self._xcart = self._sap = None

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @staticmethod
    def _running(system: XCartServer | SapServer | None) -> XCartServer | SapServer:
        if system is None:
            raise RuntimeError("the sandbox is not started")
        return system
