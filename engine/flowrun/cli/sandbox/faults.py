"""`flowrun sandbox fault`: bad luck on command."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from flowrun.cli.operating import as_json, duration
from flowrun.cli.operating import count as counted
from flowrun.cli.private_sandbox import require_sandbox
from flowrun.cli.sandbox.talking import Both, output, talking
from flowrun.component.values import Duration
from flowrun.errors import ConfigurationError
from flowrun.expressions.suggest import did_you_mean

if TYPE_CHECKING:
    from flowrun_sandbox.faults import Rule

SYSTEMS = ("xcart", "sap")


@click.command()
@click.argument("system", required=False, type=click.Choice(SYSTEMS))
@click.argument("kind", required=False)
@click.option(
    "--count", "-n", type=click.IntRange(0), default=1, show_default=True, help="How often; 0 until --clear."
)
@click.option("--match", metavar="REGEX", help="Only where the path, or the topic of an event, has this.")
@click.option("--method", metavar="METHOD", help="Only requests with this method.")
@click.option("--delay", callback=duration, metavar="DURATION", help="How long it waits, such as 5s.")
@click.option("--retry-after", callback=duration, metavar="DURATION", help="What a refusal tells to wait.")
@click.option("--retry-after-form", type=click.Choice(["seconds", "date"]), help="As a number, or as a date.")
@click.option("--status", type=click.IntRange(400, 599), help="The status of a refusal.")
@click.option("--code", help="SAP's message code.")
@click.option("--message", help="SAP's message text.")
@click.option(
    "--when", type=click.Choice(["before", "after"]), help="Whether the shop has done the work by then."
)
@click.option("--list", "listing", is_flag=True, help="Show what is in force, and the kinds there are.")
@click.option("--clear", is_flag=True, help="End what is in force.")
@output
@talking
def fault(
    at: Both, system: str | None, kind: str | None, *, listing: bool, clear: bool, output: str, **rule: Any
) -> None:
    """Let requests to SYSTEM go wrong in the way of KIND.

    \b
    flowrun sandbox fault sap rate_limit --count 3 --retry-after 2s
    flowrun sandbox fault sap commit_then_drop --match 'A_SalesOrder$'
    flowrun sandbox fault xcart status --status 503
    flowrun sandbox fault --list

    JSON: {"faults": {xcart: [rule], sap: [rule]}, "kinds": {xcart: [kind], sap: [kind]}}.
    """
    if clear and (kind is not None or listing):
        raise click.UsageError("--clear stands alone, or with the system")
    if clear:
        _clear(at, system, output)
    elif listing or kind is None:
        if not listing:
            raise click.UsageError(f"say a system and a kind, or --list, or --clear; {_known(system)}")
        _list(at, system, output)
    else:
        _order(at, str(system), kind, rule, output)


def _order(at: Both, system: str, kind: str, rule: dict[str, Any], output: str) -> None:
    kinds = _kinds(system)
    if kind not in kinds:
        raise ConfigurationError(
            f"{system} has no fault '{kind}'; {did_you_mean(kind, kinds, most=len(kinds))}"
        )
    body = {"kind": kind} | {name: value for name, value in rule.items() if value is not None}
    delay: Duration | None = body.pop("delay", None)
    if delay is not None:
        body["delay_ms"] = round(delay.seconds * 1000)
    if "retry_after" in body:
        body["retry_after"] = round(body["retry_after"].seconds)
    made = at.named(system).ask("POST", "faults", body)
    if output == "json":
        click.echo(as_json({"faults": {system: [made]}}))
    else:
        click.echo(f"in force: {_worded(system, made)}")


def _clear(at: Both, system: str | None, output: str) -> None:
    cleared = {name: at.named(name).ask("DELETE", "faults")["cleared"] for name in _chosen(system)}
    if output == "json":
        click.echo(as_json({"cleared": cleared}))
    else:
        click.echo(
            ", ".join(f"{name}: {counted(number, 'fault')} cleared" for name, number in cleared.items())
        )


def _list(at: Both, system: str | None, output: str) -> None:
    found = {name: at.named(name).ask("GET", "faults") for name in _chosen(system)}
    kinds = {name: _kinds(name) for name in found}
    if output == "json":
        click.echo(as_json({"faults": found, "kinds": kinds}))
        return
    for name, rules in found.items():
        for rule in rules:
            click.echo(f"in force: {_worded(name, rule)}")
        if not rules:
            click.echo(f"in force: nothing for {name}")
        click.echo(f"kinds for {name}:")
        does = _does(name)
        for kind in kinds[name]:
            click.echo(f"  {kind:<22}{does.get(kind, '')}".rstrip())


def _worded(system: str, rule: dict[str, Any]) -> str:
    """One rule in a line."""
    left = "until cleared" if not rule["count"] else f"{counted(rule['count'] - rule['hits'], 'time')} more"
    where = f" where the path has '{rule['match']}'" if rule["match"] else ""
    method = f" {rule['method']}" if rule.get("method") else ""
    delay = (
        f", after {timedelta(milliseconds=rule['delay_ms']).total_seconds():g}s" if rule["delay_ms"] else ""
    )
    return f"{system} {rule['kind']}{method}{where}{delay}, {left}"


def _chosen(system: str | None) -> tuple[str, ...]:
    return SYSTEMS if system is None else (system,)


def _kinds(system: str) -> list[str]:
    from flowrun_sandbox.faults import kinds_of  # noqa: PLC0415 - an extra

    return sorted(kinds_of(_rule(system)))


def _does(system: str) -> Mapping[str, str]:
    return _rule(system).does


def _rule(system: str) -> type[Rule]:
    require_sandbox()
    from flowrun_sandbox.sap.faulty import SapRule  # noqa: PLC0415 - an extra, and heavy
    from flowrun_sandbox.xcart.faulty import XCartRule  # noqa: PLC0415 - an extra

    return XCartRule if system == "xcart" else SapRule


def _known(system: str | None) -> str:
    return f"{system} knows: {', '.join(_kinds(system))}" if system else "systems: xcart, sap"
