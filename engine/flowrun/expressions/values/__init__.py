"""The value forms of the language: a constant, `from`, `text`, `compute`, `lookup`, `choose`, `for_each`,
records, lists.

Each form can be evaluated over the values in scope, can say where its result came from, and can be checked
over shapes before there are any values.
"""

from flowrun.expressions.values.choose import Choice, Choose
from flowrun.expressions.values.groups import Fields, ForEach, Items
from flowrun.expressions.values.lookup import Lookup, as_key
from flowrun.expressions.values.modified import Modified
from flowrun.expressions.values.value import (
    ANY_NAME,
    LEFT_OUT,
    Composed,
    Computed,
    Constant,
    Findings,
    From,
    Missing,
    Names,
    Unread,
    Value,
)

__all__ = [
    "ANY_NAME",
    "LEFT_OUT",
    "Choice",
    "Choose",
    "Composed",
    "Computed",
    "Constant",
    "Fields",
    "Findings",
    "ForEach",
    "From",
    "Items",
    "Lookup",
    "Missing",
    "Modified",
    "Names",
    "Unread",
    "Value",
    "as_key",
]
