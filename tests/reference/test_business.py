"""A flow as a business page."""

from __future__ import annotations

import pytest

from flowrun.cli.composition import registry
from flowrun.language.workspace import Workspace, read_workspace
from flowrun.reference.business import page
from running import ROOT


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return read_workspace(ROOT, registry(), {})


def test_every_flow_has_its_page_and_every_page_is_as_its_flow_is_now(workspace: Workspace) -> None:
    """To write them anew: `flowrun describe --to docs/flows`."""
    wanted = {f"{name}.md": page(flow, workspace) for name, flow in workspace.flows.items()}
    there = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "flows").glob("*.md")}
    assert there == wanted


def test_every_field_of_a_mapping_stands_in_it_with_where_it_comes_from(workspace: Workspace) -> None:
    text = page(workspace.flows["order_to_sap"], workspace)
    assert "| `PurchaseOrderByCustomer` | the text `XC-{{ order.order_number }}` |" in text
    assert "| `to_Item` | one for each `line` in `goods.lines` |" in text
    assert "| `to_Item[].RequestedQuantity` | `line.amount`, as quantity |" in text
    assert "`order.total > 1000`" in text


def test_it_says_when_the_flow_runs_and_what_becomes_of_errors(workspace: Workspace) -> None:
    text = page(workspace.flows["order_to_sap"], workspace)
    assert "- Events with the same `order_number` go one after another." in text
    assert (
        "On the errors `V1/*`, `SLS_LORD/*` the record goes to the dead letters, and finance is told." in text
    )
    assert "owned by order-to-cash" in text


def test_a_sub_flow_says_what_it_is_given(workspace: Workspace) -> None:
    text = page(workspace.flows["customer_to_sap"], workspace)
    assert "- `email`: the e-mail address of the order" in text
    assert "## What it gives back" in text
