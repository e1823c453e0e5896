"""Connections are opened once, when they are needed, and closed whatever happens."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from fake_bank import Bank, Runner, connections, workspace

from flowrun.component.step import Call
from flowrun.errors import ConfigurationError, Rejected
from flowrun.runtime.state import State

TWO = "steps: [{id: a, bank.put: {note: a}}, {id: b, bank.put: {note: b}}]"


@pytest.mark.parametrize("answers", [[], [Rejected("no")], [RuntimeError("broken")]])
def test_a_connection_is_opened_once_and_closed_once(runner: Runner, answers: list[Exception]) -> None:
    runner.bank.answers["b"] = answers
    runner(TWO)
    assert (runner.bank.opened, runner.bank.closed) == (1, 1)


def test_closing_twice_is_fine_and_one_that_is_stuck_keeps_none_open(tmp_path: Path) -> None:
    bank = Bank()
    found = workspace(tmp_path, bank, {"main": TWO}, {})

    async def check() -> None:
        state = State(None, "here")
        opened = connections(found, bank, state)
        await opened.connector("bank")
        bank.cannot_close = True
        with pytest.raises(OSError, match="stuck"):
            await opened.close()
        await opened.close()
        state.close()

    asyncio.run(check())
    assert bank.closed == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("unset", "needs the environment variable A_VARIABLE_NOBODY_SETS"),
        ("nowhere", "the environment 'here' has no connection 'nowhere'"),
    ],
)
def test_a_connection_that_cannot_be_used_says_why(tmp_path: Path, name: str, told: str) -> None:
    bank = Bank()
    found = workspace(tmp_path, bank, {"main": TWO}, {})

    async def ask() -> None:
        state = State(None, "here")
        try:
            async with connections(found, bank, state) as opened:
                await opened.perform(Call(name, "put", {}))
        finally:
            state.close()

    with pytest.raises(ConfigurationError, match=told):
        asyncio.run(ask())


def test_linking_without_a_number_is_rejected(runner: Runner) -> None:
    ran = runner("steps: [{id: l, link: {object: order, xcart: {from: event.n}, sap: '1'}}]", {"n": None})
    assert ran.status == "rejected"
    assert ran.error is not None
    assert "`xcart` is missing" in ran.error.message


def test_what_is_linked_is_found_from_either_side(runner: Runner) -> None:
    runner("steps: [{id: l, link: {object: order, xcart: {from: event.n}, sap: '77'}}]", {"n": 5})
    ran = runner("""
        steps:
          - {id: by_shop, linked: {object: order, xcart: '5'}}
          - {id: by_sap, linked: {object: order, sap: '77'}}
          - {id: other, linked: {object: customer, xcart: '5'}}
        """)  # fmt: skip
    found = {"object": "order", "xcart": "5", "sap": "77"}
    assert (ran.results["by_shop"], ran.results["by_sap"]) == (found, found)
    assert ran.results["other"] == {"object": "customer", "xcart": None, "sap": None}
