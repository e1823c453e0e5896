"""Templates: what they give, what they refuse, and that nothing of Python can be reached."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowrun.errors import Rejected
from flowrun.expressions.source import ExpressionError, Source
from flowrun.expressions.templates import Templates

TEMPLATES = Templates()
NAMES: dict[str, Any] = {
    "order": {
        "items": [
            {
                "sku": "A-1",
                "amount": 2,
                "price": Decimal("10.50"),
                "tax": {"rate": Decimal("0.19")},
                "free": False,
            },
            {
                "sku": "B-2",
                "amount": Decimal("1.5"),
                "price": Decimal("3"),
                "tax": {"rate": Decimal("0.07")},
                "free": True,
            },
        ],
        "total": Decimal("226.32"),
        "huge": Decimal("1e999999999"),
        "notes": "a{{ event }}b{% if %}",
        "empty": "",
        "nothing": None,
        "day": date(2026, 3, 14),
        "moment": datetime(2026, 3, 14, 9, 30, tzinfo=UTC),
        "paid": True,
        "keys": "the keys",
        "long": "x" * 200_000,
        "list": list(range(2000)),
        "word": "__class__",
    },
    "by_email": None,
    "result": {"x": 1},
}


def value(text: str) -> Any:
    return TEMPLATES.expression(Source(text)).value(NAMES)


def rendered(text: str) -> str:
    return TEMPLATES.text(Source(text)).render(NAMES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order.total * 0.19", Decimal("43.0008")),
        (
            "order.total + 0.1234567890123456789012345678901234567890",
            Decimal("226.4434567890123456789012345678901234567890"),
        ),
        ("0.1 + 0.2 == 0.3", True),
        ("order.items | length", 2),
        ("order.items | sum(attribute='tax.rate')", Decimal("0.26")),
        ("order.items | map(attribute='tax.rate') | sum", Decimal("0.26")),
        (
            "(order.items + order.items) | sum_by('sku', 'tax.rate')",
            {"A-1": Decimal("0.38"), "B-2": Decimal("0.14")},
        ),
        ("(order.items | sum_by('sku', 'price'))['B' ~ '-2']", Decimal(3)),
        ("(order.items | sum_by('sku', 'price'))['C-3'] | default(0)", Decimal(0)),
        ("order.items | selectattr('free') | map(attribute='sku') | list", ["B-2"]),
        ("order.items | rejectattr('amount', 'gt', 1.8) | map(attribute='sku')", ["B-2"]),
        ("order.items | map('length') | list", [5, 5]),
        ("order.keys", "the keys"),
        ("order.nothing | default('x')", "x"),
        ("order.empty | default('x')", ""),
        ("order.empty | default('x', true)", "x"),
        ("by_email.AddressID | default('none')", "none"),
        ("by_email.deep.deeper is defined", False),
        ("order.total ~ ' ' ~ order.nothing ~ order.paid ~ order.day", "226.32 true2026-03-14"),
        ("1.50 ~ ''", "1.50"),
        ("order.items[1.0].sku", "B-2"),
        ("result.x", 1),
        ("order.items | groupby('free') | map(attribute='grouper') | list", [False, True]),
        ("[order.total, 1000] | max", 1000),
        ("(1.005 * 100) | round", Decimal(101)),
        ("-order.total", Decimal("-226.32")),
        ("7 // 2", Decimal(3)),
        ("order.total | round_money(currency='EUR')", Decimal("226.32")),
        ("'abcdef' | truncate(4, true, '.')", "abc."),
        ("order.items | first == order.items[0]", True),
    ],
)
def test_an_expression_gives(text: str, expected: Any) -> None:
    result = value(text)
    assert result == expected
    assert isinstance(result, float) is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("XC-{{ order.total }}", "XC-226.32"),
        ("{{ order.notes }}", "a{{ event }}b{% if %}"),
        ("{{ order.nothing }}|{{ order.paid }}|{{ order.moment }}", "|true|2026-03-14T09:30:00+00:00"),
        ("{% for line in order.items %}{{ loop.index }}:{{ line.sku }} {% endfor %}", "1:A-1 2:B-2 "),
        (
            "{% for g in order.items | groupby('free') %}{{ g.grouper }}={{ g.list | length }};{% endfor %}",
            "false=1;true=1;",
        ),
        ("{% if order.paid %}yes{% else %}no{% endif %}", "yes"),
        ("{# not shown #}a\n", "a\n"),
        ("", ""),
    ],
)
def test_a_text_is_filled_in(text: str, expected: str) -> None:
    assert rendered(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("by_email.AddressID", "`by_email` is null, so it has no `AddressID`"),
        ("order.nothing.deep.deeper", "`order.nothing` is null, so it has no `deep`"),
        ("order.nope", "`order` has no `nope`"),
        ("order.items | map(attribute='nope')", "a record has no `nope`"),
        ("order.total > '5'", "values of different kinds"),
        ("1 / 0", "a division by zero"),
        ("1 % 0", "a division by zero"),
        (
            "order.total + 'a'",
            "`+` takes numbers, but got a number and a text; texts and numbers are joined by `~`",
        ),
        ("order.nothing + 1", "`+` takes numbers, but got null and a number"),
        ("order.items ~ ''", "a list cannot be written into a text"),
        ("[] | first", "the list is empty"),
        ("order.items[9]", "there is no item 9: it has 2"),
        ("order.huge ~ ''", "more than 400 digits"),
        ("order.huge + 1", "more than 400 digits"),
        ("order.items | sum(attribute='sku')", "`sum` takes numbers, but got a text in `sku`"),
        (
            "order.items | sum_by('amount', 'price')",
            "`sum_by` takes a text and a number in `amount` and `price`, but got a number and a number",
        ),
        ("order.total | sum_by('sku', 'price')", "`sum_by` takes a list, but got a number"),
        ("order.total | length", "`length` takes a list or a text, but got a number"),
    ],
)
def test_data_that_does_not_fit_is_rejected_in_words(text: str, said: str) -> None:
    with pytest.raises(Rejected) as caught:
        value(text)
    assert said in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "'a' * 10000000000",
        "['a'] * 10000000000",
        "'%09999999d' % 1",
        "order.notes % 5",
        "order.long * order.total",
        "order.word * 9",
        "order.long | replace('x', order.long)",
        "order.long | replace('', order.long)",
        "order.list | join(order.long)",
        "'a'" + " | replace('a', 'aaaaaaaaaa')" * 30,
        "order.long ~ order.long ~ order.long ~ order.long ~ order.long ~ order.long",
        "order.list | map('replace', '1', order.long) | join",
        "order.word | pad_left(9999999)",
        "order.long | list | map('replace', 'x', order.long) | list",
        "1 | round(999999999)",
        "[order.list] * 5",
    ],
)
def test_no_small_expression_makes_a_large_result(text: str) -> None:
    with pytest.raises((Rejected, ExpressionError)):
        value(text)


@pytest.mark.parametrize(
    "text",
    [
        "order.__class__",
        "order['__class__']",
        "order[order.word]",
        "order.items | map(attribute='__class__') | list",
        "order.items | map(attribute=order.word) | list",
        "order | attr('__class__')",
        "order.items | groupby('__class__')",
        "order.items | sort(attribute='__class__')",
        "order.items | selectattr('__class__') | list | first | length > 9",
        "order.items | sum(attribute='__class__')",
        "order.items | join(attribute='__class__')",
        "order.keys()",
        "''.join",
        "range(3)",
        "cycler",
        "lipsum()",
        "self",
        "self.__init__",
        "namespace()",
        "joiner",
        "loop",
        "_result",
        "order.notes.format",
        "order.notes.__class__.__mro__",
        "(1).real",
        "order.total.as_tuple",
        "context",
        "caller",
        "order.items | map('attr', '__class__') | list",
        "order.items | map('call') | list",
        "().__class__",
        "dict()",
        "order.items | map(order.word) | list",
        "order.items | max(attribute='__class__')",
        "[].append",
        "order.items | unique(attribute='__class__') | list",
        "order | items",
        "order | xmlattr",
        "order | tojson",
    ],
)
def test_nothing_of_python_can_be_reached(text: str) -> None:
    try:
        result = value(text)
    except (Rejected, ExpressionError):
        return
    assert result in ([], None), result


@pytest.mark.parametrize(
    "text",
    [
        "not " * 400 + "a",
        "(" * 400 + "1" + ")" * 400,
        "1" + "+1" * 300,
        "a" + "|upper" * 200,
        "[" * 300 + "]" * 300,
        "a if b else " * 100 + "c",
        "a" + ".b" * 500,
        "-" * 500 + "1",
        "x" * 30_000,
    ],
)
def test_an_expression_nobody_can_read_is_refused(text: str) -> None:
    with pytest.raises((ExpressionError, Rejected)):
        value(text)


WORDS = st.sampled_from(
    [
        "order",
        "order.items",
        "order.total",
        "order.nothing",
        "order.nope",
        "order.day",
        "order.paid",
        "order.word",
        "1",
        "0",
        "2.5",
        "'a'",
        "''",
        "none",
        "true",
        "[1, 2]",
        "[]",
        "(",
        ")",
        "[",
        "]",
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "~",
        "==",
        "<",
        ">",
        "in",
        "and",
        "or",
        "not",
        "if",
        "else",
        "is",
        "defined",
        "none",
        "divisibleby(0)",
        "|",
        "| upper",
        "| first",
        "| list",
        "| length",
        "| sum",
        "| sort",
        "| join('-')",
        "| map(attribute='sku')",
        "| selectattr('free')",
        "| round",
        "| default('x')",
        "| groupby('free')",
        "| replace('a', 'b')",
        "| truncate(1)",
        "| date",
        "| decimal",
        "| unique",
        "| max",
        "| title",
        "| abs",
        "| reverse",
        "| cut(3)",
        "| phone",
        "| name_parts",
        "[0]",
        "[1:]",
        "[::0]",
        ".sku",
        ",",
    ]
)
QUICK = settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(st.lists(WORDS, min_size=1, max_size=7).map(" ".join))
def test_any_expression_gives_a_value_or_is_rejected(text: str) -> None:
    try:
        value(text)
    except (ExpressionError, Rejected):
        return


@QUICK
@given(
    st.lists(
        WORDS | st.sampled_from(["{{", "}}", "{%", "%}", "{#", "#}", "for x", "endfor", "endif", "\n"]),
        max_size=9,
    )
)
def test_any_text_gives_a_text_or_is_rejected(words: list[str]) -> None:
    try:
        assert isinstance(rendered(" ".join(words)), str)
    except (ExpressionError, Rejected):
        return


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("line.price * line.amount | round_money('EUR')", True),
        ("line.price + line.price * line.amount | tax_from_base('19 %')", True),
        ("(line.price * line.amount) | round_money('EUR')", False),
        ("line.price * (line.amount | round)", False),
        ("line.price + order.lines | sum(attribute='price')", False),
    ],
)
def test_a_filter_that_reaches_less_than_was_meant_is_told(expression: str, *, told: bool) -> None:
    codes: set[str] = set()
    try:
        Templates().expression(Source(expression))
    except ExpressionError as error:
        codes = {complaint.code for complaint in error.complaints}
    assert codes == ({"filter-reaches-less"} if told else set())
