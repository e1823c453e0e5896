from __future__ import annotations

import traceback
from decimal import Decimal
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from flowrun.component import Secret
from flowrun.errors import ConfigurationError, Fatal, Rejected, Retryable, RunError
from flowrun.expressions.shapes import Anything, Many, Record, Scalar, Shape
from flowrun_connectors.xcart import XCart

pytestmark = pytest.mark.anyio


def misfits(value: Any, shape: Shape, path: str = "") -> list[str]:
    """Where a value holds a name or a kind that its shape does not."""
    match shape:
        case Anything():
            return []
        case Record(fields=fields):
            if value is None:
                return []
            unknown = [f"{path}.{name}" for name in value if name not in fields and not shape.open]
            return unknown + [
                text
                for name, item in value.items()
                if name in fields
                for text in misfits(item, fields[name], f"{path}.{name}")
            ]
        case Many(of=of):
            return [text for item in value for text in misfits(item, of, f"{path}[]")]
        case Scalar(kind=kind):
            types = {"decimal": Decimal, "integer": int, "boolean": bool}.get(kind, str)
            return [] if value is None or type(value) is types else [f"{path}: {value!r} is no {kind}"]


async def some_order(xcart: XCart) -> dict[str, Any]:
    found = await xcart.perform(
        "list_orders", {"payment_status": ["P"], "shipping_status": ["N"], "limit": 1}
    )
    assert isinstance(found, list)
    return dict(found[0])


async def test_every_read_returns_the_declared_fields_and_kinds(xcart: XCart) -> None:
    order = await some_order(xcart)
    products = {row["sku"]: row for row in await xcart.perform("list_products", {})}
    product, priced = products["TS-BLK"], products["MUG-01"]
    variant = (await xcart.perform("list_variants", {"product_id": product["id"]}))[0]
    await xcart.perform("create_wholesale_price", {"product_id": priced["id"], "price": Decimal("8.5")})
    asked: dict[str, dict[str, Any]] = {
        "get_order": {"id": order["id"]},
        "get_order_by_number": {"order_number": order["order_number"]},
        "list_orders": {},
        "list_payment_transactions": {"order_id": order["id"]},
        "get_payment_status": {"id": order["id"]},
        "get_shipping_status": {"id": order["id"]},
        "get_order_history": {"order_id": order["id"]},
        "get_profile": {"id": order["customer_id"]},
        "list_profiles": {},
        "list_addresses": {"profile_id": order["customer_id"]},
        "get_product": {"id": product["id"]},
        "find_product": {"sku": "MUG-01"},
        "list_products": {},
        "list_stocks": {},
        "list_variants": {"product_id": product["id"]},
        "get_variant": {"product_id": product["id"], "id": variant["id"]},
        "list_wholesale_prices": {"product_id": priced["id"]},
        "list_memberships": {},
    }
    operations = XCart.operations()
    assert asked.keys() == {name for name, operation in operations.items() if operation.reads}
    for name, parameters in asked.items():
        result = await xcart.perform(name, parameters)
        assert result, name
        assert misfits(result, operations[name].returns, name) == []


async def test_an_id_may_be_a_text_as_events_bring_it(xcart: XCart) -> None:
    order = await some_order(xcart)
    assert (await xcart.perform("get_order", {"id": str(order["id"])}))["order_number"] == order[
        "order_number"
    ]


@pytest.mark.parametrize("order_id", ["1/../2", "1?x=1", "x", "", 1.5])
async def test_nothing_but_a_whole_number_is_an_id(xcart: XCart, order_id: Any) -> None:
    with pytest.raises(Rejected, match="`id`"):
        await xcart.perform("get_order", {"id": order_id})


@pytest.mark.parametrize("number", ["1/2", "a b", "ü", "..", ""])
async def test_nothing_but_letters_and_digits_is_an_order_number(xcart: XCart, number: str) -> None:
    with pytest.raises(Rejected, match="order_number"):
        await xcart.perform("get_order_by_number", {"order_number": number})


async def test_the_money_of_an_order_is_exact(xcart: XCart) -> None:
    for order in await xcart.perform("list_orders", {}):
        extra = sum((row["value"] for row in order["surcharges"] if not row["include"]), Decimal(0))
        assert order["total"] == order["sub_total"] + extra


