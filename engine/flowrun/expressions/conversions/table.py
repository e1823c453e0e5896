"""The one table of conversions, for `as:` in mappings and for filters in texts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flowrun.expressions.conversions.addresses import ADDRESSES
from flowrun.expressions.conversions.contact import CONTACT
from flowrun.expressions.conversions.conversion import Conversion, Setting
from flowrun.expressions.conversions.countries import COUNTRIES
from flowrun.expressions.conversions.dates import DATES
from flowrun.expressions.conversions.markup import MARKUP
from flowrun.expressions.conversions.money import MONEY
from flowrun.expressions.conversions.names import NAMES
from flowrun.expressions.conversions.numbers import NUMBERS
from flowrun.expressions.conversions.places import PLACES
from flowrun.expressions.conversions.text import TEXT

ROWS = (*NUMBERS, *MONEY, *DATES, *TEXT, *MARKUP, *NAMES, *ADDRESSES, *PLACES, *CONTACT, *COUNTRIES)

CONVERSIONS: Mapping[str, Conversion] = MappingProxyType({row.name: row for row in ROWS})


def convert(value: Any, name: str, setting: Setting) -> Any:
    """What `as: NAME` makes of a value. Raises ConversionError; KeyError only for a name not in the table."""
    return CONVERSIONS[name].function(value, setting=setting)
