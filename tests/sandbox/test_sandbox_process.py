"""Starting, stopping and announcing the sandbox."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from mesh_client import MeshClient

from flowrun_sandbox import PortTaken, Sandbox

COMMAND = [sys.executable, "-m", "flowrun_sandbox"]


@contextmanager
def run(*arguments: str, **more: object) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, which does not outlive its test."""
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def announced(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    told: dict[str, str] = json.loads(process.stdout.readline())
    return told


def test_it_starts_twice_in_a_process_and_leaves_nothing_behind() -> None:
    before = set(threading.enumerate())
    for _ in range(2):
        with Sandbox(xcart_port=0, sap_port=0) as sandbox:
            for url in (sandbox.xcart_url, sandbox.sap_url):
                assert httpx.get(f"{url}/_sandbox/health").json()["status"] == "up"
                port = int(url.rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1)
    assert set(threading.enumerate()) <= before


def test_it_closes_under_clients_that_keep_their_connections() -> None:
    with Sandbox(xcart_port=0, sap_port=0) as sandbox, httpx.Client() as client:
        for url in (sandbox.xcart_url, sandbox.sap_url):
            client.get(f"{url}/_sandbox/health").raise_for_status()
        sandbox.close()
        sandbox.close()
        with pytest.raises(RuntimeError):
            assert sandbox.xcart_url


def test_it_closes_while_shoppers_buy_sap_fulfils_and_a_webhook_does_not_answer() -> None:
    before = set(threading.enumerate())
    with (
        socket.create_server(("127.0.0.1", 0)) as deaf,
        Sandbox(xcart_port=0, sap_port=0, shoppers=60, fulfil_automatically=True) as sandbox,
        MeshClient(base_url=sandbox.mesh_url) as mesh,
    ):
        mesh.log_on(sandbox)
        endpoint = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        push = {"type": "webhook", "endpoint": endpoint, "exemptHandshake": True}
        body = {"name": "hook", "address": "queue:flowrun", "qos": 1, "pushConfig": push}
        mesh.post("/messagingrest/v1/subscriptions", json=body).raise_for_status()
        mesh.publish("one", {"n": 1})
        deaf.accept()[0].close()
        mesh.publish("two", {"n": 2})
        held, _ = deaf.accept()
        assert len({thread.name for thread in set(threading.enumerate()) - before}) >= 4
        sandbox.close()
        held.close()
    assert set(threading.enumerate()) <= before


def test_a_reset_goes_back_to_how_it_was_started() -> None:
    with Sandbox(xcart_port=0, sap_port=0, fulfil_automatically=True) as sandbox:
        settings = f"{sandbox.sap_url}/_sandbox/settings"
        httpx.post(settings, json={"fulfil_automatically": False, "page_size": 3}).raise_for_status()
        httpx.post(f"{sandbox.sap_url}/_sandbox/reset").raise_for_status()
        told = httpx.get(settings).json()
        assert (told["fulfil_automatically"], told["page_size"]) == (True, 0)


def test_a_seed_gives_the_same_start_again() -> None:
    told = []
    for _ in range(2):
        with Sandbox(xcart_port=0, sap_port=0, seed=9) as sandbox:
            orders = httpx.post(f"{sandbox.xcart_url}/_sandbox/orders", json={"count": 5}).json()
            auth = (sandbox.sap_user, sandbox.sap_password)
            path = f"{sandbox.sap_url}/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder"
            headers = {"Accept": "application/json"}
            rows = httpx.get(path, auth=auth, headers=headers).json()["d"]["results"]
            told.append((orders, [(row["SalesOrder"], row["TotalNetAmount"]) for row in rows]))
    assert told[0] == told[1]


@pytest.mark.parametrize("which", ["xcart_port", "sap_port"])
def test_a_taken_port_is_told_and_leaves_nothing_running(which: str) -> None:
    before = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as holder:
        ports = {"xcart_port": 0, "sap_port": 0, which: holder.getsockname()[1]}
        with pytest.raises(PortTaken, match=str(ports[which])):
            Sandbox(**ports).start()
    assert set(threading.enumerate()) <= before


def test_the_command_announces_both_systems_and_ends_with_a_signal() -> None:
    ports = ("--xcart-port", "0", "--sap-port", "0")
    with run(*ports, "--seed", "3", "--orders", "4", "--fulfil-automatically") as process:
        told = announced(process)
        assert set(told) == {
            "xcart", "sap", "xcart_token", "xcart_classic_token", "sap_user", "sap_password",
        }  # fmt: skip
        headers = {"X-AUTH-TOKEN": told["xcart_token"]}
        assert len(httpx.get(f"{told['xcart']}/api/orders", headers=headers).json()) == 6
        assert httpx.get(f"{told['sap']}/_sandbox/health").json()["seed"] == 3
        assert httpx.get(f"{told['sap']}/_sandbox/settings").json()["fulfil_automatically"] is True
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_the_command_ends_with_its_parent() -> None:
    arguments = ("--xcart-port", "0", "--sap-port", "0", "--until-stdin-closes")
    with run(*arguments, stdin=subprocess.PIPE) as process:
        announced(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=5) == 0


def test_the_command_says_in_one_line_that_a_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        done = subprocess.run(
            [*COMMAND, "--xcart-port", "0", "--sap-port", str(port)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"flowrun_sandbox: port {port} for SAP is taken; choose another or 0 for a free one"
    ]