async def test_the_noise_of_floats_is_not_money(scripted_xcart: XCart, httpserver: HTTPServer) -> None:
    body = '{"id": 7, "total": 226.32000000000002, "sub_total": 120, "items": [{"price": 0.00001}]}'
    httpserver.expect_request("/api/orders/7").respond_with_data(body, content_type="application/json")
    order = await scripted_xcart.perform("get_order", {"id": 7})
    assert (order["total"], order["sub_total"]) == (Decimal("226.32"), Decimal(120))
    assert order["items"][0]["price"] == 0


async def test_a_missing_order_is_rejected(xcart: XCart) -> None:
    asked: dict[str, dict[str, Any]] = {
        "get_order": {"id": 999999},
        "get_payment_status": {"id": 999999},
        "set_payment_status": {"id": 999999, "code": "P"},
    }
    for name, parameters in asked.items():
        with pytest.raises(Rejected) as caught:
            await xcart.perform(name, parameters)
        assert caught.value.cause.code == "not-found"
        assert caught.value.message.startswith("xcart: ")


@pytest.mark.parametrize(("kind", "code"), [("payment", "R"), ("shipping", "S")])
async def test_a_status_is_set_once_and_the_customer_hears_of_it_once(
    xcart: XCart, shop: Any, kind: str, code: str
) -> None:
    order = await some_order(xcart)
    before = len(shop.read("emails"))
    first = await xcart.perform(f"set_{kind}_status", {"id": order["id"], "code": code})
    heard = len(shop.read("emails"))
    again = await xcart.perform(f"set_{kind}_status", {"id": order["id"], "code": code})
    assert (first["code"], first["changed"], again["code"], again["changed"]) == (code, True, code, False)
    assert heard > before
    assert len(shop.read("emails")) == heard
    assert len(shop.asked("PUT")) == 1
    assert misfits(first, XCart.operations()[f"set_{kind}_status"].returns) == []


async def test_a_status_that_may_have_been_set_is_compared_before_it_is_set_again(
    xcart: XCart, shop: Any
) -> None:
    order = await some_order(xcart)
    request = {"id": order["id"], "code": "S"}
    shop.fault("drop", method="PUT")
    with pytest.raises(Retryable) as caught:
        await xcart.perform("set_shipping_status", request)
    assert caught.value.doubt
    assert (await xcart.perform("set_shipping_status", request))["changed"] is False


async def test_an_unknown_status_is_rejected(xcart: XCart) -> None:
    order = await some_order(xcart)
    with pytest.raises(Rejected, match="XX"):
        await xcart.perform("set_shipping_status", {"id": order["id"], "code": "XX"})


TRANSACTION = {"id": 1, "status": "Credit card (Stripe)", "value": 100.5}


@pytest.mark.parametrize(("backend", "state", "sums"), [
    ([], "pending", (0, 0, 0)),
    ([("auth", "S", 100.5)], "authorized", (0, 0, "100.5")),
    ([("auth", "S", 100.5), ("capture", "S", 100.5)], "paid", ("100.5", 0, 0)),
    ([("auth", "S", 100.5), ("capturePart", "S", 40)], "part_paid", (40, 0, "60.5")),
    ([("auth", "S", 100.5), ("void", "S", 100.5)], "voided", (0, 0, 0)),
    ([("sale", "S", 100.5)], "paid", ("100.5", 0, 0)),
    ([("sale", "F", 100.5)], "failed", (0, 0, 0)),
    ([("sale", "W", 100.5)], "pending", (0, 0, 0)),
    ([("sale", "F", 100.5), ("sale", "S", 100.5)], "paid", ("100.5", 0, 0)),
    ([("sale", "S", 100.5), ("refundPart", "S", 49.99)], "part_refunded", ("100.5", "49.99", 0)),
    ([("sale", "S", 100.5), ("refundPart", "F", 49.99)], "paid", ("100.5", 0, 0)),
    ([("sale", "S", 100.5), ("refundMulti", "S", 50.5), ("refund", "S", 50)], "refunded",
     ("100.5", "100.5", 0)),
])  # fmt: skip
async def test_the_state_of_a_payment_is_what_happened_to_the_money(
    scripted_xcart: XCart,
    httpserver: HTTPServer,
    backend: list[tuple[str, str, float]],
    state: str,
    sums: tuple[Any, ...],
) -> None:
    rows = [
        {"id": n, "type": kind, "status": status, "value": value}
        for n, (kind, status, value) in enumerate(backend)
    ]
    httpserver.expect_request("/api/orders/7/payment_transactions").respond_with_json(
        [{**TRANSACTION, "backend_transactions": rows}]
    )
    (found,) = await scripted_xcart.perform("list_payment_transactions", {"order_id": 7})
    assert found["state"] == state
    assert (found["paid"], found["refunded"], found["authorized"]) == tuple(Decimal(value) for value in sums)


