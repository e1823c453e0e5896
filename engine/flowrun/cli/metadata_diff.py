"""What has changed in a system's metadata since it was kept, and which places in the flows that hits."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from flowrun.cli import problems as shown
from flowrun.cli.composition import registry
from flowrun.cli.operating import as_json as json_text
from flowrun.cli.operating import count
from flowrun.component.connector import Facts
from flowrun.component.metadata import MetadataChange
from flowrun.errors import ConfigurationError, Problem
from flowrun.language.operations import KnownConnection
from flowrun.language.uses import Use, Uses
from flowrun.language.workspace import Workspace, read_flows

GONE = MetadataChange("service", "the system does not have it any more", breaks=True)


@dataclass(frozen=True, slots=True)
class Hit:
    """One change, and the places in flows that it hits. There are none where it breaks nothing."""

    change: MetadataChange
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that has changed. `problems` are the mistakes that the flows would have, as far as no hit
    stands in their place already.
    """

    connection: str
    services: Mapping[str, tuple[Hit, ...]]
    problems: tuple[Problem, ...]
    folder: Path

    @property
    def changed(self) -> bool:
        """Whether anything is different."""
        return any(self.services.values())

    @property
    def hit(self) -> bool:
        """Whether a flow needs a look."""
        return bool(self.problems) or any(hit.uses for hits in self.services.values() for hit in hits)


def compared(found: Workspace, connection: str, pulled: Mapping[str, bytes | None]) -> Difference:
    """Compares what is kept with what was pulled from a connector that describes itself."""
    known = found.connections[connection]
    kind: Any = known.connector
    looking = Uses(connection, known, kind.target_of)
    uses = [use for flow in found.flows.values() for use in looking.of(flow)]
    services: dict[str, tuple[Hit, ...]] = {}
    for service, text in pulled.items():
        path = found.project.metadata / connection / f"{service}.xml"
        changes = _changes(kind, path, text, found.project.folder)
        services[service] = tuple(Hit(change, _hit(change, service, uses)) for change in changes)
    told = {use.at for hits in services.values() for hit in hits for use in hit.uses}
    new = _new_problems(found, connection, pulled) if any(services.values()) else ()
    problems = [problem for problem in new if problem.at not in told]
    return Difference(connection, services, tuple(problems), found.project.folder)


def _changes(kind: Any, kept: Path, text: bytes | None, folder: Path) -> list[MetadataChange]:
    if text is None:
        return [GONE]
    try:
        return list(kind.compare_metadata(kept.read_bytes(), text))
    except ValueError as error:
        raise ConfigurationError(
            f"{kept.relative_to(folder).as_posix()} cannot be read: {error}; pull it again"
        ) from error


def _hit(change: MetadataChange, service: str, uses: Iterable[Use]) -> tuple[Use, ...]:
    """The places that a change breaks, each once."""
    if not change.breaks:
        return ()
    of_service = [use for use in uses if use.target.partition("/")[0] == service]
    filling = {
        (use.flow, use.step) for use in of_service if (use.record, use.name) == (change.record, change.name)
    }
    found: dict[Any, Use] = {}
    for use in of_service:
        if _means(change, service, use) and not (change.required and (use.flow, use.step) in filling):
            found.setdefault(use.at, use)
    return tuple(sorted(found.values(), key=lambda use: use.at))


def _means(change: MetadataChange, service: str, use: Use) -> bool:
    if change.writing and not use.filled:
        return False
    match change.what:
        case "service":
            return not use.name
        case "entity":
            return not use.name and use.target == f"{service}/{change.entity}"
        case "function":
            return not use.record and use.name == change.name
        case _:
            return use.record == change.record and use.name == ("" if change.required else change.name)


def _new_problems(found: Workspace, connection: str, pulled: Mapping[str, bytes | None]) -> Iterator[Problem]:
    """The mistakes that the flows would have with the new metadata and do not have now."""
    known = found.connections[connection]
    with TemporaryDirectory() as name:
        folder = Path(name) / connection
        shutil.copytree(found.project.metadata / connection, folder)
        for service, text in pulled.items():
            path = folder / f"{service}.xml"
            path.write_bytes(text) if text is not None else path.unlink()
        then = KnownConnection(known.connector, Facts(known.facts.config, folder))
        changed = replace(found, connections={**found.connections, connection: then})
        _, problems = read_flows(changed, registry(), found.sources)
    return (problem for problem in problems if problem not in found.problems)


def as_json(difference: Difference) -> str:
    """As the command's help says."""
    services = [
        {"service": service, "changes": [_row(hit) for hit in hits]}
        for service, hits in difference.services.items()
    ]
    problems = [problem.as_data() for problem in difference.problems]
    return json_text({"connection": difference.connection, "services": services, "problems": problems})


def _row(hit: Hit) -> dict[str, Any]:
    change = hit.change
    return {
        **{name: getattr(change, name) for name in ("what", "entity", "name", "change", "before", "after")},
        "breaks": change.breaks,
        "hits": [
            {
                "flow": use.flow,
                "step": use.step,
                "file": use.at.file,
                "line": use.at.line,
                "column": use.at.column,
            }
            for use in hit.uses
        ],
    }


def as_text(difference: Difference) -> str:
    """For a person: what breaks first, and below each change the places that it hits."""
    lines: list[str] = []
    for service, hits in difference.services.items():
        lines.append(click.style(service, bold=True) + ("" if hits else ": unchanged"))
        for hit in sorted(hits, key=lambda hit: (not hit.uses, not hit.change.breaks)):
            lines += _lines(hit)
    if difference.problems:
        lines += ["", "with this metadata `flowrun validate` would say:", ""]
        lines.append(shown.as_text(difference.problems, difference.folder))
    return "\n".join([*lines, "", _summary(difference)])


def _lines(hit: Hit) -> Iterator[str]:
    change = hit.change
    what = ".".join(part for part in (change.entity, change.name) if part) or "the service"
    kind = f" ({change.what})" if change.what in ("link", "function") else ""
    mark = (
        click.style("!", fg="red", bold=True) if change.breaks else "+" if "added" in change.change else "~"
    )
    yield f"  {mark} {what}{kind}: {change.change}"
    for use in hit.uses:
        yield f"      {use.at} {use.flow}, step {use.step}"


def _summary(difference: Difference) -> str:
    changes = [hit for hits in difference.services.values() for hit in hits]
    if not changes:
        return f"nothing has changed in {count(len(difference.services), 'service')}"
    flows = sorted({use.flow for hit in changes for use in hit.uses})
    files = sorted({problem.at.file for problem in difference.problems})
    names = ", ".join([*flows, *(name for name in files if not flows)])
    hit = f"; look at {names} before you pull it" if names else "; no flow is hit"
    return f"{count(len(changes), 'change')}{hit}"
