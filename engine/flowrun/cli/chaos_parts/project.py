"""The project that chaos runs: a copy of this one, with a flow whose order can be counted in SAP."""

from __future__ import annotations

import shutil
from pathlib import Path

SEQUENCE = "CHAOS"

SEQUENCE_FLOW = """\
flow: chaos_sequence
title: Numbered documents, whose order in SAP shows the order of their runs
owner: chaos
trigger:
  webhook: {connection: xcart, event: shipping_status_changed}
  key: order_number
  once: [order_number, update_date]
steps:
  - id: document
    transform:
      fields:
        SalesOrderType: OR
        SalesOrganization: "1010"
        DistributionChannel: "10"
        OrganizationDivision: "00"
        SoldToParty: "1000001"
        TransactionCurrency: EUR
        PurchaseOrderByCustomer: {text: "CHAOS-{{ event.order_number }}-{{ event.update_date }}"}
        to_Item:
          - {Material: FG-GIFTSET-MUG, RequestedQuantity: {value: 1, as: decimal}}
  - id: created
    sap.upsert:
      service: API_SALES_ORDER_SRV
      entity: A_SalesOrder
      by: [PurchaseOrderByCustomer]
      data: {from: document}
    retry: {attempts: 12, first: 300ms, factor: 1.5, max: 3s}
"""

_SHORTER = (("first: 2s, factor: 2, max: 5m", "first: 300ms, factor: 2, max: 3s"), ("every: 5m", "every: 2s"))


def prepared(project: Path, folder: Path) -> Path:
    """A copy of the project in `folder`. Its waits are made short: patience is not what is tried here."""
    for name in ("flows", "lookups"):
        if (project / name).is_dir():
            shutil.copytree(project / name, folder / name)
    if (project / ".flowrun" / "metadata").is_dir():
        shutil.copytree(project / ".flowrun" / "metadata", folder / ".flowrun" / "metadata")
    shutil.copy(project / "flowrun.yaml", folder / "flowrun.yaml")
    for path in (folder / "flows").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        for long, short in _SHORTER:
            text = text.replace(long, short)
        path.write_text(text, encoding="utf-8")
    (folder / "flows" / "chaos_sequence.yaml").write_text(SEQUENCE_FLOW, encoding="utf-8")
    return folder
