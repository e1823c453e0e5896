"""`flowrun metadata`: what has changed in SAP since its metadata was kept, and whom that hits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from flowrun_sandbox import Sandbox
from running import Run

pytestmark = pytest.mark.usefixtures("reachable")

KEPT = ".flowrun/metadata/sap/API_SALES_ORDER_SRV.xml"
Edit = Callable[..., None]


@pytest.fixture
def reachable(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SAP that runs here. Nothing is written to it, so it need not be a fresh one."""
    monkeypatch.setenv("FLOWRUN_SANDBOX_SAP", sandbox.sap_url)


@pytest.fixture(scope="session")
def served(sandbox: Sandbox) -> dict[str, bytes]:
    """What this SAP says of its services."""
    root, auth = f"{sandbox.sap_url}/sap/opu/odata/sap", (sandbox.sap_user, sandbox.sap_password)
    return {
        service: httpx.get(f"{root}/{service}/$metadata", auth=auth).raise_for_status().content
        for service in ("API_SALES_ORDER_SRV", "API_BUSINESS_PARTNER")
    }


@pytest.fixture
def pulled(project: Path, served: dict[str, bytes]) -> Path:
    """The project with that kept, and nothing else; and with the flows that these tests speak of."""
    for flow in (project / "flows").iterdir():
        if flow.stem not in ("order_to_sap", "customer_to_sap", "ship_to"):
            flow.unlink()
    folder = project / ".flowrun" / "metadata" / "sap"
    for path in folder.iterdir():
        path.unlink()
    for service, text in served.items():
        (folder / f"{service}.xml").write_bytes(text)
    return project


@pytest.fixture
def before(pulled: Path) -> Edit:
    """Makes the kept metadata differ from what SAP says now."""

    def edit(text: str, instead: str, times: int = 1) -> None:
        path = pulled / KEPT
        found = path.read_text()
        assert text in found
        path.write_text(found.replace(text, instead, times))

    return edit


def changes(ran: Any, service: str = "API_SALES_ORDER_SRV") -> list[dict[str, Any]]:
    (found,) = [one["changes"] for one in ran.json["services"] if one["service"] == service]
    return list(found)


def test_nothing_has_changed(run: Run, pulled: Path) -> None:
    ran = run("metadata", "diff", "sap")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "API_BUSINESS_PARTNER: unchanged",
        "API_SALES_ORDER_SRV: unchanged",
        "",
        "nothing has changed in 2 services",
    ]


def test_a_shortened_field_is_told_with_the_lines_of_the_flows_that_fill_it(
    run: Run, pulled: Path, before: Edit
) -> None:
    field = 'Name="PurchaseOrderByCustomer" Type="Edm.String" MaxLength='
    before(f'{field}"35"', f'{field}"60"')
    ran = run("metadata", "diff", "sap", "API_SALES_ORDER_SRV", "-o", "json")
    assert ran.code == 1
    (change,) = changes(ran)
    assert (change["entity"], change["name"], change["breaks"]) == (
        "A_SalesOrder", "PurchaseOrderByCustomer", True,
    )  # fmt: skip
    assert change["change"] == "was 60 characters, is 35 characters"
    (hit,) = change["hits"]
    assert (hit["flow"], hit["step"]) == ("order_to_sap", "sales_order")
    line = (pulled / hit["file"]).read_text().splitlines()[hit["line"] - 1]
    assert line[hit["column"] - 1 :].startswith("PurchaseOrderByCustomer:")


def test_a_person_reads_what_breaks_first_and_where(run: Run, before: Edit) -> None:
    before("</EntityType>", '<Property Name="YY1_Old_SDH" Type="Edm.String" MaxLength="1"/></EntityType>')
    before('Name="Material" Type="Edm.String"', 'Name="Material" Type="Edm.Guid"')
    before('Name="YY1_ShopOrderID_SDH"', 'Name="YY1_Another_SDH"')
    ran = run("metadata", "diff", "sap", "API_SALES_ORDER_SRV")
    assert ran.code == 1
    _, first, place, *rest = ran.out.splitlines()
    assert first.startswith("  ! A_SalesOrderItem.Material: was Edm.Guid, is Edm.String")
    assert place.strip().startswith("flows/order_to_sap.yaml:")
    assert "  ! A_SalesOrder.YY1_Old_SDH: removed" in rest
    assert "  + A_SalesOrder.YY1_ShopOrderID_SDH: added" in rest
    assert rest[-1] == "4 changes; look at order_to_sap before you pull it"


