"""The server that is killed: `flowrun serve` as a process of its own."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from flowrun.errors import ConfigurationError


class Server:
    """Starts, ends and starts again on one journal and one port."""

    def __init__(self, folder: Path, variables: Mapping[str, str], port: int) -> None:
        self.folder = folder
        self.journal = folder / ".flowrun" / "journal.db"
        self.url = f"http://127.0.0.1:{port}"
        self._variables = dict(variables)
        self._port = port
        self._process: subprocess.Popen[str] | None = None
        self.log = folder / "serve.log"

    def start(self, *, wrong_password: bool = False, patience: float = 20.0) -> None:
        """Returns when it answers. Raises `ConfigurationError` when it does not."""
        variables = {
            **self._variables,
            **({"FLOWRUN_SANDBOX_SAP_PASSWORD": "wrong"} if wrong_password else {}),
        }
        command = [
            sys.executable,
            "-m",
            "flowrun",
            "--project",
            str(self.folder),
            "serve",
            "--env",
            "sandbox",
            "--announce",
        ]
        command += ["--port", str(self._port), "--journal", str(self.journal), "--grace", "5s"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command, env=variables, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None  # noqa: S101 - asked for just above
        ready, _, _ = select.select([self._process.stdout], [], [], patience)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self.kill()
            raise ConfigurationError(
                f"the server did not start; its log: {self.log.read_text(encoding='utf-8', errors='replace')[-2000:]}"
            )
        self.url = json.loads(line)["url"]

    def kill(self) -> None:
        """kill -9: nothing is closed, nothing is said."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """SIGTERM, and its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        process = self._process
        if process is None:
            return 0
        self._process = None
        os.kill(process.pid, how)
        code = process.wait(timeout=30)
        if process.stdout is not None:
            process.stdout.close()
        return code
