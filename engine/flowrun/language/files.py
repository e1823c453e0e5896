"""Reads the text files of a project."""

from __future__ import annotations

from pathlib import Path

from flowrun.errors import Position
from flowrun.language.report import Report

_MAX_BYTES = 2_000_000


def read_text(path: Path, name: str, report: Report) -> str | None:
    """The text of a UTF-8 file with or without a byte order mark, its lines ended by `\\n`. None, and a
    problem, when it cannot be read."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            told = f"the file has {path.stat().st_size:,} bytes, more than {_MAX_BYTES:,}"
            report.add("file-too-large", told, Position(name), "split it into sub-flows")
            return None
        data = path.read_bytes()
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line_start = data.rfind(b"\n", 0, error.start) + 1
        place = Position(name, data.count(b"\n", 0, error.start) + 1, error.start - line_start + 1)
        report.add("bad-encoding", "the file is not UTF-8", place, "save it as UTF-8")
    except OSError as error:
        report.add(
            "unreadable-file",
            f"the file cannot be read: {error.strerror}",
            Position(name),
            "check its rights",
        )
    return None


def relative_name(path: Path, folder: Path) -> str:
    """How problems name a file: by its path below the project's folder."""
    resolved, root = path.resolve(), folder.resolve()
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else str(path)
