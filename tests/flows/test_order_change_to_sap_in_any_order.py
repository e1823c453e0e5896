"""Events may be late, doubled, shuffled or lost: once the last state was polled, SAP is as if they were not."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cash_stage import keep_only
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowrun.cli.composition import registry
from flowrun.language.workspace import read_workspace
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.runtime.journal.file import JournalFile
from flowrun.runtime.state import State
from read_back import orders
from running import Control

Event = dict[str, Any]
Step = tuple[str, dict[str, Any]]
ENDED = ("done", "skipped", "dead")
_deliveries = itertools.count(1)

amounts = st.integers(0, 4)
edits = st.builds(
    lambda mug, tea: (
        "edit",
        {"lines": [{"sku": "MUG-01", "amount": mug}, {"sku": "TEA-250", "amount": tea}]},
    ),
    amounts,
    amounts,
)
others = st.sampled_from([("cancel", {}), ("pay", {}), ("edit", {"shipping_cost": 3}), ("deliver", {})])
steps = st.lists(st.one_of(edits, edits, others), min_size=1, max_size=5)


class Shop:
    """The shop, SAP's warehouse, and the flow between them, with the events in the test's hands."""

    def __init__(self, shop: Control, sap: Control, token: str, project: Path) -> None:
        self._shop, self._sap, self._folder = shop, sap, project / ".flowrun"
        keep_only(project, "order_to_sap", "order_change_to_sap")
        self._workspace = read_workspace(project, registry())
        self._headers = {"X-AUTH-TOKEN": token}

    def sells(self) -> Event:
        lines = [{"sku": "MUG-01", "amount": 2}, {"sku": "TEA-250", "amount": 1}]
        order = self._shop.order(lines=lines, tax="none")
        return {"id": order["id"], "order_number": order["order_number"]}

    def does(self, order: Event, step: Step) -> None:
        """What cannot be done in this state (to pay twice) is not done."""
        name, body = step
        if name == "deliver":
            wish = {"order": order["order_number"], "until": "delivery"}
            self._sap.post("/_sandbox/fulfil", json=wish).raise_for_status()
        else:
            self._shop.post(f"/_sandbox/orders/{order['id']}/{name}", json=body)

    def now(self, order: Event) -> Any:
        answer = self._shop.get(f"/api/orders/{order['id']}", headers=self._headers).raise_for_status()
        return json.loads(answer.content, parse_float=Decimal)

    def webhook(self, order: Event) -> Event:
        """What the shop would send now."""
        date = self.now(order)["update_date"]
        return {**order, "update_date": date, "delivery_id": str(next(_deliveries))}

    def poll(self, order: Event) -> Event:
        """The row of a list."""
        row = self.now(order)
        pair = f"{row['payment_status']['code']}/{row['shipping_status']['code']}"
        return {**order, "update_date": row["update_date"], "status_pair": pair, "total": str(row["total"])}

    def hears(self, events: Iterable[Event], flow: str = "order_change_to_sap") -> list[str]:
        """A real engine with its journal takes the events and works until nothing is left; how each ended."""
        return asyncio.run(self._heard(flow, list(events)))

    async def _heard(self, flow: str, events: list[Event]) -> list[str]:
        environment = self._workspace.project.environment(None)
        journal = JournalFile(self._folder / "journal.db")
        state = State(self._folder / "state.db", environment.name)
        engine = EmbeddedEngine(self._workspace, environment, registry(), state, journal, workers=4)
        await engine.start()
        try:
            runs = [(await engine.accept(flow, event)).run for event in events]
            async with asyncio.timeout(30):
                while True:
                    ended = [record.status for run in runs if (record := engine.get(run)) is not None]
                    if all(status in ENDED for status in ended):
                        return ended
                    await asyncio.sleep(0.01)
        finally:
            await engine.stop(5.0)
            journal.close()
            state.close()

    def in_sap(self, order: Event) -> tuple[dict[str, Decimal], Decimal]:
        """Pieces by material, and the sum."""
        (document,) = orders(self._sap, order["order_number"])
        items = [item for item in document.to_Item if not item.SalesDocumentRjcnReason]
        pieces = {item.Material: Decimal(item.RequestedQuantity) for item in items}
        return pieces, Decimal(document.TotalNetAmount)

    def in_shop(self, order: Event) -> tuple[dict[str, Decimal], Decimal]:
        """The same of the shop; nothing of an order that is off."""
        row = self.now(order)
        if row["payment_status"]["code"] in "CR":
            return {}, Decimal(0)
        material = {"MUG-01": "FG-GIFTSET-MUG", "TEA-250": "HW-TEA-EGREY"}
        pieces = {material[line["sku"]]: Decimal(line["amount"]) for line in row["items"]}
        return pieces, Decimal(row["total"])


@pytest.fixture
def both(systems: None, shop: Control, sap: Control, sandbox: Any, project: Path) -> Shop:
    return Shop(shop, sap, sandbox.xcart_token, project)


Spoil = Callable[[list[Event]], list[Event]]


def spoiled(events: list[Event], chance: random.Random) -> list[Event]:
    """Some are lost, some come twice, and none in its turn."""
    arrived = [event for event in events for _ in range(chance.choice([0, 1, 1, 2]))]
    chance.shuffle(arrived)
    return arrived


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps, chance=st.randoms(use_true_random=False))
def test_it_does_not_matter_how_the_events_of_an_order_arrive(
    both: Shop, steps: list[Step], chance: random.Random
) -> None:
    orderly, spoilt = both.sells(), both.sells()
    assert both.hears([orderly, spoilt], "order_to_sap") == ["done", "done"]
    ended: list[str] = []
    waiting: list[Event] = []
    for step in [*steps, ("edit", {"admin_notes": "the end"})]:
        if step[0] == "deliver":  # the warehouse goes by what SAP has, so SAP has to have heard of it
            both.hears([*spoiled(waiting, chance), both.poll(spoilt)])
            waiting = []
        for order in (orderly, spoilt):
            both.does(order, step)
        ended = both.hears([both.webhook(orderly)])
        waiting.append(both.webhook(spoilt))
    *_, last = both.hears([*spoiled(waiting, chance), both.poll(spoilt)])
    assert [last] == ended, "a person is asked about both, or about none"
    if last == "done":
        assert both.in_sap(spoilt) == both.in_sap(orderly) == both.in_shop(orderly)
