"""The shop on a port: uvicorn in a thread of its own."""

from __future__ import annotations

import threading
import time

import uvicorn

from flowrun_sandbox.loopback import HOST, listen
from flowrun_sandbox.xcart.app import Keys, build_app
from flowrun_sandbox.xcart.faulty import Connections
from flowrun_sandbox.xcart.seed import fresh_shop


class XCartServer:
    """Starts at once; ``close`` returns when port and thread are free."""

    def __init__(self, port: int, seed: int, keys: Keys) -> None:
        self.keys = keys
        sock = listen("X-Cart", port)
        self.url = f"http://{HOST}:{sock.getsockname()[1]}"
        connections = Connections()
        config = uvicorn.Config(
            build_app(fresh_shop(seed), keys, connections),
            http=connections.protocol(),
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([sock],), name="sandbox-xcart", daemon=True
        )
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.005)

    def close(self) -> None:
        """Stops listening and waits for the thread."""
        self._server.should_exit = True
        self._thread.join(timeout=5)
