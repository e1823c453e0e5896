"""`flowrun sandbox`: both systems on this machine, until Ctrl-C."""

from __future__ import annotations

import signal
import threading

import click

from flowrun.cli.private_sandbox import require_sandbox
from flowrun.errors import ConfigurationError


@click.command()
@click.option(
    "--xcart-port", type=click.IntRange(0, 65535), default=8010, show_default=True, help="0 takes a free one."
)
@click.option(
    "--sap-port", type=click.IntRange(0, 65535), default=8020, show_default=True, help="0 takes a free one."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same shop.")
@click.option("--orders", type=click.IntRange(0, 10_000), default=0, help="Orders to place at the start.")
def sandbox(xcart_port: int, sap_port: int, seed: int, orders: int) -> None:
    """Start a simulated X-Cart and a mock SAP on this machine, until Ctrl-C.

    They are on loopback only, and the same every time they start.
    """
    require_sandbox()
    from flowrun.cli.shop import place_orders  # noqa: PLC0415 - needs an HTTP client
    from flowrun_sandbox import PortTaken, Sandbox  # noqa: PLC0415 - an extra, and heavy

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        with Sandbox(xcart_port=xcart_port, sap_port=sap_port, seed=seed) as both:
            placed = place_orders(both.xcart_url, orders) if orders else []
            click.echo(f"X-Cart  {both.xcart_url}  X-AUTH-TOKEN: {both.xcart_token}")
            click.echo(f"SAP     {both.sap_url}  user {both.sap_user}, password {both.sap_password}")
            if placed:
                first, last = placed[0]["order_number"], placed[-1]["order_number"]
                click.echo(f"        {len(placed)} orders placed, {first} to {last}")
            click.echo("Ctrl-C ends both", err=True)
            stop.wait()
    except PortTaken as error:
        raise ConfigurationError(str(error)) from error
