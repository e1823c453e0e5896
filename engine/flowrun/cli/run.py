"""`flowrun run`: one flow, one event, now."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import Any

import click

from flowrun.cli.composition import registry, workspace
from flowrun.cli.ending import CONNECTION, FINE, PROBLEMS
from flowrun.cli.events import read_event
from flowrun.cli.private_sandbox import PrivateSandbox
from flowrun.component.http import encode
from flowrun.component.values import Duration
from flowrun.language.workspace import Workspace
from flowrun.runtime import story
from flowrun.runtime.connections import Connections
from flowrun.runtime.direct import carry_out
from flowrun.runtime.result import RunResult
from flowrun.runtime.state import State


def _duration(_context: click.Context, _parameter: click.Parameter, text: str) -> Duration:
    try:
        return Duration.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("flow")
@click.option(
    "--event", "-e", required=True, metavar="FILE", help="The event as a JSON file; - reads it from stdin."
)
@click.option("--env", metavar="ENV", help="The environment of flowrun.yaml, if not the default one.")
@click.option(
    "--output", "-o", type=click.Choice(["text", "json"]), default="text", help="How the result is written."
)
@click.option(
    "--patience",
    callback=_duration,
    metavar="DURATION",
    default="10s",
    show_default=True,
    help="How long to wait in all for a system that does not answer.",
)
@click.option("--sandbox", is_flag=True, help="Start a sandbox for this run alone.")
@click.pass_context
def run(
    context: click.Context,
    flow: str,
    event: str,
    env: str | None,
    output: str,
    patience: Duration,
    sandbox: bool,
) -> None:
    """Run a flow once with an event. FLOW is its name or its file."""
    data = read_event(event)
    with PrivateSandbox() if sandbox else nullcontext() as private:
        found = workspace(context, flow, private.addresses().variables() if private else None)
        result = asyncio.run(
            _once(found, flow, data, "sandbox" if sandbox else env, patience.seconds, private=sandbox)
        )
    if output == "json":
        click.echo(encode(result.as_data()))
    else:
        click.echo(_told(result))
    context.exit(exit_code(result))


async def _once(
    found: Workspace, name: str, event: Any, env: str | None, patience: float, *, private: bool
) -> RunResult:
    flow = found.flow(name)
    environment = found.project.environment(env)
    # A sandbox that lasts for one run must leave nothing behind: its numbers would be wrong in the next one.
    state = State(None if private else found.project.folder / ".flowrun" / "state.db", environment.name)
    try:
        async with Connections(found.project, environment, registry(), state) as connections:
            return await carry_out(
                found,
                flow,
                event,
                connections,
                patience=patience,
                tell=lambda line: click.echo(line, err=True),
            )
    finally:
        state.close()


def exit_code(result: RunResult) -> int:
    """0 for done and skipped, 3 when a system or its credentials failed, 1 for everything else."""
    if result.status in ("done", "skipped"):
        return FINE
    return CONNECTION if result.connection_failed else PROBLEMS


def _told(result: RunResult) -> str:
    lines = [f"{result.flow} {result.status}" + (f": {result.reason}" if result.reason else "")]
    if result.error is not None:
        lines.append(f"  {result.error.message}")
        lines.extend(
            f"  {detail.severity} {detail.code}: {detail.message}" for detail in result.error.cause.details
        )
    for step, value in result.results.items():
        lines.append(f"  {step}: {_short(value)}")
        lines.extend(f"    {story.message_line(said)}" for said in story.messages(value))
    return "\n".join(lines)


def _short(value: Any) -> str:
    if isinstance(value, dict):
        plain = {
            key: item
            for key, item in value.items()
            if not isinstance(item, dict | list) and item not in (None, "")
        }
        shown = ", ".join(f"{key}={item}" for key, item in list(plain.items())[:5])
        return shown + (", …" if len(plain) > 5 else "")
    if isinstance(value, list):
        return f"{len(value)} items"
    return str(value)
