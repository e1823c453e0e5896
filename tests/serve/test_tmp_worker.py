import sys; sys.path.insert(0,'/work/main/tests/serve')
import sqlite3, pytest
from serve_project import *
pytestmark = pytest.mark.anyio
PARKS = """
flow: parks
title: Waits for a row
trigger:
  webhook: {connection: xcart, event: order_placed}
  key: order_number
steps:
  - id: mapped
    lookup: country
    key: {from: event.order_number}
    missing: park
"""
RESULT = """
flow: odd
title: Odd result
trigger:
  webhook: {connection: xcart, event: order_changed}
  key: order_number
steps:
  - id: a
    extract: {n: event.id}
result:
  x: {compute: "EXPR"}
"""
async def test_park(project, variables):
    folder = project({"parks.yaml": PARKS})
    async with serving(folder, variables) as client:
        db = sqlite3.connect(folder/".flowrun"/"state.db"); db.execute("DROP TABLE unmapped"); db.commit(); db.close()
        for i in range(3):
            await client.deliver({"order_number": f"n{i}"})
        await asyncio.sleep(0.5)
        e = client.service.engine
        dead=[t for t in e._tasks if t.done()]
        print("DEAD", len(dead), dead[0].exception() if dead else None, await client.runs())
@pytest.mark.parametrize("expr", ["range(3)", "1.5|float", "event.id / 3", "event | items", "event.keys()", "[1]|map('string')", "event.id|abs", "dict(a=1)", "event.values()", "(1,2)"])
async def test_result(project, variables, expr):
    try:
        folder = project({"odd.yaml": RESULT.replace("EXPR", expr)})
        async with serving(folder, variables) as client:
            r = await client.deliver({"order_number": "n", "id": 7}, event="order_changed")
            await asyncio.sleep(0.2)
            e = client.service.engine
            dead=[t for t in e._tasks if t.done()]
            print("DEAD", expr, len(dead), dead[0].exception() if dead else None, (await client.runs())[0])
    except Exception as error:
        print("EXC", expr, type(error), error, getattr(error, "problems", ""))
