"""``python -m flowrun_sandbox``: both systems until a signal, announced by one line of JSON."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading

from flowrun_sandbox import PortTaken, Sandbox, control_plane

PORT_TAKEN = 2


def main(arguments: list[str] | None = None) -> int:
    """0 after SIGTERM, SIGINT or the end of stdin; 2 when a port is taken."""
    said = _parser().parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        with Sandbox(
            xcart_port=said.xcart_port,
            sap_port=said.sap_port,
            seed=said.seed,
            fulfil_automatically=said.fulfil_automatically,
            shoppers=said.shoppers,
        ) as sandbox:
            if said.orders:
                control_plane.post(sandbox.xcart_url, "orders", {"count": said.orders})
            print(json.dumps(_addresses(sandbox)), flush=True)
            if said.until_stdin_closes:
                threading.Thread(target=_watch_stdin, args=(stop,), daemon=True).start()
            stop.wait()
    except BrokenPipeError:  # who started us is gone before it could be told
        sys.stdout = None
    except PortTaken as error:
        print(f"flowrun_sandbox: {error}", file=sys.stderr)
        return PORT_TAKEN
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m flowrun_sandbox", description=__doc__)
    parser.add_argument("--xcart-port", type=int, default=8010, help="0 takes a free one")
    parser.add_argument("--sap-port", type=int, default=8020, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=int, default=0, help="orders of the mix to place at the start")
    parser.add_argument(
        "--fulfil-automatically", action="store_true", help="SAP delivers and invoices by itself"
    )
    parser.add_argument("--shoppers", type=int, default=0, help="shoppers who buy by themselves")
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="end with the parent that holds stdin",
    )
    return parser


def _addresses(sandbox: Sandbox) -> dict[str, str]:
    return {
        "xcart": sandbox.xcart_url,
        "sap": sandbox.sap_url,
        "xcart_token": sandbox.xcart_token,
        "xcart_classic_token": sandbox.xcart_classic_token,
        "sap_user": sandbox.sap_user,
        "sap_password": sandbox.sap_password,
    }


def _watch_stdin(stop: threading.Event) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
