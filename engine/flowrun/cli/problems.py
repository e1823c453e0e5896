"""Problems as a person, a program, GitHub or a SARIF viewer reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from flowrun.errors import Problem
from flowrun.reference.codes import CODES


def as_text(problems: Iterable[Problem], folder: Path | None) -> str:
    """Each problem with the line it stands in, the place marked, and the next move beside the mark."""
    return "\n\n".join(_framed(problem, folder) for problem in problems)


def _framed(problem: Problem, folder: Path | None) -> str:
    at = problem.at
    head = click.style(f"error[{problem.code}]", fg="red", bold=True) + click.style(
        f": {problem.message}", bold=True
    )
    line = _line(folder or Path.cwd(), at.file, at.line)
    number = str(at.line)
    gutter = " " * len(number)
    arrow = click.style(f"{gutter}-->", fg="blue")
    parts = [head, f"{arrow} {at}"]
    if line is not None:
        mark = "^" * max(min(at.length, len(line) - at.column + 1), 1)
        bar = click.style("|", fg="blue")
        parts.append(f"{click.style(number, fg='blue')} {bar} {line}")
        marked = click.style(f"{mark} {problem.help}".rstrip(), fg="red")
        parts.append(f"{gutter} {bar} {' ' * (at.column - 1)}{marked}")
    elif problem.help:
        parts.append(f"{gutter} = {problem.help}")
    parts.append(f"{gutter} {click.style('=', fg='blue')} flowrun explain {problem.code}")
    return "\n".join(parts)


@lru_cache(maxsize=64)
def _lines(path: Path) -> tuple[str, ...]:
    try:
        return tuple(path.read_text(encoding="utf-8-sig", errors="replace").splitlines())
    except OSError:
        return ()


def _line(folder: Path, file: str, number: int) -> str | None:
    lines = _lines(folder / file)
    return lines[number - 1].rstrip().replace("\t", " ") if 0 < number <= len(lines) else None


def as_json(problems: Iterable[Problem]) -> str:
    """`{"problems": [{"file", "line", "column", "code", "message", "help"}]}`."""
    return json.dumps({"problems": [problem.as_data() for problem in problems]}, ensure_ascii=False, indent=2)


def as_github(problems: Iterable[Problem]) -> str:
    """Workflow commands that GitHub shows beside the changed lines."""
    return "\n".join(_github_line(problem) for problem in problems)


def _github_line(problem: Problem) -> str:
    at = problem.at
    place = f"file={_escaped(at.file, 'property')},line={at.line},col={at.column}"
    title = _escaped(problem.code, "property")
    return f"::error {place},title={title}::{_escaped(_told(problem), 'data')}"


def _told(problem: Problem) -> str:
    return problem.message + (f"; {problem.help}" if problem.help else "")


def _escaped(text: str, kind: str) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if kind == "property" else text


def as_sarif(problems: Iterable[Problem], version: str) -> str:
    """SARIF 2.1.0, for code scanning."""
    problems = list(problems)
    rules = [_sarif_rule(code) for code in sorted({problem.code for problem in problems})]
    run: Mapping[str, Any] = {
        "tool": {"driver": {"name": "flowrun", "version": version, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(problem) for problem in problems],
    }
    return json.dumps(
        {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]},
        ensure_ascii=False,
        indent=2,
    )


def _sarif_rule(code: str) -> dict[str, Any]:
    explanation = CODES.get(code)
    return {"id": code, "shortDescription": {"text": explanation.summary}} if explanation else {"id": code}


def _sarif_result(problem: Problem) -> dict[str, Any]:
    at = problem.at
    region = {"startLine": at.line, "startColumn": at.column, "endColumn": at.column + at.length}
    place = {"physicalLocation": {"artifactLocation": {"uri": quote(at.file)}, "region": region}}
    return {
        "ruleId": problem.code,
        "level": "error",
        "message": {"text": _told(problem)},
        "locations": [place],
    }
