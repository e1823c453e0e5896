"""A connector in a package of its own works as soon as it is installed; one that is broken only warns."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from flowrun.cli import composition
from running import ROOT

OWN = ROOT / "examples" / "own_connector"
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built and installed into a folder."""
    folder = tmp_path_factory.mktemp("installed")
    source = folder / "source"
    shutil.copytree(OWN, source)
    target = folder / "packages"
    uv = shutil.which("uv")
    pip = (
        [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    )
    options = ["--quiet", "--no-build-isolation", "--no-deps", "--target", str(target)]
    subprocess.run([*pip, *options, str(source)], check=True, capture_output=True, cwd=folder)
    return target


@pytest.fixture
def command(installed: Path, tmp_path: Path) -> Command:
    """The command line in a process that has the package, in a copy of its project."""
    shutil.copytree(OWN / "project", tmp_path / "warehouse")
    path = os.pathsep.join([str(installed), *filter(None, [os.environ.get("PYTHONPATH")])])

    def ran(*arguments: str, also: Path | None = None) -> subprocess.CompletedProcess[str]:
        more = f"{also}{os.pathsep}{path}" if also else path
        return subprocess.run(
            [sys.executable, "-m", "flowrun", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path / "warehouse",
            env=os.environ | {"PYTHONPATH": more},
        )

    return ran


def test_it_is_listed_with_what_it_can_do(command: Command) -> None:
    listed = command("connectors")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "csv_drop  Appends rows to CSV files" in listed.stdout
    assert "csv_drop.append  (writes, may be repeated)" in command("connectors", "csv_drop").stdout


def test_its_flow_validates_and_a_mistyped_parameter_is_found(command: Command, tmp_path: Path) -> None:
    fine = command("validate")
    assert fine.returncode == 0, fine.stdout
    flow = tmp_path / "warehouse" / "flows" / "pick_list.yaml"
    flow.write_text(flow.read_text().replace("file: pick_list", "fil: pick_list"))
    problems = json.loads(command("validate", "-o", "json").stdout)["problems"]
    assert ("unknown-key", "did you mean `file`?") in {(p["code"], p["help"]) for p in problems}


def test_it_is_rehearsed_without_writing_and_then_runs(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "warehouse" / "drop" / "pick_list.csv"
    rehearsed = command("dry-run", "pick_list", "-e", "event.json", "-o", "json")
    assert rehearsed.returncode == 0, rehearsed.stderr
    first, _ = json.loads(rehearsed.stdout)["calls"]
    assert first["body"] == {"line": "1042/TS-BLK-M", "amount": "2"}
    assert not file.exists()
    for _ in range(2):  # what is there is not written again
        ran = command("run", "pick_list", "-e", "event.json")
        assert ran.returncode == 0, ran.stdout + ran.stderr
    with file.open(newline="") as rows:
        assert list(csv.DictReader(rows)) == [
            {"line": "1042/TS-BLK-M", "amount": "2"},
            {"line": "1042/MUG-01", "amount": "1"},
        ]


def test_a_broken_connector_only_warns(command: Command, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    info = packages / "broken-1.dist-info"
    info.mkdir(parents=True)
    (packages / "broken_connector.py").write_text("import not_there_at_all")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[flowrun.connectors]\nbroken = broken_connector:Broken\n")
    ran = command("validate", also=packages)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "warning: the connector 'broken' (broken_connector:Broken) is left out" in ran.stderr
    assert "No module named 'not_there_at_all'" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("number", "module", "told"),
    [
        (1, "raise RuntimeError('its licence has run out')", "its licence has run out"),
        (2, "import sys; sys.exit(1)", "is left out"),
        (3, "Broken = 5", "it is not a subclass of"),
        (4, "from flowrun.component import Connector\nclass Broken(Connector): pass", "it has no `name`"),
        (
            5,
            "from flowrun.component import Connector, Config\n"
            "class Broken(Connector):\n    name = 'sap'\n    Config = Config",
            "the name 'sap' is taken",
        ),
    ],
)
def test_whatever_is_wrong_with_it_the_others_are_there(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: int,
    module: str,
    told: str,
) -> None:
    (tmp_path / f"broken_{number}.py").write_text(module)
    monkeypatch.syspath_prepend(tmp_path)
    broken = EntryPoint("broken", f"broken_{number}:Broken", composition.GROUP)
    ours = list(composition.entry_points(group=composition.GROUP))
    monkeypatch.setattr(composition, "entry_points", lambda group: [broken, *ours])
    found = composition.registry.__wrapped__()
    assert set(found.connectors) == {"event_mesh", "http", "sap", "xcart"}
    assert found.connectors["sap"].__module__.startswith("flowrun_connectors.")
    assert told in capsys.readouterr().err
