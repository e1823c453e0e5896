"""`flowrun dry-run`: what a flow would send, and what each field would be made from."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import Any

import click

from flowrun.cli.composition import registry, workspace
from flowrun.cli.events import read_event
from flowrun.cli.private_sandbox import PrivateSandbox
from flowrun.cli.run import exit_code
from flowrun.component.http import encode
from flowrun.language.workspace import Workspace
from flowrun.runtime.connections import Connections
from flowrun.runtime.direct import interpreted, new_run_id
from flowrun.runtime.guard import stop_writes
from flowrun.runtime.rehearsal import PlannedCall, Rehearsal
from flowrun.runtime.result import RunResult
from flowrun.runtime.state import State


@click.command("dry-run")
@click.argument("flow")
@click.option(
    "--event", "-e", required=True, metavar="FILE", help="The event as a JSON file; - reads it from stdin."
)
@click.option("--env", metavar="ENV", help="The environment of flowrun.yaml, if not the default one.")
@click.option(
    "--output", "-o", type=click.Choice(["text", "json"]), default="text", help="How the calls are written."
)
@click.option("--sandbox", is_flag=True, help="Start a sandbox to read from, for this rehearsal alone.")
@click.pass_context
def dry_run(
    context: click.Context, flow: str, event: str, env: str | None, output: str, sandbox: bool
) -> None:
    """Show every request a flow would send, without writing anything.

    Reads are done for real, in the environment that is asked for. FLOW is the flow's name or its file.
    """
    data = read_event(event)
    with PrivateSandbox() if sandbox else nullcontext() as private:
        found = workspace(context, flow, private.addresses().variables() if private else None)
        result, calls = asyncio.run(
            _rehearsed(found, flow, data, "sandbox" if sandbox else env, private=sandbox)
        )
    if output == "json":
        body: dict[str, Any] = {"calls": [call.as_data() for call in calls], "status": result.status}
        body["error"] = result.error.as_data() if result.error is not None else None
        click.echo(encode(body))
    else:
        _show(result, calls)
    context.exit(exit_code(result))


async def _rehearsed(
    found: Workspace, name: str, event: Any, env: str | None, *, private: bool
) -> tuple[RunResult, list[PlannedCall]]:
    flow = found.flow(name)
    environment = found.project.environment(env)
    path = found.project.folder / ".flowrun" / "state.db"
    state = State(path if path.is_file() and not private else None, environment.name)
    try:
        async with Connections(
            found.project, environment, registry(), state, guard=stop_writes
        ) as connections:
            rehearsal = Rehearsal(new_run_id(), connections)
            result = await interpreted(found, flow, event, connections, rehearsal)
    finally:
        state.close()
    return result, rehearsal.calls


def _show(result: RunResult, calls: list[PlannedCall]) -> None:
    from rich.console import Console  # noqa: PLC0415 - a heavy import
    from rich.json import JSON  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    for number, call in enumerate(calls, start=1):
        console.print(Text(f"{number}. {call.step}: {call.connection}.{call.operation}", style="bold"))
        console.print(Text(f"   {call.method} {call.url}"))
        if call.body is not None:
            console.print(JSON(encode(call.body).decode()))
        if call.filled_from:
            table = Table(show_edge=False, pad_edge=False)
            table.add_column("field")
            table.add_column("filled from")
            for field, source in call.filled_from.items():
                table.add_row(Text(field), Text(source))
            console.print(table)
        console.print()
    told = f"{result.flow} would be {result.status}" + (f": {result.reason}" if result.reason else "")
    console.print(
        Text(
            f"{told}; {len(calls)} {'request' if len(calls) == 1 else 'requests'} would be sent, "
            f"nothing was written"
        )
    )
    if result.error is not None:
        console.print(Text(f"  {result.error.message}", style="red"))
