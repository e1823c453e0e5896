"""Named conversions: `as: NAME` in a mapping and `{{ value | NAME }}` in a text."""

from flowrun.expressions.conversions.conversion import Conversion, ConversionError, Setting
from flowrun.expressions.conversions.table import CONVERSIONS, convert

__all__ = ["CONVERSIONS", "Conversion", "ConversionError", "Setting", "convert"]
