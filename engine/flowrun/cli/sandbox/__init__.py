"""`flowrun sandbox`: both systems on this machine, and what happens in them, by command."""

from __future__ import annotations

import click

from flowrun.cli.sandbox.faults import fault
from flowrun.cli.sandbox.orders import fulfil, place_order
from flowrun.cli.sandbox.reset import reset
from flowrun.cli.sandbox.start import start
from flowrun.cli.sandbox.state import state
from flowrun.expressions.suggest import did_you_mean

_HELP = {"-h", "--help"}


class _StartsByDefault(click.Group):
    """Without a command, or with options only, `start` is meant."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in _HELP):
            args = ["start", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A mistyped command is told with the one it looks like."""
        if args and args[0] not in self.commands:
            ctx.fail(f"the sandbox has no command '{args[0]}'; {did_you_mean(args[0], self.commands)}")
        return super().resolve_command(ctx, args)


@click.group(cls=_StartsByDefault)
def sandbox() -> None:
    """Start a simulated X-Cart and a mock SAP on this machine, and make things happen in them.

    `flowrun sandbox` alone is `flowrun sandbox start`. The other commands talk to a sandbox that runs: at the default
    ports, or where FLOWRUN_SANDBOX_XCART and FLOWRUN_SANDBOX_SAP say.
    """


for _command in (start, place_order, fulfil, fault, state, reset):
    sandbox.add_command(_command)
