"""Many changes in one request: what becomes of each is told, and one bad part hides no other."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from flowrun.errors import Fatal, Rejected, Retryable
from flowrun_connectors.sap import Sap
from flowrun_connectors.sap.odata.multipart import BrokenBatchError, unpacked

pytestmark = pytest.mark.anyio

SERVICE = "API_SALES_ORDER_SRV"
PLACE = {"service": SERVICE, "entity": "A_SalesOrder"}
ROOT = f"/sap/opu/odata/sap/{SERVICE}"


def create(order: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"operation": "create", "entity": "A_SalesOrder", "data": {**order, **more}}


def update(number: str, **data: Any) -> dict[str, Any]:
    return {"operation": "update", "entity": "A_SalesOrder", "key": number, "data": data}


async def batch(sap: Sap, *changes: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    found = await sap.perform("batch", {"service": SERVICE, "changes": list(changes), **more})
    assert isinstance(found, list)
    return found


async def stored(sap: Sap, order: dict[str, Any]) -> list[dict[str, Any]]:
    where = {"PurchaseOrderByCustomer": order["PurchaseOrderByCustomer"]}
    found = await sap.perform("list", {**PLACE, "where": where})
    assert isinstance(found, list)
    return found


async def test_what_became_of_each_change_is_told_in_their_order(sap: Sap, order: dict[str, Any]) -> None:
    (first,) = await batch(sap, create(order))
    number = first["record"]["SalesOrder"]
    results = await batch(
        sap,
        create(order, ShippingCondition="02"),
        update(number, ShippingCondition="03"),
        {"operation": "delete", "entity": "A_SalesOrder", "key": number},
    )
    assert [(one["ok"], one["status"]) for one in results] == [(True, 201), (True, 204), (True, 204)]
    (left,) = await stored(sap, order)
    assert left["SalesOrder"] == results[0]["record"]["SalesOrder"]
    assert left["ShippingCondition"] == "02"


async def test_one_bad_change_hides_no_other(sap: Sap, order: dict[str, Any]) -> None:
    bad = create(order, SoldToParty="")
    unwritable = create(order, CustomerPurchaseOrderDate="tomorrow")
    results = await batch(sap, create(order), bad, unwritable, create(order), collect=True)
    assert [one["ok"] for one in results] == [True, False, False, True]
    _, refused, unsent, _ = results
    assert (refused["kind"], refused["code"], refused["target"]) == ("rejected", "VP/201", "SoldToParty")
    assert (unsent["status"], unsent["target"]) == (0, "CustomerPurchaseOrderDate")
    assert {frozenset(one) for one in results} == {frozenset(results[0])}, "the same fields for all"
    assert len(await stored(sap, order)) == 2


async def test_the_step_fails_with_the_first_cause_once_all_were_sent(
    sap: Sap, order: dict[str, Any]
) -> None:
    with pytest.raises(Rejected) as caught:
        await batch(sap, create(order), create(order, SoldToParty=""), create(order, SoldToParty=""))
    assert caught.value.cause.code == "VP/201"
    assert "2 of 3 changes failed; changes[1] (create of A_SalesOrder)" in caught.value.message
    assert "`collect: true`" in caught.value.message
    assert [detail.target for detail in caught.value.cause.details] == ["changes[1]", "changes[2]"]
    assert len(await stored(sap, order)) == 1


async def test_together_is_all_or_nothing(sap: Sap, order: dict[str, Any]) -> None:
    good, bad = create(order), create(order, SoldToParty="")
    results = await batch(sap, good, bad, good, together=True, collect=True)
    assert {(one["ok"], one["code"]) for one in results} == {(False, "VP/201")}
    assert await stored(sap, order) == []
    with pytest.raises(Rejected, match="3 of 3"):
        await batch(sap, good, bad, good, together=True)
    results = await batch(sap, good, good, together=True)
    assert [one["record"]["PurchaseOrderByCustomer"] for one in results] == [
        order["PurchaseOrderByCustomer"]
    ] * 2
    assert len(await stored(sap, order)) == 2


async def test_together_nothing_is_sent_when_one_value_cannot_be_written(
    sap: Sap, sap_control: Any, order: dict[str, Any]
) -> None:
    before = len(sap_control.asked("POST", "$batch"))
    bad = create(order, CustomerPurchaseOrderDate="tomorrow")
    with pytest.raises(Rejected, match=r"changes\[1\].*CustomerPurchaseOrderDate"):
        await batch(sap, create(order), bad, together=True, collect=True)
    assert len(sap_control.asked("POST", "$batch")) == before


async def test_a_long_list_goes_out_in_several_requests(
    sap: Sap, sap_control: Any, order: dict[str, Any]
) -> None:
    before = len(sap_control.asked("POST", "$batch"))
    results = await batch(sap, *[create(order, ShippingCondition=f"0{at}") for at in range(1, 6)], size=2)
    assert [one["record"]["ShippingCondition"] for one in results] == ["01", "02", "03", "04", "05"]
    assert len(sap_control.asked("POST", "$batch")) == before + 3


async def test_an_empty_list_sends_nothing(sap: Sap, sap_control: Any) -> None:
    before = len(sap_control.asked("POST", "$batch"))
    assert await batch(sap) == []
    assert await batch(sap, together=True) == []
    assert len(sap_control.asked("POST", "$batch")) == before


async def test_a_version_that_is_not_the_current_one_is_refused(sap: Sap, order: dict[str, Any]) -> None:
    (made,) = await batch(sap, create(order))
    change = {**update(made["record"]["SalesOrder"], ShippingCondition="02"), "etag": "W/\"'0001'\""}
    (result,) = await batch(sap, change, collect=True)
    assert (result["ok"], result["status"]) == (False, 412)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"operation": "upsert", "entity": "A_SalesOrder"}, "create, update, delete"),
        ({"operation": "create", "entitiy": "A_SalesOrder"}, "did you mean `entity`"),
        ({"operation": "delete", "entity": "A_SalesOrder"}, "`key` is needed"),
        ({"operation": "delete", "entity": "A_SalesOrder/x?y", "key": "1"}, "no name"),
        ({"operation": "delete", "entity": "A_SalesOrder", "key": "1", "etag": "a\r\nX: y"}, "etag"),
    ],
)
async def test_a_change_that_makes_no_sense_is_refused_with_its_place(
    sap: Sap, change: dict[str, Any], told: str
) -> None:
    with pytest.raises(Rejected) as caught:
        await batch(sap, change)
    assert told in caught.value.message
    assert "changes[0]" in caught.value.message


# --- answers that a sandbox does not give --------------------------------------------------------

CHANGE = {"operation": "create", "entity": "A_SalesOrder", "data": {"SalesOrderType": "OR"}}


def part(status: str, body: str = "{}", headers: str = "") -> str:
    return (
        f"--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{headers}\r\n{body}\r\n"
    )


def error(code: str, text: str) -> str:
    return f'{{"error": {{"code": "{code}", "message": {{"lang": "en", "value": "{text}"}}}}}}'


def scripted(httpserver: HTTPServer, *parts: str, status: int = 202, end: str = "--b--\r\n") -> None:
    token = {"x-csrf-token": "t"}
    httpserver.expect_ordered_request(f"{ROOT}/", method="GET").respond_with_data("{}", headers=token)
    httpserver.expect_ordered_request(f"{ROOT}/$batch", method="POST").respond_with_data(
        "".join(parts) + end, status=status, content_type="multipart/mixed; boundary=b"
    )


LOCKED = part("400 Bad Request", error("56/393", "Order 1 is being processed by user X"))


async def test_parts_that_fail_for_now_may_be_sent_again_when_nothing_was_done(
    scripted_sap: Sap, httpserver: HTTPServer
) -> None:
    scripted(httpserver, LOCKED, part("429 Too Many", headers="Retry-After: 9\r\n"), part("503 Busy"))
    with pytest.raises(Retryable) as caught:
        await batch(scripted_sap, CHANGE, CHANGE, CHANGE)
    assert (caught.value.doubt, caught.value.after) == (False, 9.0)


async def test_parts_that_fail_for_now_beside_others_do_not_send_those_again(
    scripted_sap: Sap, httpserver: HTTPServer
) -> None:
    scripted(httpserver, part("201 Created", '{"d": {"SalesOrder": "1"}}'), LOCKED)
    with pytest.raises(Rejected, match="1 carried out"):
        await batch(scripted_sap, CHANGE, CHANGE)


async def test_each_part_says_what_may_be_done_about_it(scripted_sap: Sap, httpserver: HTTPServer) -> None:
    forbidden = part("403 Forbidden", error("/IWFND/X", "no authorization"))
    scripted(httpserver, LOCKED, part("400 Bad", error("V1/382", "wrong")), forbidden)
    results = await batch(scripted_sap, CHANGE, CHANGE, CHANGE, collect=True)
    assert [one["kind"] for one in results] == ["retryable", "rejected", "fatal"]
    assert not any(one["doubt"] for one in results)


async def test_missing_authorization_pauses_the_connection(scripted_sap: Sap, httpserver: HTTPServer) -> None:
    scripted(httpserver, part("403 Forbidden", error("/IWFND/X", "no authorization")))
    with pytest.raises(Fatal):
        await batch(scripted_sap, CHANGE)


@pytest.mark.parametrize(
    ("parts", "end"),
    [
        ([part("201 Created")], ""),  # cut before the end
        ([part("201 Created")], "--b--\r\n"),  # an answer too few
        (["<html><body>proxy</body></html>"], ""),
        (["--b\r\nContent-Type: text/plain\r\n\r\nx\r\n", part("201 Created")], "--b--\r\n"),
        (["--b\r\nContent-Type: application/http\r\n\r\nno status\r\n", part("201 Created")], "--b--\r\n"),
    ],
)
async def test_an_answer_that_is_no_whole_batch_leaves_it_in_doubt(
    scripted_sap: Sap, httpserver: HTTPServer, parts: list[str], end: str
) -> None:
    scripted(httpserver, *parts, end=end)
    with pytest.raises(Retryable) as caught:
        await batch(scripted_sap, CHANGE, CHANGE, collect=True)
    assert caught.value.doubt


async def test_when_a_later_request_gets_no_answer_the_earlier_ones_are_still_told(
    scripted_sap: Sap, httpserver: HTTPServer
) -> None:
    scripted(httpserver, part("201 Created", '{"d": {"SalesOrder": "1"}}'))
    httpserver.expect_ordered_request(f"{ROOT}/$batch").respond_with_data("down", status=502)
    results = await batch(scripted_sap, CHANGE, CHANGE, CHANGE, size=1, collect=True)
    assert [(one["ok"], one["kind"], one["doubt"]) for one in results] == [
        (True, "", False), (False, "retryable", True), (False, "retryable", False),
    ]  # fmt: skip
    assert results[2]["message"].startswith("sap: not sent")


async def test_answers_in_another_order_are_told_apart_by_their_content_id(
    scripted_sap: Sap, httpserver: HTTPServer
) -> None:
    inner = "".join(
        part("201 Created", f'{{"d": {{"SalesOrder": "{number}"}}}}')
        .replace("--b\r\n", "--c\r\n")
        .replace("binary\r\n", f"binary\r\nContent-ID: {number}\r\n")
        for number in (2, 1)
    )
    scripted(httpserver, f"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{inner}--c--\r\n\r\n")
    results = await batch(scripted_sap, CHANGE, CHANGE, together=True)
    assert [one["record"]["SalesOrder"] for one in results] == ["1", "2"]


def test_line_ends_of_any_kind_and_words_before_the_first_part_are_fine() -> None:
    text = "some words\n" + part("200 OK", '{"d": 1}').replace("\r\n", "\n") + "--b--"
    ((answer,),) = unpacked('multipart/mixed;boundary="b"', text.encode())
    assert (answer.status, answer.body) == (200, b'{"d": 1}')


def test_a_batch_cut_anywhere_is_not_taken_for_a_whole_one() -> None:
    whole = (part("201 Created") + part("400 Bad") + "--b--\r\n").encode()
    for length in range(len(whole) - 3):
        with pytest.raises(BrokenBatchError):
            unpacked("multipart/mixed; boundary=b", whole[:length])
