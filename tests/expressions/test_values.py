"""Value forms at run time: what each gives for null, empty and missing, and what it says it was filled from."""

from __future__ import annotations

from decimal import Decimal
from textwrap import dedent
from typing import Any

import pytest

from flowrun.errors import Parked, Rejected
from flowrun.expressions.conversions import Setting
from flowrun.expressions.scope import Scope
from flowrun.expressions.tables import Table
from flowrun.expressions.templates import Templates
from flowrun.expressions.values import Fields, as_key
from flowrun.language.document import Document
from flowrun.language.forms import FormReader
from flowrun.language.report import Report

TABLE = Table(
    "material",
    "sku",
    ("material", "unit"),
    {
        "A-1": {"material": "FG-1", "unit": "PC"},
        "5": {"material": "FG-5", "unit": ""},
        "true": {"material": "FG-T", "unit": ""},
        "19.5": {"material": "FG-19", "unit": ""},
    },
)
NAMES: dict[str, Any] = {
    "order": {
        "text": "a text",
        "empty": "",
        "blank": "  ",
        "nothing": None,
        "number": Decimal("19.50"),
        "five": 5,
        "flag": True,
        "zero": Decimal("0"),
        "emoji": "😀😀😀",
        "record": {"a": 1},
        "items": [
            {"sku": "A-1", "discounts": [{"code": "X"}, {"code": "Y"}]},
            {"sku": None, "discounts": []},
            {"sku": "B", "discounts": None},
        ],
    },
    "online": {"sku": "not an item"},
}


def form(text: str) -> Fields:
    report = Report()
    document = Document.parse("x.yaml", dedent(text), report)
    assert document is not None
    assert document.root is not None
    columns = {"material": ("material", "unit")}
    fields = FormReader(document, report, Templates(), columns).fields(document.root, "the record")
    assert report.problems == []
    assert isinstance(fields, Fields)
    return fields


def scope() -> Scope:
    return Scope(NAMES, {"material": TABLE}, Setting())


def value(text: str) -> Any:
    return form(f"x: {text}").evaluate(scope()).get("x", "LEFT OUT")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", 5),
        ("5.50", Decimal("5.50")),
        ("text", "text"),
        ("true", True),
        ("~", None),
        ("'5'", "5"),
        ("", None),
        ("{from: order.number}", Decimal("19.50")),
        ("{from: order.nothing}", None),
        ("{from: order.nope}", None),
        ("{from: order.nothing, default: d}", "d"),
        ("{from: order.blank, default: d}", "d"),
        ("{from: order.zero, default: 7}", Decimal("0")),
        ("{from: order.nothing, default: {from: order.five}}", 5),
        ("{from: order.nothing, missing: leave_out}", "LEFT OUT"),
        ("{from: order.empty, missing: 'null'}", ""),
        ("{from: order.nothing, missing: leave_out, as: decimal}", "LEFT OUT"),
        ("{from: order.nothing, as: [trim, upper]}", None),
        ("{from: order.text, when: order.flag}", "a text"),
        ("{from: order.text, when: not order.flag}", "LEFT OUT"),
        ("{from: order.nope.deep, when: order.zero}", "LEFT OUT"),
        ("{from: order.text, max_length: 3, too_long: cut}", "a t"),
        ("{from: order.emoji, max_length: 3, too_long: cut}", "😀"),
        ("{from: order.number, max_length: 2}", Decimal("19.50")),
        ("{value: {from: order.text}, as: upper}", "A TEXT"),
        ("{compute: order.number * 2}", Decimal("39.00")),
        ("{text: '{{ order.number }}!'}", "19.50!"),
        (
            "{choose: [{when: order.zero, value: a}, {when: order.flag, value: {from: order.five}}, {value: c}]}",
            5,
        ),
        ("{choose: [{when: order.zero, value: a}, {value: {from: order.nothing}}], default: d}", "d"),
        ("{lookup: material, key: {from: order.five}, column: material}", "FG-5"),
        ("{lookup: material, key: {from: order.flag}, column: material}", "FG-T"),
        ("{lookup: material, key: {from: order.number}, column: material}", "FG-19"),
        ("{lookup: material, key: nope, column: material, default: d}", "d"),
        ("{lookup: material, key: nope, column: material, missing: leave_out}", "LEFT OUT"),
        ("{lookup: material, key: nope, column: material, missing: null}", None),
        ("{lookup: material, key: 5, column: unit, default: none}", "none"),
        ("{lookup: material, key: A-1, column: unit, as: lower}", "pc"),
        ("{for_each: order.nothing, as: x, value: {from: x}}", []),
        ("{for_each: order.items, as: i, value: {from: i.sku, missing: leave_out}}", ["A-1", "B"]),
        ("{for_each: order.items, as: i, when: order.zero, value: 1}", "LEFT OUT"),
        ("[{from: order.five}, {from: order.nope, missing: leave_out}, 7]", [5, 7]),
        ("{fields: {text: {from: order.five}}}", {"text": 5}),
        ("{Nested: {from: order.five}, Kept: a}", {"Nested": 5, "Kept": "a"}),
    ],
)
def test_a_form_gives(text: str, expected: Any) -> None:
    result = value(text)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{from: order.nothing, missing: fail}", "order.nothing is null"),
        ("{from: order.blank, missing: fail}", "order.blank is empty"),
        ("{from: order.text, as: decimal}", "order.text"),
        ("{from: order.text, max_length: 3}", "order.text has 6 characters, but 3 fit"),
        ("{from: order.emoji, max_length: 5}", "has 6 characters, but 5 fit"),
        (
            "{lookup: material, key: {from: order.nothing}, column: unit}",
            "an empty key (order.nothing is null)",
        ),
        ("{lookup: material, key: {from: order.text}, column: unit}", "has no unit for 'a text'"),
        ("{for_each: order.record, as: x, value: 1}", "order.record is not a list"),
        (
            "{for_each: order.items, as: line, value: {from: line.sku, missing: fail}}",
            "order.items[1].sku is null",
        ),
    ],
)
def test_what_cannot_be_given_is_rejected_with_its_place(text: str, said: str) -> None:
    with pytest.raises(Rejected) as caught:
        value(text)
    assert said in caught.value.message
    assert caught.value.message.startswith("x.yaml:1:")


