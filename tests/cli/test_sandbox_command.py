"""`flowrun sandbox`: both systems started, and what is made to happen in them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flowrun_sandbox import Sandbox
from running import Control, Run

SANDBOX = [sys.executable, "-m", "flowrun", "sandbox"]
ORDER = {
    "SalesOrderType": "OR",
    "SalesOrganization": "1010",
    "DistributionChannel": "10",
    "OrganizationDivision": "00",
    "TransactionCurrency": "EUR",
}


def ordered(sap: Control, reference: str, amount: str = "2") -> str:
    """A sales order as a flow would make it; its number."""
    services = "/sap/opu/odata/sap"
    sales = f"{services}/API_SALES_ORDER_SRV"
    token = sap.get(f"{sales}/", headers={"x-csrf-token": "Fetch"}).headers["x-csrf-token"]
    partner = {
        "BusinessPartnerCategory": "1",
        "FirstName": "Jo",
        "LastName": "Groß",
        "to_BusinessPartnerRole": [{"BusinessPartnerRole": "FLCU00"}, {"BusinessPartnerRole": "FLCU01"}],
        "to_Customer": {"to_CustomerCompany": [{"CompanyCode": "1010"}]},
    }
    made = sap.post(
        f"{services}/API_BUSINESS_PARTNER/A_BusinessPartner", json=partner, headers={"x-csrf-token": token}
    )
    assert made.status_code == 201, made.text
    body = ORDER | {
        "SoldToParty": made.json()["d"]["BusinessPartner"],
        "PurchaseOrderByCustomer": reference,
        "to_Item": [{"Material": "FG-TSHIRT-BLK-M", "RequestedQuantity": amount}],
    }
    created = sap.post(f"{sales}/A_SalesOrder", json=body, headers={"x-csrf-token": token})
    assert created.status_code == 201, created.text
    return str(created.json()["d"]["SalesOrder"])


@pytest.mark.parametrize("words", [[], ["start"]])
def test_alone_it_starts_both_systems_until_a_signal(words: list[str]) -> None:
    arguments = ["--xcart-port", "0", "--sap-port", "0", "--orders", "2"]
    with subprocess.Popen(
        [*SANDBOX, *words, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(5)]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    assert [line.split()[0] for line in lines] == ["X-Cart", "SAP", "OAuth", "APIKey:", "2"]
    assert "FLOWRUN_CLIENT" in lines[2]


def test_a_day_begins_by_itself_when_it_is_told_to(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(xcart_port=0, sap_port=0, shoppers=3, fulfil_automatically=True) as both:
        monkeypatch.setenv("FLOWRUN_SANDBOX_XCART", both.xcart_url)
        monkeypatch.setenv("FLOWRUN_SANDBOX_SAP", both.sap_url)
        told = run("sandbox", "state", "--output", "json").json
        with Control(base_url=both.sap_url) as sap:
            assert sap.get("/_sandbox/settings").json()["fulfil_automatically"] is True
    assert told["xcart"]["activity"]["running"] is True


@pytest.mark.usefixtures("systems")
def test_orders_of_the_mix_are_placed(run: Run) -> None:
    ran = run("sandbox", "place-order", "--count", "2")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "order 1046 is placed (id 1191)")
    assert len(ran.out.splitlines()) == 2


@pytest.mark.usefixtures("systems")
def test_a_basket_of_ones_own_is_placed_as_often_as_said(run: Run, shop: Control) -> None:
    before = run("sandbox", "state", "-o", "json").json["xcart"]["stock"]["MUG-01"]
    ran = run("sandbox", "place-order", "--sku", "MUG-01=3", "--sku", "SOCK-3", "-n", "2", "-o", "json")
    assert ran.code == 0, ran.err
    assert len(ran.json["placed"]) == 2
    assert run("sandbox", "state", "-o", "json").json["xcart"]["stock"]["MUG-01"] == before - 6


@pytest.mark.usefixtures("systems")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["place-order", "--sku", "NOPE"], "error: X-Cart: no product with the SKU 'NOPE'"),
        (["place-order", "--sku", "MUG-01=none"], "'MUG-01=none' is not SKU or SKU=AMOUNT, such as MUG-01=3"),
        (["place-order", "--sku", "MUG-01=0"], "'MUG-01=0' is not SKU or SKU=AMOUNT"),
        (["place-order", "--count", "0"], "0 is not in the range"),
        (
            ["fulfil", "4711"],
            "error: SAP: no order 4711 in SAP, by its number or by the customer's reference",
        ),
        (["fulfil", "1", "--until", "never"], "'never' is not one of 'delivery', 'goods_issue'"),
        (["fault", "sap", "lokc"], "error: sap has no fault 'lokc'; did you mean `lock`?"),
        (["fault", "xcart", "lock"], "error: xcart has no fault 'lock'; known: cut, drop"),
        (["fault", "oracle", "lock"], "'oracle' is not one of 'xcart', 'sap'"),
        (["fault", "sap"], "say a system and a kind, or --list, or --clear; sap knows: acknowledgement_lost"),
        (["fault", "sap", "lock", "--match", "("], "error: SAP: match is no regular expression"),
        (["fault", "sap", "lock", "--when", "after"], "error: SAP: a fault has no 'when'"),
        (["fault", "sap", "lock", "--delay", "3"], "write a number with its unit"),
        (["fault", "xcart", "status"], "error: X-Cart: kind status needs a status"),
        (["fault", "sap", "lock", "--clear"], "--clear stands alone"),
        (["reset", "--seed", "one"], "'one' is not a valid integer"),
        (["stat"], "the sandbox has no command 'stat'; did you mean `state`?"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_can(run: Run, arguments: list[str], told: str) -> None:
    ran = run("sandbox", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err


@pytest.mark.usefixtures("systems")
def test_an_order_is_fulfilled_by_the_shops_number_stage_by_stage(run: Run, sap: Control) -> None:
    number = ordered(sap, "XC-777")
    ran = run("sandbox", "fulfil", "777", "--until", "delivery")
    assert (ran.code, ran.out.startswith(f"sales order {number}: delivery 008")) == (0, True)
    assert "invoice" not in ran.out
    (done,) = run("sandbox", "fulfil", number, "-o", "json").json["fulfilled"]
    assert (done["sales_order"], done["process_status"], done["trouble"]) == (number, "C", "")
    assert (len(done["deliveries"]), len(done["invoices"]), done["payments"]) == (1, 1, [])


@pytest.mark.usefixtures("systems")
def test_all_orders_go_on_and_what_is_stopped_is_told(run: Run, sap: Control) -> None:
    good, bad = ordered(sap, "XC-1"), ordered(sap, "XC-2", amount="100000")
    ran = run("sandbox", "fulfil")
    assert ran.code == 1
    lines = dict(line.split(": ", 1) for line in ran.out.splitlines())
    assert lines[f"sales order {good}"].startswith("delivery ")
    assert "stopped by " in lines[f"sales order {bad}"]


@pytest.mark.usefixtures("systems")
def test_faults_are_ordered_listed_and_cleared(run: Run, sap: Control) -> None:
    ran = run("sandbox", "fault", "sap", "rate_limit", "-n", "2", "--match", "A_Sales", "--retry-after", "2s")
    assert ran.out == "in force: sap rate_limit where the path has 'A_Sales', 2 times more\n"
    refused = sap.get("/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    listed = run("sandbox", "fault", "--list")
    assert "in force: nothing for xcart" in listed.out
    assert "in force: sap rate_limit where the path has 'A_Sales', 1 time more" in listed.out
    assert "  commit_then_error     executes and commits, and answers 500\n" in listed.out
    assert "rate_limit" in run("sandbox", "state").out
    assert run("sandbox", "fault", "--clear").out == "xcart: 0 faults cleared, sap: 1 fault cleared\n"
    assert run("sandbox", "fault", "--list", "-o", "json").json["faults"] == {"xcart": [], "sap": []}


@pytest.mark.usefixtures("systems")
def test_the_state_shows_both_systems(run: Run, sap: Control) -> None:
    ordered(sap, "XC-1")
    told = run("sandbox", "state", "--output", "json").json
    assert told["xcart"]["orders"] == {"P/N": 1, "PP/S": 1}
    assert told["sap"]["orders"]["open"] >= 1
    assert told["sap"]["queues"]["flowrun"] >= 2
    shown = run("sandbox", "state").out
    for words in ("1 Paid/New", "1 Partially Paid/Shipped", " open", " in flowrun", "pieces of", "none"):
        assert words in shown


@pytest.mark.usefixtures("systems")
def test_a_reset_makes_both_new(run: Run) -> None:
    run("sandbox", "place-order", "-n", "3")
    assert run("sandbox", "reset", "--seed", "1").out == "both systems are new, with seed 1\n"
    assert run("sandbox", "state", "-o", "json").json["xcart"]["orders"] == {"P/N": 1, "PP/S": 1}


@pytest.mark.usefixtures("systems")
def test_a_reset_tells_of_cross_references_that_are_left(run: Run, project: Path) -> None:
    assert run("sandbox", "reset").err == ""
    (project / ".flowrun" / "state.db").touch()
    assert "still point to what is gone; delete that file" in run("sandbox", "reset").err


@pytest.mark.parametrize("words", [["state"], ["place-order"], ["fulfil"], ["reset"], ["fault", "--list"]])
def test_without_a_running_sandbox_it_says_how_to_start_one(run: Run, words: list[str]) -> None:
    ran = run("sandbox", *words, "--xcart", "http://127.0.0.1:9", "--sap", "http://127.0.0.1:9")
    assert (ran.code, ran.out) == (3, "")
    assert "start it with: flowrun sandbox start" in ran.err


@pytest.mark.usefixtures("systems")
def test_what_is_no_sandbox_is_not_taken_for_one(run: Run, sandbox: Sandbox) -> None:
    ran = run("sandbox", "place-order", "--xcart", f"{sandbox.xcart_url}/api")
    assert (ran.code, ran.out) == (3, "")
    assert "is no sandbox" in ran.err or "is not the sandbox" in ran.err
