"""Where in a run an effect happens: the same in every run, and never twice in one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from fake_bank import Bank, connections, workspace

from flowrun.component.step import Call, Retry, Step
from flowrun.errors import Rejected
from flowrun.expressions.scope import Scope
from flowrun.runtime.direct import interpreted
from flowrun.runtime.seam import Place
from flowrun.runtime.state import State

FLOW = """
    steps:
      - id: each
        for_each: event.items
        as: item
        at_once: 2
        steps:
          - {id: put, bank.put: {note: x}, undo: [{id: back, bank.put: {note: y}}]}
          - {id: inner, flow: sub}
      - id: both
        parallel:
          left: [{id: l, bank.put: {note: x}}]
          right: [{id: r, bank.put: {note: x}}]
      - id: end
        condition: 1 == 2
        otherwise: [{id: bye, bank.put: {note: fail}}]
"""
SUB = "steps: [{id: a, bank.put: {note: x}}]"


class Recorder:
    """A run that only writes down where it was asked for an effect."""

    id = "run"

    def __init__(self) -> None:
        self.places: list[str] = []

    def began(self, place: Place, step: Step, scope: Scope) -> None:
        pass

    def finished(self, place: Place, step: Step, result: Any) -> None:
        pass

    async def effect(self, place: Place, call: Call, retry: Retry | None) -> Any:
        self.places.append(place.path)
        await asyncio.sleep(0)
        if call.parameters["note"] == "fail":
            raise Rejected("so that all is taken back")


def test_places_are_the_same_in_every_run_and_unique_in_one(tmp_path: Path) -> None:
    bank = Bank()
    found = workspace(tmp_path, bank, {"main": FLOW, "sub": SUB}, {})

    async def places() -> list[str]:
        recorder, state = Recorder(), State(None, "here")
        async with connections(found, bank, state) as opened:
            await interpreted(found, found.flow("main"), {"items": [1, 2]}, opened, recorder)
        state.close()
        return recorder.places

    first, second = asyncio.run(places()), asyncio.run(places())
    assert first == second
    assert sorted(first) == [
        "both/left/l",
        "both/right/r",
        "each[0]/inner/a",
        "each[0]/put",
        "each[0]/put~undo/back",
        "each[1]/inner/a",
        "each[1]/put",
        "each[1]/put~undo/back",
        "end/bye",
    ]