def test_changes_that_hit_no_flow_are_no_failure_unless_asked_for(run: Run, before: Edit) -> None:
    before("</EntityType>", '<Property Name="YY1_Old_SDH" Type="Edm.String" MaxLength="1"/></EntityType>')
    field = 'Name="SalesGroup" Type="Edm.String" MaxLength='
    before(f'{field}"3"', f'{field}"2"')
    ran = run("metadata", "diff", "sap")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "2 changes; no flow is hit")
    assert run("metadata", "diff", "sap", "--exit-code").code == 1
    assert run("metadata", "diff", "sap", "API_BUSINESS_PARTNER", "--exit-code").code == 0


FOUND = """
  - id: found
    sap.first:
      service: API_SALES_ORDER_SRV
      entity: A_SalesOrder
      where: {YY1_Old_SDH: {from: order.order_number}}
      select: [SalesOrder, YY1_Old_SDH]
      order_by: [YY1_Old_SDH desc]
      expand: [to_Partner, to_Old]

  - id: told
    check: found.YY1_Old_SDH is not none
    message: "there is none"
"""


def test_every_place_that_names_a_removed_field_or_reads_it_is_told(
    run: Run, pulled: Path, before: Edit
) -> None:
    before("</EntityType>", '<Property Name="YY1_Old_SDH" Type="Edm.String" MaxLength="9"/></EntityType>')
    before('<NavigationProperty Name="to_SubsequentProcFlowDoc"', '<NavigationProperty Name="to_Old"')
    flow = pulled / "flows" / "order_to_sap.yaml"
    flow.write_text(flow.read_text() + FOUND)
    assert run("validate").code == 0
    ran = run("metadata", "diff", "sap", "-o", "json")
    assert ran.code == 1
    hits = {change["name"]: change["hits"] for change in changes(ran)}
    lines = flow.read_text().splitlines()
    named = [lines[hit["line"] - 1].strip().partition(":")[0] for hit in hits["YY1_Old_SDH"]]
    assert named == ["where", "select", "order_by"]
    assert [lines[hit["line"] - 1].strip() for hit in hits["to_Old"]] == ["expand: [to_Partner, to_Old]"]
    (problem,) = ran.json["problems"]
    assert (problem["code"], lines[problem["line"] - 1].strip()) == (
        "unknown-name", "check: found.YY1_Old_SDH is not none",
    )  # fmt: skip
    assert "with this metadata `flowrun validate` would say:" in run("metadata", "diff", "sap").out


def test_a_field_that_must_be_filled_hits_who_fills_the_record_without_it(run: Run, before: Edit) -> None:
    for field in (
        'Name="SalesOrderItem" Type="Edm.String" MaxLength="6"',
        'Name="SalesOrder" Type="Edm.String" MaxLength="10"',
    ):
        before(f'{field} Nullable="false"', field)
    ran = run("metadata", "diff", "sap", "API_SALES_ORDER_SRV", "-o", "json")
    item = next(change for change in changes(ran) if change["name"] == "SalesOrderItem")
    assert item["change"] == "must be filled now"
    assert [hit["step"] for hit in item["hits"]] == ["sales_order"]


def test_a_service_that_is_gone_hits_everybody_who_uses_it(run: Run, pulled: Path, before: Edit) -> None:
    kept = pulled / KEPT
    kept.rename(kept.with_name("API_GONE_SRV.xml"))
    flow = pulled / "flows" / "order_to_sap.yaml"
    flow.write_text(flow.read_text().replace("API_SALES_ORDER_SRV", "API_GONE_SRV"))
    ran = run("metadata", "diff", "sap", "-o", "json")
    assert ran.code == 1
    (change,) = changes(ran, "API_GONE_SRV")
    assert change["what"] == "service"
    assert {hit["step"] for hit in change["hits"]} == {"sales_order", "created"}


CHANGED = """
  - id: changed
    sap.batch:
      service: API_SALES_ORDER_SRV
      changes:
        - {operation: update, entity: A_SalesOrder, key: "1", data: {YY1_Old_SDH: {from: order.order_number}}}
        - {operation: delete, entity: A_SalesOrderText, key: {SalesOrder: "1", Language: EN, LongTextID: TX01}}
"""


