from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from serve_project import Door, Project, eventually, in_journal, serving

pytestmark = pytest.mark.anyio


async def test_a_202_means_that_the_event_is_in_the_journal_file(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    folder = project()
    (order,) = shop.order()
    async with serving(folder, variables) as client:
        answer = await client.deliver(order)
        there = in_journal(folder, "SELECT id FROM run")
        assert answer.status_code == 202
        (run,) = answer.json()["runs"]
        assert run == {"flow": "order_to_sap", "run": there[0][0], "duplicate": False}
        ended = await client.until(run["run"], "done", "skipped", "parked", "dead")
        print(ended)
