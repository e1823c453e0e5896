"""The classic API as it is on the line: where the key goes, what cannot be sent, what an answer means."""

from __future__ import annotations

import ast
import inspect
import json
import logging
import traceback
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from flowrun.component import Secret, Url
from flowrun.errors import Fatal, Rejected, Retryable, RunError
from flowrun_connectors.xcart import XCart, classic
from flowrun_connectors.xcart.classic.answers import without_passwords
from flowrun_connectors.xcart.classic.wire import ClassicWire
from flowrun_connectors.xcart.settings import XCartConfig

pytestmark = pytest.mark.anyio

KEY = "k3y with/sign&s"
PRODUCT = {"product_id": 5, "sku": "MUG", "price": 9.5, "amount": 3, "variants": [], "translations": []}


def forms_of(key: str) -> list[str]:
    """The key as it may be written down: as it is, and as an address holds it."""
    return [key, "k3y%20with", "k3y+with", "with%2Fsign", "with/sign"]


async def test_the_key_reaches_the_shop_and_nothing_else(
    scripted_classic: XCart, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    keys: list[str | None] = []

    def answer(request: Request) -> Response:
        keys.append(request.args.get("_key"))
        if request.method == "PUT":
            return Response("<html>", 500)
        return Response(json.dumps(PRODUCT), content_type="application/json")

    httpserver.expect_request("/admin.php").respond_with_handler(answer)
    await scripted_classic.perform("get_product", {"id": 5})
    with pytest.raises(Retryable) as caught:
        await scripted_classic.perform("update_product", {"id": 5, "changes": {"price": 3}})
    httpserver.clear()
    httpserver.stop()
    with pytest.raises(Retryable) as unreachable:
        await scripted_classic.perform("get_product", {"id": 5})
    httpserver.start()
    shown = "".join(
        line for error in (caught, unreachable) for line in traceback.format_exception(error.value)
    )
    shown += "".join(str(record.__dict__) for record in caplog.records if record.name != "werkzeug")
    shown += repr(vars(scripted_classic))
    assert keys == [KEY] * len(keys)
    assert len(keys) == 3
    assert [form for form in forms_of(KEY) if form in shown] == []


async def test_a_guard_sees_no_key_and_stops_a_write(make_xcart: Any, shop: Any) -> None:
    class StoppedError(RunError):
        pass

    seen: list[str] = []

    def guard(request: Any) -> None:
        seen.append(str(request.url))
        if request.method != "GET":
            raise StoppedError("dry-run")

    async with make_xcart(api="classic", token=Secret("sandbox-classic-key"), guard=guard) as connector:
        with pytest.raises(StoppedError):
            await connector.perform("set_stock", {"sku": "MUG-01", "amount": 77})
    assert shop.asked("PUT") == []
    assert seen
    assert not any("_key" in url for url in seen)


def test_no_code_can_delete() -> None:
    """A table without an id would be emptied, so the word is nowhere among the calls and constants."""
    for path in Path(str(classic.__file__)).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {
            ast.get_docstring(node, clean=False)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        }
        said = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docs
        ]
        assert not [text for text in said if "DELETE" in text.upper().split()], path
    public = [name for name, _ in inspect.getmembers(ClassicWire, inspect.isfunction) if name[0] != "_"]
    assert sorted(public) == [
        "close",
        "create",
        "or_none",
        "pages",
        "part",
        "row",
        "table",
        "update",
        "update_many",
    ]


@pytest.mark.parametrize("number", [0, -1, "", None, True, "1"])
async def test_a_write_without_an_id_is_never_sent(httpserver: HTTPServer, number: Any) -> None:
    wire = ClassicWire("shop", XCartConfig(url=Url(httpserver.url_for("")), token=Secret("k")), None)
    for call in (wire.update("product", number, {"amount": 1}, "it"), wire.row("product", number, "it")):
        with pytest.raises(Rejected):
            await call
    assert await wire.update_many("product", [], "nothing") == []
    assert httpserver.log == []
    await wire.close()


async def test_a_list_is_always_limited(classic: XCart, shop: Any) -> None:
    for operation in ("list_orders", "list_products", "list_profiles", "list_memberships"):
        await classic.perform(operation, {})
    lists = [
        row["query"] for row in shop.read("requests") if "%2F" not in row["query"] and "/" not in row["query"]
    ]
    assert lists
    assert all("_cnd%5Blimit%5D" in query or "_cnd[limit]" in query for query in lists)