def test_each_change_of_a_batch_is_looked_at(run: Run, pulled: Path, before: Edit) -> None:
    before("</EntityType>", '<Property Name="YY1_Old_SDH" Type="Edm.String" MaxLength="9"/></EntityType>')
    before('EntitySet Name="A_SalesOrderText"', 'EntitySet Name="A_SalesOrderTexts"')
    flow = pulled / "flows" / "order_to_sap.yaml"
    flow.write_text(flow.read_text() + CHANGED.replace("A_SalesOrderText,", "A_SalesOrderTexts,"))
    assert run("validate").code == 0
    ran = run("metadata", "diff", "sap", "-o", "json")
    lines = flow.read_text().splitlines()
    hits = {change["name"] or change["entity"]: change["hits"] for change in changes(ran)}
    (filled,), (deleted,) = hits["YY1_Old_SDH"], hits["A_SalesOrderTexts"]
    assert lines[filled["line"] - 1][filled["column"] - 1 :].startswith("YY1_Old_SDH:")
    assert lines[deleted["line"] - 1][deleted["column"] - 1 :].startswith("A_SalesOrderTexts")


RELEASED = """
  - id: issued
    sap.call:
      service: API_OUTBOUND_DELIVERY_SRV
      function: PostGoods
      parameters: {DeliveryDocument: {from: order.order_number}}
"""


def test_a_function_that_is_gone_hits_who_calls_it(run: Run, pulled: Path) -> None:
    assert run("metadata", "pull", "sap", "API_OUTBOUND_DELIVERY_SRV").code == 0
    kept = pulled / ".flowrun" / "metadata" / "sap" / "API_OUTBOUND_DELIVERY_SRV.xml"
    kept.write_text(kept.read_text().replace('"PostGoodsIssue"', '"PostGoods"', 1))
    flow = pulled / "flows" / "order_to_sap.yaml"
    flow.write_text(flow.read_text() + RELEASED)
    ran = run("metadata", "diff", "sap", "API_OUTBOUND_DELIVERY_SRV", "-o", "json")
    assert ran.code == 1
    found = {change["name"]: change for change in changes(ran, "API_OUTBOUND_DELIVERY_SRV")}
    assert (found["PostGoodsIssue"]["change"], found["PostGoods"]["change"]) == ("added", "removed")
    assert [hit["step"] for hit in found["PostGoods"]["hits"]] == ["issued"]


def test_all_kept_services_are_pulled_again_when_none_is_named(
    run: Run, pulled: Path, before: Edit, served: dict[str, bytes]
) -> None:
    before('Name="SalesGroup"', 'Name="SalesTeam"')
    ran = run("metadata", "pull", "sap")
    assert (pulled / KEPT).read_bytes() == served["API_SALES_ORDER_SRV"]
    assert ran.out.splitlines() == [
        ".flowrun/metadata/sap/API_BUSINESS_PARTNER.xml",
        ".flowrun/metadata/sap/API_SALES_ORDER_SRV.xml",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("diff", "sap", "GWSAMPLE_BASIC"), "nothing is kept of the service 'GWSAMPLE_BASIC'"),
        (("diff", "sap", "API_SALES_ORDER_SRW"), "did you mean `API_SALES_ORDER_SRV`"),
        (("diff", "sap", "../../evil"), "is not the name of a service"),
        (("pull", "sap", "API_OUTBOUND_DELIVERY_SRV;v=0002"), "as in API_OUTBOUND_DELIVERY_SRV"),
        (("diff", "xcart"), "has no metadata to compare"),
        (("diff", "spa"), "did you mean `sap`"),
        (("pull", "xcart"), "has no metadata to pull"),
        (("diff", "sap", "--env", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_compared_is_said(
    run: Run, project: Path, arguments: tuple[str, ...], told: str
) -> None:
    ran = run("metadata", *arguments)
    assert ran.code == 2
    assert told in ran.err


def test_without_kept_metadata_there_is_nothing_to_compare(run: Run, pulled: Path) -> None:
    for path in (pulled / ".flowrun" / "metadata" / "sap").iterdir():
        path.unlink()
    for command in ("diff", "pull"):
        ran = run("metadata", command, "sap")
        assert ran.code == 2
        assert "nothing is kept of 'sap'" in ran.err


def test_a_kept_file_that_cannot_be_read_is_to_be_pulled_again(run: Run, pulled: Path) -> None:
    (pulled / KEPT).write_text("<html>log on</html>")
    ran = run("metadata", "diff", "sap", "API_SALES_ORDER_SRV")
    assert ran.code == 2
    assert f"{KEPT} cannot be read" in ran.err


def test_a_system_that_is_down_is_a_matter_of_the_connection(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWRUN_SANDBOX_SAP", "http://127.0.0.1:9")
    ran = run("metadata", "diff", "sap")
    assert (ran.code, ran.out) == (3, "")
    assert "cannot reach" in ran.err
