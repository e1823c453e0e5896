"""The command `flowrun`, one file for each command. Here everything is put together.

Commands are imported when they are called, so that `flowrun --help` answers at once.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any

import click

COMMANDS: Mapping[str, str] = {
    "chaos": "Kill the server again and again while everything goes wrong, then count in both systems.",
    "connections": "Show which connections are paused, and let them be read anew.",
    "connectors": "Show the connectors and what each can do.",
    "dead-letters": "Clear what went wrong: by cause, one or many at once.",
    "demo": "Start both systems, place orders, run the flow for each, and show that both agree.",
    "describe": "Tell in business words what flows do.",
    "dry-run": "Show every request a flow would send, without writing anything.",
    "explain": "Explain a problem code.",
    "init": "Make a new project that validates and runs in the sandbox.",
    "lookups": "Check the lookup tables, and show the values that wait for one.",
    "metadata": "Keep what a system says of its own entities, for checking mappings.",
    "reconcile": "Compare both systems, and bring into order what differs.",
    "run": "Run a flow once with an event.",
    "runs": "Show runs and the whole story of an order.",
    "sandbox": "Start a simulated X-Cart and a mock SAP on this machine, and make things happen in them.",
    "schema": "Write the JSON Schema of this project's flows, for editors.",
    "serve": "Serve a project: webhooks, polls and schedules become runs, until a signal.",
    "steps": "Show the step kinds, conversions and filters.",
    "validate": "Find the mistakes in flows, lookups and flowrun.yaml.",
}


class LazyGroup(click.Group):
    """Knows its commands by name and imports one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order of the alphabet."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(importlib.import_module(f"flowrun.cli.{name}"), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each with its line; none of them is imported for that."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant. A mistyped one is told with the one it looks like."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from flowrun.expressions.suggest import did_you_mean  # noqa: PLC0415 - when mistyped

            ctx.fail(f"there is no command '{args[0]}'; {did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.option(
    "--project",
    "-p",
    type=click.Path(file_okay=False, exists=True),
    help="The project's folder, if not this one.",
)
@click.option("--debug", is_flag=True, help="Show where in the program an error comes from.")
@click.version_option(package_name="flowrun-engine", prog_name="flowrun")
@click.pass_context
def flowrun(context: click.Context, /, **_: Any) -> None:
    """Integration flows between X-Cart and SAP S/4HANA, written in YAML.

    Exit codes: 0 fine, 1 problems found or a run failed, 2 wrong usage or configuration,
    3 connection or credentials.
    """
    context.ensure_object(dict)


def main(arguments: list[str] | None = None) -> None:
    """The entry point. Turns every error into one line and an exit code."""
    from flowrun.cli.ending import run_to_its_end  # noqa: PLC0415 - small, but not needed for --help

    sys.exit(run_to_its_end(flowrun, sys.argv[1:] if arguments is None else arguments))