async def test_reading_changed_orders_stops_where_they_are_older(
    make_xcart: Any, httpserver: HTTPServer
) -> None:
    pages: list[int] = []

    def answer(request: Request) -> Response:
        path = request.args["_path"]
        if "/" in path:
            number = int(path.rpartition("/")[2])
            return Response(
                json.dumps({"order_id": number, "orderNumber": str(number), "lastRenewDate": number})
            )
        start = int(request.args["_cnd[limit][0]"])
        pages.append(start)
        assert request.args["_cnd[orderBy][0]"] == "o.lastRenewDate"
        rows = [
            {"order_id": n, "orderNumber": str(n), "lastRenewDate": n}
            for n in range(1000 - start, 990 - start, -1)
        ]
        return Response(json.dumps(rows))

    httpserver.expect_request("/admin.php").respond_with_handler(answer)
    url = httpserver.url_for("/").rstrip("/")
    async with make_xcart(url=url, api="classic", page_size=10) as connector:
        found = await connector.perform("list_orders", {"changed_since": "1970-01-01T00:16:25Z"})
    assert [order["id"] for order in found] == list(range(985, 1001))
    assert pages == [0, 10]


@pytest.mark.parametrize(("answer", "kind", "told"), [
    (Response("null", 200), Rejected, "does not exist"),
    (Response("[]", 200), Rejected, "does not exist"),
    (Response("", 403), Fatal, "refuses the key"),
    (Response("", 404), Fatal, "no classic API"),
    (Response("null", 400, {"X-REST-Error": "Duplicate entry 'a@b.example' for key"}), Rejected, "Duplicate entry"),
    (Response("[]", 400), Rejected, "no reason given"),
    (Response("<!DOCTYPE html><h1>Closed</h1>", 200, content_type="text/html"), Retryable, "a page for people"),
    (Response('{"product_id": 5', 200), Retryable, "no usable JSON"),
    (Response("", 302, {"Location": "/admin.php?target=login"}), Fatal, "another address"),
    (Response("", 500), Retryable, "500"),
    (Response("", 503, {"Retry-After": "30"}), Retryable, "503"),
])  # fmt: skip
async def test_each_answer_says_what_happens_next(
    scripted_classic: XCart, httpserver: HTTPServer, answer: Response, kind: type[RunError], told: str
) -> None:
    httpserver.expect_request("/admin.php").respond_with_handler(lambda _: answer)
    with pytest.raises(RunError, match=told) as caught:
        await scripted_classic.perform("get_product", {"id": 5})
    assert type(caught.value) is kind
    assert "a@b.example" not in caught.value.message
    if answer.status_code == 503:
        assert isinstance(caught.value, Retryable)
        assert caught.value.after == 30


async def test_a_table_of_an_add_on_that_is_not_there_concerns_one_record_only(
    scripted_classic: XCart, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/admin.php").respond_with_data("", 404)
    with pytest.raises(Rejected, match="is the add-on installed"):
        await scripted_classic.perform("get_variant", {"product_id": 1, "id": 2})


async def test_a_write_that_x_cart_passes_over_is_told(
    scripted_classic: XCart, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/admin.php").respond_with_json(PRODUCT)
    with pytest.raises(Rejected, match="left `price` as before"):
        await scripted_classic.perform("update_product", {"id": 5, "changes": {"price": 3}})


async def test_a_stock_that_x_cart_passes_over_among_many_is_told(
    scripted_classic: XCart, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/admin.php", method="GET").respond_with_json(PRODUCT)
    httpserver.expect_request("/admin.php", method="PUT").respond_with_json([])
    result = await scripted_classic.perform("set_stocks", {"stocks": [{"id": 5, "amount": 4}]})
    assert (result["changed"], result["refused"][0]["reason"]) == (
        0,
        "X-Cart passed it over without a reason",
    )


@pytest.mark.parametrize("ill", [False, True])
async def test_an_order_that_x_cart_cannot_show_is_left_out_and_a_shop_that_is_ill_is_not(
    scripted_classic: XCart, httpserver: HTTPServer, *, ill: bool
) -> None:
    def answer(request: Request) -> Response:
        path = request.args["_path"]
        if path == "order":
            rows = [{"order_id": n, "orderNumber": str(n), "lastRenewDate": n} for n in (1, 2, 3)]
            return Response(json.dumps(rows))
        if path == "order/2" or ill:
            return Response("Fatal error", 500)
        if path.startswith("order-status"):
            return Response("[]")
        return Response(json.dumps({"order_id": int(path[-1]), "orderNumber": path[-1]}))

    httpserver.expect_request("/admin.php").respond_with_handler(answer)
    if ill:
        with pytest.raises(Retryable):
            await scripted_classic.perform("list_orders", {})
    else:
        assert [row["id"] for row in await scripted_classic.perform("list_orders", {})] == [1, 3]
        assert "order 2 cannot be read (500)" in scripted_classic.warnings[0]


def test_a_password_is_dropped_wherever_it_stands() -> None:
    row = {
        "profile": {"password": "x", "passwordResetKey": "x", "login": "l"},
        "all": [{"password_hint": "x"}],
    }
    assert without_passwords(row) == {"profile": {"login": "l"}, "all": [{}]}
