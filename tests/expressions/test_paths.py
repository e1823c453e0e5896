"""Paths: jmespath's answers, over exact numbers, and errors that an analyst understands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError

from flowrun.errors import Rejected
from flowrun.expressions.paths import Path
from flowrun.expressions.source import ExpressionError, Source

ORDER: dict[str, Any] = {
    "total": Decimal("226.32"),
    "number": 1042,
    "items": [{"sku": "A", "amount": Decimal("2.0"), "tax": None}, {"sku": "B", "amount": 3, "tax": 1}],
    "notes": None,
    "deep": {"a": {"b": [1, [2, 3]]}},
}


def found(text: str) -> Any:
    return Path(Source(text)).search(ORDER)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("total", Decimal("226.32")),
        ("items[?amount > `2.5`].sku", ["B"]),
        ("items[?amount == `2`].sku", ["A"]),
        ("items[?sku == 'A'] | [0].amount", Decimal("2.0")),
        ("sum(items[].amount)", Decimal("5.0")),
        ("avg(items[].amount)", Decimal("2.5")),
        ("max_by(items, &amount).sku", "B"),
        ("sort_by(items, &sku)[-1].sku", "B"),
        ("to_string(total)", "226.32"),
        ("to_string(deep)", '{"a":{"b":[1,[2,3]]}}'),
        ("to_string(`1e5`)", "100000"),
        ("to_number('007.50')", Decimal("007.50")),
        ("to_number('7')", 7),
        ("to_number('1e999999999')", None),
        ("type(total)", "number"),
        ("ceil(total)", 227),
        ("floor(total)", 226),
        ("contains('abc', total)", False),
        ("`0.1234567890123456789012345`", Decimal("0.1234567890123456789012345")),
        ("notes.anything[0].else", None),
        ("items[].{s: sku, a: amount}[0].a", Decimal("2.0")),
        ("'it\\'s'", "it's"),
    ],
)
def test_a_path_gives(text: str, value: Any) -> None:
    result = found(text)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sum(map(&tax, items))", "sum() takes a list of numbers, but got null"),
        ("sum(notes)", "sum() takes a list of numbers, but got null"),
        ("items[?sku > `5`]", "a number and a text cannot be compared"),
        ("items[::0]", "cannot be computed"),
        ("length(number)", "length() takes a text or a list or a record, but got a number"),
    ],
)
def test_data_that_does_not_fit_is_rejected_in_words(text: str, said: str) -> None:
    with pytest.raises(Rejected, match=r".") as caught:
        found(text)
    assert said in caught.value.message


def test_a_number_that_would_fill_the_memory_is_rejected() -> None:
    for function in ("ceil", "floor", "to_string"):
        with pytest.raises(Rejected):
            Path(Source(f"{function}(x)")).search({"x": Decimal("1e999999999")})


@pytest.mark.parametrize(
    "text",
    [
        "!" * 500 + "a",
        "a" + ".b" * 3000,
        "a || " * 300 + "a",
        "[@,@]|" * 40 + "@",
        "(" * 900 + "a" + ")" * 900,
    ],
)
def test_a_path_nobody_can_read_is_refused_or_harmless(text: str) -> None:
    try:
        Path(Source(text)).search({"a": 1})
    except ExpressionError as error:
        assert error.complaints[0].code in ("expression-too-deep", "expression-too-long")  # noqa: PT017


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("order.total", ("order.total",)),
        ("order.items[?amount > `0`].sku", ("order.items[].sku",)),
        ("a.b || c[0].d", ("a.b", "c[0].d")),
        ("length(order.items)", ("order.items",)),
        ("order.items[].{a: sku, b: price}", ("order.items[].sku", "order.items[].price")),
        ("`1`", ()),
        ("order.lines[1:2]", ("order.lines",)),
    ],
)
def test_a_path_tells_what_it_reads(text: str, names: tuple[str, ...]) -> None:
    assert tuple(name.removesuffix("[]") for name in Path(Source(text)).names()) == names


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "b", "foo"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
PIECES = st.sampled_from(
    [
        "a",
        "b",
        "c",
        ".a",
        ".b",
        "[0]",
        "[-1]",
        "[]",
        "[*]",
        ".*",
        "[?a == `1`]",
        "[?b]",
        "[?a > b]",
        "| [0]",
        "|| b",
        "&& a",
        "[1:]",
        "[::-1]",
        "[a, b]",
        ".{x: a, y: b}",
        "!a",
        "@",
        "length(@)",
        "keys(@)",
        "sort(@)",
        "to_string(a)",
        "type(@)",
        "not_null(a, b)",
        "`[1, 2]`",
        "'a'",
        "== b",
        "max(@)",
        "sum(@)",
        "map(&a, @)",
        "to_array(@)",
        "reverse(@)",
        "avg([`1`])",
        "contains(@, 'a')",
        "merge(a, b)",
        "values(@)",
        "starts_with(a, 'f')",
        "join('-', @)",
        "to_number(a)",
        '"a"',
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=5).map("".join), DOCUMENTS)
def test_what_stock_jmespath_finds_we_find(text: str, document: Any) -> None:
    try:
        ours = Path(Source(text))
    except ExpressionError:
        return
    try:
        expected = jmespath.search(text, document)
    except JMESPathError:
        with pytest.raises(Rejected):
            ours.search(document)
        return
    except (TypeError, ValueError):
        return  # stock jmespath stumbles over texts compared with numbers
    result = ours.search(document)
    assert result == expected or (isinstance(result, Decimal) and result == Decimal(str(expected)))
