"""Notices changes of the project's files: lookup tables and connections are taken, flows only at a restart."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from flowrun.component.registry import Registry
from flowrun.errors import ConfigurationError, Problem
from flowrun.language.project import FILE
from flowrun.language.tables import table_files
from flowrun.language.workspace import LOOKUPS, Workspace, flow_files, read_flows, read_workspace
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.serve.logs import say

_State = Mapping[Path, tuple[int, int]]


class Watcher:
    """Looks at the project's folder. `reload` takes connections and secrets anew."""

    def __init__(
        self,
        engine: EmbeddedEngine,
        registry: Registry,
        variables: Mapping[str, str] | None,
        reload: Callable[[], Awaitable[None]],
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._variables = variables
        self._reload = reload
        self._folder = engine.workspace.project.folder
        self._tables, self._flows, self._settings = self._now()

    async def look(self) -> None:
        """Compares with the last look, and takes what has changed."""
        tables, flows, settings = self._now()
        if tables != self._tables:
            self._tables = tables
            await self._take_tables()
        if flows != self._flows:
            self._flows = flows
            say(
                "flows-changed",
                "flows have changed on disk; they are taken at the next start",
                level=logging.WARNING,
            )
        if settings != self._settings:
            self._settings = settings
            try:
                await self._reload()
            except ConfigurationError as error:
                say("reload-refused", f"{error}; the connections stay as they were", level=logging.ERROR)

    async def _take_tables(self) -> None:
        workspace = self._engine.workspace
        try:
            renewed, wrong = await asyncio.to_thread(
                with_new_tables, workspace, self._registry, self._variables
            )
        except (ConfigurationError, OSError) as error:
            say("lookups-refused", f"{error}; the tables stay as they were", level=logging.ERROR)
            return
        if wrong:
            more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            say("lookups-refused", f"{wrong[0]}{more}; the tables stay as they were", level=logging.ERROR)
            return
        self._engine.take_workspace(renewed)
        say("lookups-taken", "lookup tables have changed; runs that were parked for a row try again")

    def _now(self) -> tuple[_State, _State, _State]:
        return (
            _state(table_files(self._folder / LOOKUPS)),
            _state(flow_files(self._folder)),
            _state([self._folder / FILE]),
        )


def with_new_tables(
    workspace: Workspace, registry: Registry, variables: Mapping[str, str] | None
) -> tuple[Workspace, list[Problem]]:
    """The workspace with the tables as they are on disk, and what is wrong with them. The flows stay those that run;
    they must fit the new tables too."""
    fresh = read_workspace(workspace.project.folder, registry, variables)
    renewed = dataclasses.replace(workspace, tables=fresh.tables)
    wrong = [problem for problem in fresh.problems if problem.at.file.startswith(f"{LOOKUPS}/")]
    if not wrong:
        _, wrong = read_flows(renewed, registry, workspace.sources)
    return renewed, wrong


def _state(files: list[Path]) -> _State:
    found: dict[Path, tuple[int, int]] = {}
    for file in files:
        try:
            stat = file.stat()
        except OSError:
            continue  # it is being replaced just now; the next look sees it
        found[file] = (stat.st_mtime_ns, stat.st_size)
    return found
