"""A rehearsal writes nothing and says what every field would be made from."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from fake_bank import Bank, connections, workspace

from flowrun.component.step import Call
from flowrun.runtime.guard import WouldSendError, stop_writes
from flowrun.runtime.rehearsal import Rehearsal
from flowrun.runtime.seam import Place
from flowrun.runtime.state import State


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "MERGE", "X"])
def test_whatever_is_no_read_is_stopped(method: str) -> None:
    with pytest.raises(WouldSendError):
        stop_writes(httpx.Request(method, "https://example.com"))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reads_go_through(method: str) -> None:
    stop_writes(httpx.Request(method, "https://example.com"))


def test_a_rehearsal_links_nothing(tmp_path: Path) -> None:
    bank = Bank()
    found = workspace(tmp_path, bank, {"main": "steps: [{id: a, bank.put: {note: a}}]"}, {})

    async def linked() -> object:
        state = State(None, "here")
        async with connections(found, bank, state, stop_writes) as opened:
            call = Call("flowrun", "link", {"object": "order", "xcart": "1", "sap": "2"})
            answer = await Rehearsal("r", opened).effect(Place("l"), call, None)
        kept = state.linked("order", "xcart", "1").sap
        state.close()
        return answer, kept

    assert asyncio.run(linked()) == ({"object": "order", "xcart": "1", "sap": "2"}, None)