def test_a_missing_row_parks_with_the_key_that_is_needed() -> None:
    with pytest.raises(Parked) as caught:
        value("{lookup: material, key: {from: order.text}, column: unit, missing: park}")
    assert (caught.value.table, caught.value.key, caught.value.column) == ("material", "a text", "unit")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (5, "5"),
        (Decimal("5.00"), "5"),
        (Decimal("5.10"), "5.1"),
        (Decimal("500"), "500"),
        (Decimal("1E+2"), "100"),
        (True, "true"),
        (False, "false"),
        (" a ", "a"),
        ("", None),
        (None, None),
        (0, "0"),
    ],
)
def test_a_key_is_written_as_a_person_writes_it_in_a_table(key: Any, text: str | None) -> None:
    assert as_key(key) == text


def test_every_field_says_what_it_was_filled_from_with_the_items_own_places() -> None:
    fields = form("""
        constant: 5
        plain: {from: order.text}
        defaulted: {from: order.nothing, default: d}
        gone: {from: order.nothing, missing: leave_out}
        unwanted: {from: order.text, when: order.zero}
        text: {text: "{{ order.five }}-{{ order.number }}"}
        chosen: {choose: [{when: order.flag, value: {from: order.five}}, {value: 1}]}
        looked: {lookup: material, key: {from: order.five}, column: material}
        items:
          for_each: order.items
          as: line
          fields:
            other: {from: online.sku}
            sku: {from: line.sku}
            whole: {from: line}
            codes:
              for_each: line.discounts
              as: discount
              fields: {code: {from: discount.code}, of: {text: "{{ line.sku }}"}}
        listed: [{from: order.nope, missing: leave_out}, {from: order.five}]
    """)
    assert dict(fields.origins(scope())) == {
        "constant": "constant",
        "plain": "order.text",
        "defaulted": "default",
        "text": "order.five, order.number",
        "chosen": "order.five when order.flag",
        "looked": "order.five via lookups/material.csv",
        "items[0].other": "online.sku",
        "items[0].sku": "order.items[0].sku",
        "items[0].whole": "order.items[0]",
        "items[0].codes[0].code": "order.items[0].discounts[0].code",
        "items[0].codes[0].of": "order.items[0].sku",
        "items[0].codes[1].code": "order.items[0].discounts[1].code",
        "items[0].codes[1].of": "order.items[0].sku",
        "items[1].other": "online.sku",
        "items[1].sku": "order.items[1].sku",
        "items[1].whole": "order.items[1]",
        "items[2].other": "online.sku",
        "items[2].sku": "order.items[2].sku",
        "items[2].whole": "order.items[2]",
        "listed[0]": "order.five",
    }
