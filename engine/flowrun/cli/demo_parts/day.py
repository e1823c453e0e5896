"""One day between the two systems: what the scenes of the day share, and how the day goes from stage to stage."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from flowrun.cli.demo_parts.outside import Outside
from flowrun.cli.demo_parts.quiet import MOST_RUNS, Quiet
from flowrun.component.step import Call
from flowrun.language.workspace import Workspace
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.runtime.journal.records import RunRecord

ORDERS = "order_to_sap"
PATIENCE = 60.0
"""Seconds in which a stage comes to rest, and as many again for each hundred orders. It takes a few; this is for a
machine that is busy."""

Order = dict[str, Any]


@dataclass(slots=True)
class Day:
    """What the scenes share. `wish` is how many orders the shop gets, `listens` whether the project takes webhooks."""

    engine: EmbeddedEngine
    outside: Outside
    quiet: Quiet
    wish: int
    listens: bool
    placed: list[Order] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    async def rest(self) -> None:
        """Until nothing is left to do. Raises `Rejected` when that takes too long."""
        await self.quiet.reached(PATIENCE * (1 + self.wish / 100))

    @property
    def workspace(self) -> Workspace:
        """Flows and tables, as they are now."""
        return self.engine.workspace

    async def ask(self, connection: str, operation: str, **parameters: Any) -> Any:
        """Asks a system by the project's own connection."""
        return await self.engine.connections.perform(Call(connection, operation, parameters))

    async def order(self, placed: Order) -> Order:
        """An order as the shop has it now."""
        found: Order = await self.ask("xcart", "get_order", id=placed["id"])
        return found

    async def handed_over(self, fits: Callable[[Order], bool] = bool) -> Order | None:
        """A paid order that is in SAP and that no scene has taken yet."""
        done = {run.key for run in self.engine.find(status=("done",), limit=MOST_RUNS) if run.flow == ORDERS}
        for placed in self.placed:
            number = str(placed["order_number"])
            if number not in done or number in self.used:
                continue
            found = await self.order(placed)
            if found["payment_status"]["code"] == "P" and fits(found):
                self.used.add(number)
                return found
        return None

    async def is_registered(self, placed: Order) -> bool:
        """Whether the buyer has an account: guests have none that they could change."""
        order = await self.order(placed)
        if order["customer_id"] is None:
            return False
        profile = await self.ask("xcart", "get_profile", id=order["customer_id"])
        return profile is not None and profile["first_login_date"] is not None

    async def sales_order(self, number: str) -> Order | None:
        """What SAP has of an order of the shop."""
        found: Order | None = await self.ask(
            "sap",
            "first",
            service="API_SALES_ORDER_SRV",
            entity="A_SalesOrder",
            where={"PurchaseOrderByCustomer": f"XC-{number}"},
        )
        return found


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing that happens. `act` does it and says what it was; an empty text: there was nothing to do.

    `needs` are the flows without which both systems would be left apart; a project without them has no such scene.
    """

    what: str
    act: Callable[[Day], Awaitable[str]]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """Things that happen together, before anybody waits for what follows from them."""

    title: str
    scenes: tuple[Scene, ...]


class Audience(Protocol):
    """Who is told the story."""

    def stage(self, title: str) -> None:
        """A stage begins."""

    def happened(self, text: str) -> None:
        """Something happened in one of the systems."""

    def left_out(self, what: str) -> None:
        """Something does not happen, because the project lacks the flows for it."""

    def done(self, runs: Sequence[RunRecord]) -> None:
        """What flowrun did about it: the runs that began since the stage did."""

    def end(self) -> None:
        """The day is over."""


async def lived(day: Day, stages: Sequence[Stage], audience: Audience) -> None:
    """Goes through the stages, and waits after each until nothing is left to do."""
    for stage in stages:
        audience.stage(stage.title)
        before = day.quiet.newest()
        for scene in stage.scenes:
            if any(flow not in day.workspace.flows for flow in scene.needs):
                audience.left_out(scene.what)
                continue
            told = await scene.act(day)
            if told:
                audience.happened(told)
        await day.rest()
        audience.done(day.quiet.since(before))
    audience.end()
