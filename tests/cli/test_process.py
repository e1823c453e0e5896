"""The command as a process: its script, signals, broken pipes, and what it leaves running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

FLOWRUN = [sys.executable, "-m", "flowrun"]


def children_of(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("command", [FLOWRUN, [str(Path(sys.executable).with_name("flowrun"))]])
def test_the_script_and_the_module_are_the_same_command(command: list[str]) -> None:
    done = subprocess.run([*command, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "validate" in done.stdout


def test_help_imports_nothing_heavy() -> None:
    code = "import sys\nfrom flowrun.cli.ending import run_to_its_end\nfrom flowrun.cli import flowrun\n"
    code += "run_to_its_end(flowrun, ['--help'])\n"
    code += "print([name for name in ('jinja2', 'httpx', 'rich', 'yaml', 'msgspec') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="children are found by /proc")
@pytest.mark.parametrize(
    ("arguments", "how", "code"),
    [
        (["demo", "--orders", "3000"], signal.SIGINT, 130),
        (["run", "order_to_sap", "-e", "-", "--sandbox", "--patience", "60s"], signal.SIGINT, 130),
        (["demo", "--orders", "3000"], signal.SIGKILL, -signal.SIGKILL),
    ],
    ids=["demo and Ctrl-C", "run and Ctrl-C", "demo and kill"],
)
def test_whatever_ends_it_the_sandbox_is_gone(
    project: Path, arguments: list[str], how: int, code: int
) -> None:
    """The order does not exist in the shop for `run`; the sandbox is up by the time it is asked for."""
    process = subprocess.Popen(
        [*FLOWRUN, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    if arguments[0] == "demo":
        process.stdin.close()
        process.stdin = None
    else:
        process.stdin.write('{"id": 1187}')
        process.stdin.close()
        process.stdin = None
    deadline = time.monotonic() + 20
    while not (children := children_of(process.pid)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(how)
    _, err = process.communicate(timeout=20)
    assert process.returncode == code, err
    assert "Traceback" not in err
    while any(alive(child) for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("arguments", [["schema"], ["steps"], ["connectors"]])
def test_output_whose_reader_is_gone_is_no_error(project: Path, arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*FLOWRUN, *arguments], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
