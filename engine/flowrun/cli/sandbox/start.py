"""`flowrun sandbox start`: both systems, until Ctrl-C."""

from __future__ import annotations

import signal
import threading

import click

from flowrun.cli.operating import count as counted
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
@click.option(
    "--fulfil-automatically", is_flag=True, help="SAP delivers and invoices what comes in, by itself."
)
@click.option(
    "--shoppers",
    type=click.IntRange(0, 100),
    default=0,
    help="Shoppers who buy by themselves, about an order a minute each.",
)
def start(
    xcart_port: int, sap_port: int, seed: int, orders: int, fulfil_automatically: bool, shoppers: int
) -> None:
    """Start a simulated X-Cart and a mock SAP on this machine, until Ctrl-C.

    They are on loopback only, and the same every time they start.
    """
    require_sandbox()
    from flowrun.cli.shop import place_orders  # noqa: PLC0415 - needs an HTTP client
    from flowrun_sandbox import PortTaken, Sandbox  # noqa: PLC0415 - an extra, and heavy

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    both = Sandbox(
        xcart_port=xcart_port,
        sap_port=sap_port,
        seed=seed,
        fulfil_automatically=fulfil_automatically,
        shoppers=shoppers,
    )
    try:
        with both:
            placed = place_orders(both.xcart_url, orders) if orders else []
            click.echo(f"X-Cart  {both.xcart_url}  X-AUTH-TOKEN: {both.xcart_token}")
            click.echo(f"SAP     {both.sap_url}  user {both.sap_user}, password {both.sap_password}")
            click.echo(f"        OAuth client {both.sap_oauth_client}, secret {both.sap_oauth_secret}")
            click.echo(f"        APIKey: {both.sap_api_key}; Event Mesh at the same address, queue flowrun")
            if placed:
                first, last = placed[0]["order_number"], placed[-1]["order_number"]
                click.echo(f"        {counted(len(placed), 'order')} placed, {first} to {last}")
            click.echo("Ctrl-C ends both; from another terminal: flowrun sandbox --help", err=True)
            stop.wait()
    except PortTaken as error:
        raise ConfigurationError(str(error)) from error
