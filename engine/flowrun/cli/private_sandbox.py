"""A sandbox of one command's own: started as a process beside it, ended with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import TracebackType
from typing import Self

from flowrun.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the two systems of a running sandbox are."""

    xcart: str
    sap: str

    def variables(self) -> Mapping[str, str]:
        """The environment with the addresses under the names that a project's sandbox environment reads."""
        return {**os.environ, "FLOWRUN_SANDBOX_XCART": self.xcart, "FLOWRUN_SANDBOX_SAP": self.sap}


class PrivateSandbox:
    """Both systems on free ports, for as long as the `with` lasts.

    They end when this process does, however it ends: they watch the pipe that it holds. Ctrl-C does not
    reach them, so
    that they are still there while a run that is stopped closes its connections.
    """

    def __init__(self, *, seed: int = 1) -> None:
        self._seed = seed
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        require_sandbox()
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [
                sys.executable,
                "-m",
                "flowrun_sandbox",
                "--xcart-port",
                "0",
                "--sap-port",
                "0",
                "--seed",
                str(self._seed),
                "--until-stdin-closes",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._process
        if process is None:
            return
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def addresses(self) -> Addresses:
        """Waits until both systems answer."""
        process = self._process
        line = process.stdout.readline() if process is not None and process.stdout is not None else ""
        if not line:
            raise ConfigurationError("the sandbox did not start; `flowrun sandbox` shows why")
        told = json.loads(line)
        return Addresses(told["xcart"], told["sap"])


def require_sandbox() -> None:
    """Raises `ConfigurationError` when the sandbox is not installed."""
    if find_spec("mocksap") is None or find_spec("uvicorn") is None:
        raise ConfigurationError(
            "the sandbox is not installed; install it with: pip install 'flowrun-engine[sandbox]'"
        )
