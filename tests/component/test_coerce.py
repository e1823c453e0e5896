"""Values from a flow brought into the types of an operation's parameters, with reasons in words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import pytest

from flowrun.component import Config, Duration, Secret, field
from flowrun.component.coerce import coerced, fitted
from flowrun.errors import Rejected
from flowrun.expressions.values import LEFT_OUT


class Asked(Config):
    """A request."""

    id: int = field(description="Which.")
    note: str | None = field(None, description="A note.")


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        ("7", int, 7),
        (Decimal("7.00"), int, 7),
        (7, str, "7"),
        (Decimal("7.50"), str, "7.50"),
        (7, Decimal, Decimal(7)),
        ([1, "2"], list[int], [1, 2]),
        (None, str | None, None),
        ("a", Literal["a", "b"], "a"),
        ("5m", Duration, Duration(300.0)),
        ({"a": 1}, Mapping[str, Any], {"a": 1}),
        (True, bool, True),
        (Decimal("0.5"), float, 0.5),
        ("x", Secret, Secret("x")),
    ],
)
def test_a_value_fits(value: Any, annotation: Any, expected: Any) -> None:
    result = fitted(value, annotation)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("value", "annotation", "said"),
    [
        ("abc", int, "must be a whole number, not 'abc'"),
        (Decimal("7.5"), int, "must be a whole number, not 7.5"),
        (Decimal("1e999999999"), int, "must be a whole number"),
        (Decimal("1e999999999"), str, "more than 400 digits"),
        (True, int, "must be a whole number, not true"),
        (None, str, "must be a text, not null"),
        ({"a": 1}, str, "must be a text, not a record"),
        ("7.5", Decimal, "must be a number, not '7.5'; `as: decimal` makes one of a text"),
        ("a", list[str], "must be a list, not 'a'"),
        ([1], Mapping[str, Any], "must be a record, not a list"),
        ("yes", bool, "must be true or false, not 'yes'"),
        ("c", Literal["a", "b"], "is 'c'; allowed: a, b"),
        ("5", Duration, "not a duration"),
    ],
)
def test_a_value_that_does_not_fit_says_why(value: Any, annotation: Any, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        fitted(value, annotation)
    assert said in str(caught.value)


def test_a_parameter_that_is_missing_or_unknown_is_rejected_by_name() -> None:
    with pytest.raises(Rejected, match=r"shop\.get: `id` is needed and was not given"):
        coerced(Asked, {"note": "a"}, "shop.get")
    with pytest.raises(Rejected, match=r"there is no parameter `idd`; did you mean `id`"):
        coerced(Asked, {"idd": 5}, "shop.get")


def test_what_is_left_out_or_null_takes_the_default() -> None:
    assert coerced(Asked, {"id": 1, "note": LEFT_OUT}, "x") == Asked(id=1)
    assert coerced(Asked, {"id": 1, "note": None}, "x") == Asked(id=1)
