"""What the tests of several flows share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from customers import Customer, customer

from running import Control, Run

CUSTOMER_FLOWS = {
    "customer_to_sap", "customer_in_step", "profile_to_sap", "buyer_to_sap", "profiles_every_night",
    "business_partner_to_xcart", "changed_business_partners",
}  # fmt: skip


@pytest.fixture
def customer_flows(project: Path) -> None:
    """The project with no other flows than those of customers, and their service: it is read in no time."""
    for file in (project / "flows").iterdir():
        if file.stem not in CUSTOMER_FLOWS:
            file.unlink()
    for file in (project / ".flowrun" / "metadata" / "sap").iterdir():
        if file.stem != "API_BUSINESS_PARTNER":
            file.unlink()


@pytest.fixture
def jo(customer_flows: None, shop: Control, sap: Control, run: Run, event: Callable[[Any], Path]) -> Customer:
    """A person who has just bought for the first time."""
    return customer(shop, sap, run, event)