async def test_stock_is_set_also_to_nothing(xcart: XCart) -> None:
    product = next(row for row in await xcart.perform("list_products", {}) if row["sku"] == "MUG-01")
    result = await xcart.perform("set_stock", {"id": product["id"], "amount": 0})
    assert result["amount"] == 0
    assert (await xcart.perform("get_product", {"id": product["id"]}))["amount"] == 0
    with pytest.raises(Rejected):
        await xcart.perform("set_stock", {"id": product["id"], "amount": -1})


async def test_the_stock_of_a_variant_is_its_own_then(xcart: XCart) -> None:
    product = next(row for row in await xcart.perform("list_products", {}) if row["sku"] == "TS-BLK")
    variant = (await xcart.perform("list_variants", {"product_id": product["id"]}))[0]
    request = {"id": product["id"], "variant": variant["id"], "amount": Decimal("7.000")}
    result = await xcart.perform("set_stock", request)
    assert (result["amount"], result["default_amount"]) == (7, False)


async def test_a_change_of_a_product_leaves_the_rest_alone(xcart: XCart) -> None:
    product = next(row for row in await xcart.perform("list_products", {}) if row["sku"] == "MUG-01")
    changes = {"price": Decimal("9.95"), "amount": Decimal("12.0")}
    changed = await xcart.perform("update_product", {"id": product["id"], "changes": changes})
    expected = {**product, **changes, "update_date": changed["update_date"]}
    assert changed == {**expected, "changed": True}


@pytest.mark.parametrize("field", ["product_class", "tax_class", "memberships"])
async def test_a_product_is_not_sent_back_as_it_was_read(xcart: XCart, shop: Any, field: str) -> None:
    read = {
        "product_class": {"id": 1, "name": "A"},
        "tax_class": {"id": 2, "name": "B"},
        "memberships": [{"id": 4}],
    }
    with pytest.raises(Rejected, match="name") as caught:
        await xcart.perform("update_product", {"id": 42, "changes": {field: read[field]}})
    assert caught.value.cause.target == f"changes.{field}"
    assert shop.asked("PUT") == []


async def test_a_product_is_created_with_exact_types(xcart: XCart) -> None:
    product = {
        "sku": 4711,
        "name": "New",
        "price": Decimal("19.90"),
        "amount": Decimal("5.000"),
        "enabled": False,
    }
    made = await xcart.perform("create_product", {"product": product})
    assert (made["sku"], made["price"], made["amount"], made["enabled"]) == (
        "4711",
        Decimal("19.9"),
        5,
        False,
    )
    with pytest.raises(Rejected, match="not unique"):
        await xcart.perform("create_product", {"product": product})


async def test_profiles_are_found_by_a_part_of_their_log_in(xcart: XCart) -> None:
    found = await xcart.perform("list_profiles", {"login": "erika"})
    assert found
    assert all("erika" in profile["login"] for profile in found)


