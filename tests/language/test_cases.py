"""Every case in `tests/cases`: a flow (or a part of a project) and, for a bad one, the problems beside it.

`bad/NAME.yaml` is read as `flows/NAME.yaml` of the small project. A folder `bad/NAME/` is laid over that project. The
golden file is `NAME.txt`: `line:column code: message | help`, with the file before it when it is not the flow itself.
To write it anew: `FLOWRUN_WRITE_CASES=1 pytest tests/language/test_cases.py`, and read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from small_project import CASES, REGISTRY, read_small, write_project

from flowrun.errors import ConfigurationError, Problem
from flowrun.language.workspace import read_workspace

BAD = sorted(path for path in (CASES / "bad").iterdir() if path.suffix != ".txt")
GOOD = sorted((CASES / "good").glob("*.yaml"))


def _problems(case: Path, folder: Path) -> tuple[Problem, ...]:
    if case.is_file():
        return read_small(folder, {f"flows/{case.name}": case.read_bytes()}).problems
    files = {
        path.relative_to(case).as_posix(): path.read_bytes() for path in case.rglob("*") if path.is_file()
    }
    write_project(folder, files)
    try:
        return read_workspace(folder, REGISTRY, {"PORT": "x"}).problems
    except ConfigurationError as error:
        return error.problems


def _told(problem: Problem, case: Path) -> str:
    file = "" if problem.at.file == f"flows/{case.name}" else f"{problem.at.file}:"
    at = f"{file}{problem.at.line}:{problem.at.column}+{problem.at.length}"
    return f"{at} {problem.code}: {problem.message}" + (f" | {problem.help}" if problem.help else "")


@pytest.mark.parametrize("case", BAD, ids=lambda path: path.name)
def test_a_bad_case_tells_exactly_these_problems(case: Path, tmp_path: Path) -> None:
    told = "".join(f"{_told(problem, case)}\n" for problem in _problems(case, tmp_path))
    golden = case.with_name(f"{case.stem}.txt")
    if os.environ.get("FLOWRUN_WRITE_CASES"):
        golden.write_text(told, encoding="utf-8")
    assert told.splitlines() == golden.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("case", GOOD, ids=lambda path: path.name)
def test_a_good_case_has_no_problem(case: Path, tmp_path: Path) -> None:
    workspace = read_small(tmp_path, {f"flows/{case.name}": case.read_bytes()})
    assert [str(problem) for problem in workspace.problems] == []
