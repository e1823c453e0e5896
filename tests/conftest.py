"""One sandbox for all tests, a copy of the project for each, and the command line run in this process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flowrun.cli import flowrun as command_line
from flowrun.cli.ending import run_to_its_end
from flowrun_sandbox import Sandbox
from running import ROOT, Control, Ran, Run


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(xcart_port=0, sap_port=0) as running:
        yield running


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[Control]:
    """A fresh shop, by its back door."""
    with Control(base_url=sandbox.xcart_url, timeout=10) as control:
        control.post("/_sandbox/reset").raise_for_status()
        yield control


@pytest.fixture
def sap(sandbox: Sandbox) -> Iterator[Control]:
    """A fresh SAP, by its back door; and its services, logged in."""
    auth = (sandbox.sap_user, sandbox.sap_password)
    headers = {"Accept": "application/json"}
    with Control(base_url=sandbox.sap_url, auth=auth, headers=headers, timeout=10) as control:
        control.post("/_sandbox/reset").raise_for_status()
        yield control


@pytest.fixture
def systems(sandbox: Sandbox, shop: Control, sap: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both systems, where the project's sandbox environment looks for them."""
    monkeypatch.setenv("FLOWRUN_SANDBOX_XCART", sandbox.xcart_url)
    monkeypatch.setenv("FLOWRUN_SANDBOX_SAP", sandbox.sap_url)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of this repository's project, which is the current folder."""
    folder = tmp_path / "project"
    for name in ("flows", "lookups", ".flowrun/metadata"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "flowrun.yaml", folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line, in this process."""

    def ran(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        code = run_to_its_end(command_line, [str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return ran


@pytest.fixture
def event(tmp_path: Path) -> Callable[[Any], Path]:
    """A file with an event."""

    def written(data: Any) -> Path:
        path = tmp_path / "event.json"
        path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
        return path

    return written


@pytest.fixture
def handed_over(run: Run, event: Callable[[Any], Path]) -> Callable[..., Ran]:
    """Runs `order_to_sap` with an order, and gives what it says as JSON."""

    def ran(order: dict[str, Any], *more: str) -> Ran:
        return run("run", "order_to_sap", "--event", event(order), "--output", "json", *more)

    return ran