@pytest.mark.parametrize("token", ["", "nonsense-of-a-key"])
async def test_a_refused_key_is_fatal_and_shown_nowhere(
    make_xcart: Any, shop: Any, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with make_xcart(token=Secret(token)) as xcart:
        with pytest.raises(Fatal, match="`token`") as caught:
            await xcart.probe()
        everything = "".join(traceback.format_exception(caught.value)) + repr(xcart.config) + caplog.text
    assert not token or token not in everything


async def test_a_read_only_key_reads_and_pauses_the_connection_at_the_first_write(
    make_xcart: Any, sandbox: Any, shop: Any
) -> None:
    async with make_xcart(token=Secret(sandbox.xcart_read_token)) as xcart:
        order = await some_order(xcart)
        with pytest.raises(Fatal, match="read/write key"):
            await xcart.perform("set_shipping_status", {"id": order["id"], "code": "S"})


@pytest.mark.parametrize(
    "fault", [{"kind": "html"}, {"kind": "cut"}, {"kind": "drop"}, {"kind": "html", "status": 503}]
)
async def test_an_answer_that_is_none_is_tried_again_and_a_write_is_in_doubt(
    xcart: XCart, shop: Any, fault: dict[str, Any]
) -> None:
    shop.fault(**fault, method="GET")
    with pytest.raises(Retryable) as caught:
        await xcart.perform("get_product", {"id": 42})
    assert not caught.value.doubt
    shop.fault(**fault, method="PUT")
    with pytest.raises(Retryable) as caught:
        await xcart.perform("set_stock", {"id": 77, "amount": 3})
    assert caught.value.doubt


@pytest.mark.parametrize("body", ["null", '"x"', "7", '{"id": 1', "", "<html></html>"])
async def test_a_good_status_without_data_is_no_answer(
    scripted_xcart: XCart, httpserver: HTTPServer, body: str
) -> None:
    httpserver.expect_request("/api/orders/7").respond_with_data(body, content_type="application/json")
    with pytest.raises(Retryable) as caught:
        await scripted_xcart.perform("get_order", {"id": 7})
    assert caught.value.cause.code == "not-json"


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_a_shop_that_asks_for_patience_gets_it(xcart: XCart, shop: Any, form: str) -> None:
    shop.fault("status", status=429, retry_after=30, retry_after_form=form)
    with pytest.raises(Retryable) as caught:
        await xcart.perform("get_product", {"id": 42})
    assert caught.value.after == pytest.approx(30, abs=2)


@pytest.mark.parametrize(("status", "kind"), [
    (301, Fatal), (400, Rejected), (401, Fatal), (403, Fatal), (404, Rejected), (405, Rejected),
    (429, Retryable), (500, Retryable), (502, Retryable), (503, Retryable), (504, Retryable),
])  # fmt: skip
async def test_each_status_says_what_happens_next(
    scripted_xcart: XCart, httpserver: HTTPServer, status: int, kind: type[RunError]
) -> None:
    httpserver.expect_request("/api/orders/7").respond_with_data(
        "{}", status, content_type="application/json"
    )
    with pytest.raises(RunError) as caught:
        await scripted_xcart.perform("get_order", {"id": 7})
    assert type(caught.value) is kind
    assert (caught.value.cause.status, caught.value.cause.connection) == (status, "xcart")


async def test_paths_are_settings(make_xcart: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/v2/orders/7/status").respond_with_json({"id": 3, "code": "S"})
    url, paths = httpserver.url_for("/").rstrip("/"), {"get_shipping_status": "/api/v2/orders/{id}/status"}
    async with make_xcart(url=url, paths=paths) as xcart:
        assert (await xcart.perform("get_shipping_status", {"id": 7}))["code"] == "S"


async def test_a_path_of_something_unknown_is_told_before_anything_is_sent(make_xcart: Any) -> None:
    with pytest.raises(ConfigurationError, match="did you mean `set_stock`"):
        await make_xcart(paths={"set_stok": "/api/v2/stock"}).open()


async def test_the_language_is_asked_for(make_xcart: Any, shop: Any) -> None:
    async with make_xcart(language="de") as german, make_xcart() as plain:
        order = await some_order(plain)
        names = [
            (await xcart.perform("get_order", {"id": order["id"]}))["payment_status"]["name"]
            for xcart in (german, plain)
        ]
    assert names[0] != names[1]


async def test_a_guard_stops_writes_and_its_own_exception_comes_through(make_xcart: Any, shop: Any) -> None:
    class StoppedError(RunError):
        pass

    def guard(request: Any) -> None:
        if request.method not in ("GET", "HEAD"):
            raise StoppedError("dry-run")

    async with make_xcart(guard=guard) as xcart:
        order = await some_order(xcart)
        with pytest.raises(StoppedError):
            await xcart.perform("set_shipping_status", {"id": order["id"], "code": "S"})
    assert shop.asked("PUT") == []
