"""What the operator's commands share: the journal beside a running engine, and how moments are written."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import click
import msgspec

from flowrun.cli.composition import project_folder, registry, workspace
from flowrun.component.http import encode
from flowrun.component.values import Duration
from flowrun.errors import ConfigurationError
from flowrun.language.project import Environment, Project, read_project
from flowrun.language.report import Report
from flowrun.language.workspace import Workspace
from flowrun.runtime.journal import clearing, store
from flowrun.runtime.journal.file import JournalFile
from flowrun.runtime.journal.records import RunRecord
from flowrun.runtime.state import State
from flowrun.serve.lock import JournalLock
from flowrun.serve.masking import Mask, secrets_in


@dataclass(frozen=True)
class Desk:
    """An operator's place: the project, the environment whose runs these are, and the journal, open. `json`: the result
    is asked for as JSON."""

    context: click.Context
    project: Project
    environment: Environment
    journal: JournalFile
    json: bool

    @cached_property
    def workspace(self) -> Workspace:
        """Flows and tables, read when a command needs them: telling what happened must work while they are broken."""
        return workspace(self.context)

    def run(self, wanted: str) -> RunRecord:
        """The run of this id, or of this beginning of an id. Raises `ConfigurationError` when it is not clear which."""
        with self.journal.reading() as db:
            found = store.run_by_id(db, wanted)
        if found is None:
            raise ConfigurationError(
                f"the journal has no run '{wanted}', or several that begin so; `flowrun runs list` shows them"
            )
        return found

    def mask(self) -> Mask:
        """Hides personal data and secrets."""
        connections = self.environment.connections.values()
        secrets = [secret for connection in connections for secret in secrets_in(connection.config)]
        return Mask(secrets, self.project.personal_data)

    def when(self, seconds: float) -> str:
        """A moment as people of the project read it."""
        zone = self.project.setting.timezone
        return f"{datetime.fromtimestamp(seconds, zone):%Y-%m-%d %H:%M:%S}"

    @property
    def state_file(self) -> Path:
        """Where cross references are."""
        return self.project.folder / ".flowrun" / "state.db"

    @contextmanager
    def state(self) -> Iterator[State | None]:
        """Cross references, if there are any yet."""
        if not self.state_file.is_file():
            yield None
            return
        state = State(self.state_file, self.environment.name)
        try:
            yield state
        finally:
            state.close()

    def lock(self) -> JournalLock | None:
        """The right to carry runs out; None when another process has it, which is a running `flowrun serve`."""
        try:
            return JournalLock(self.journal.path)
        except ConfigurationError:
            return None

    def is_served(self) -> bool:
        """Whether a process carries out the runs of this journal."""
        lock = self.lock()
        if lock is not None:
            lock.release()
        return lock is None


def operating(command: Callable[..., int]) -> Callable[..., None]:
    """The options that every command on the journal has. The command is called with the desk, and its own options by
    name; what it gives is the exit code."""

    def called(
        context: click.Context, env: str | None, journal: str | None, output: str, **options: Any
    ) -> None:
        with desk(context, env, journal, output) as at:
            code = command(at, **options)
        context.exit(code)

    called.__doc__, called.__name__ = command.__doc__, command.__name__
    with_options: Callable[..., None] = click.pass_context(called)
    for option in (
        click.option(
            "--output",
            "-o",
            type=click.Choice(["text", "json"]),
            default="text",
            help="How the result is written.",
        ),
        click.option(
            "--journal",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="The journal, if not .flowrun/journal.db of the project.",
        ),
        click.option(
            "--env", metavar="ENV", help="The environment, if not the one whose runs the journal holds."
        ),
    ):
        with_options = option(with_options)
    return with_options


@contextmanager
def desk(context: click.Context, env: str | None, journal: str | None, output: str) -> Iterator[Desk]:
    """Opens the journal beside whoever works on it. Raises `ConfigurationError` when there is none, or when it holds
    the runs of another environment."""
    report, folder = Report(), project_folder(context)
    project = read_project(folder, registry(), report)
    if project is None:
        raise ConfigurationError("flowrun.yaml cannot be read", report.sorted())
    path = Path(journal) if journal is not None else folder / ".flowrun" / "journal.db"
    if not path.is_file():
        raise ConfigurationError(
            f"there is no journal {path}; `flowrun serve` makes one, --journal names another"
        )
    file = JournalFile(path)
    try:
        with file.reading() as db:
            whose = clearing.environment(db)
        if env is not None and whose is not None and env != whose:
            raise ConfigurationError(
                f"the journal {path} holds the runs of the environment '{whose}', not of '{env}'"
            )
        yield Desk(context, project, project.environment(env or whose), file, output == "json")
    finally:
        file.close()


def as_json(data: Any) -> str:
    """JSON for people and programs, with exact numbers."""
    return msgspec.json.format(encode(data), indent=2).decode()


def duration(_context: click.Context, _parameter: click.Parameter, text: str | None) -> Duration | None:
    """The callback of an option that takes a duration."""
    try:
        return Duration.parse(text) if text is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def somebody() -> str:
    """Who sits here, as the operating system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without an entry for its user
        return f"user {os.getuid()}"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 run`, `2 runs`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
