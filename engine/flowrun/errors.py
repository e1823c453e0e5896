"""Every error flowrun raises and every problem it reports.

Files that are wrong give `Problem` values, all of them at once. Runs that go wrong raise, and the class
says what happens next: `Retryable` (again later), `Rejected` (this record), `Fatal` (nothing will help
until a person acts).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file, counted from 1 as editors do. `length` is how many characters are meant."""

    file: str
    line: int = 1
    column: int = 1
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one file, told in an analyst's words.

    `code` is stable and can be explained by `flowrun explain CODE`; `help` is the next move, often what to
    write.
    """

    code: str
    message: str
    at: Position
    help: str = ""

    def __str__(self) -> str:
        return f"{self.at} {self.code}: {self.message}" + (f"; {self.help}" if self.help else "")

    def as_data(self) -> dict[str, str | int]:
        """The flat form that `flowrun validate --output json` prints."""
        return {
            "file": self.at.file,
            "line": self.at.line,
            "column": self.at.column,
            "code": self.code,
            "message": self.message,
            "help": self.help,
        }


class FlowrunError(Exception):
    """Base of everything flowrun raises on purpose: one line, no secrets, no personal data."""


class ConfigurationError(FlowrunError):
    """A file or a command is wrong, so nothing was started. Exit code 2 (or 1 where problems were asked
    for)."""

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Detail:
    """One of several messages of a remote system: SAP's `errordetails`, X-Cart's validation texts."""

    code: str = ""
    message: str = ""
    target: str = ""
    severity: str = "error"


@dataclass(frozen=True, slots=True)
class Cause:
    """What a remote system, or a step, said about a failure. It decides nothing by itself.

    `code` is the remote system's own (`V1/382`) or ours (`lookup-miss`); `target` is the field it names;
    `status` the HTTP status where there was one; `value` the lookup value that has no row; `owner` the team
    that a connection's table of errors names for this code.
    """

    code: str = ""
    target: str = ""
    status: int | None = None
    connection: str = ""
    details: tuple[Detail, ...] = field(default=())
    value: str = ""
    owner: str = ""


class RunError(FlowrunError):
    """Base of the errors of a run. `cause` carries what the remote system said, for rules and for people;
    `place` is filled in by the interpreter: the innermost step that raised it."""

    place = ""

    def __init__(self, message: str, cause: Cause | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause or Cause()

    def as_data(self) -> dict[str, Any]:
        """The form in which a run's `error` is printed and stored."""
        data: dict[str, Any] = {"kind": type(self).__name__.lower(), "message": self.message}
        if self.cause.code:
            data["code"] = self.cause.code
        if self.cause.target:
            data["target"] = self.cause.target
        if self.cause.value:
            data["value"] = self.cause.value
        if self.cause.owner:
            data["owner"] = self.cause.owner
        if self.cause.connection:
            data["connection"] = self.cause.connection
        if self.cause.details:
            data["details"] = [
                {"code": d.code, "message": d.message, "target": d.target, "severity": d.severity}
                for d in self.cause.details
            ]
        return data


class Retryable(RunError):  # noqa: N818 - the word says what happens next
    """It may work later: a timeout, 429, 503, a lock.

    `after` is the wait in seconds that the remote system asked for. `doubt` is true when a write may have
    happened although no answer came; who repeats it must look first.
    """

    def __init__(
        self, message: str, cause: Cause | None = None, *, after: float | None = None, doubt: bool = False
    ) -> None:
        super().__init__(message, cause)
        self.after = after
        self.doubt = doubt


class Rejected(RunError):  # noqa: N818 - the word says what happens next
    """This record is bad: it goes to the dead letters, the next one goes on."""


class Parked(Rejected):
    """This record waits for a person to fill in a lookup value; it is not wrong."""

    def __init__(self, message: str, *, table: str, key: str, column: str) -> None:
        super().__init__(message, Cause(code="lookup-miss", target=f"{table}.{column}", value=key))
        self.table = table
        self.key = key
        self.column = column


class Fatal(RunError):  # noqa: N818 - the word says what happens next
    """Nothing will help until a person acts: credentials, permissions, a missing service. Pauses the
    connection."""


def merged(cause: Cause, changes: Mapping[str, Any]) -> Cause:
    """`cause` with the given fields replaced, for a layer that knows more (which connection it was)."""
    values = {
        name: getattr(cause, name)
        for name in ("code", "target", "status", "connection", "details", "value", "owner")
    }
    return Cause(**{**values, **changes})
