"""JSON without floats: a number with a point is a Decimal on its way in and on its way out."""

from __future__ import annotations

from typing import Any

import msgspec

from flowrun.expressions.exact import exact_number

_DECODER = msgspec.json.Decoder(float_hook=exact_number)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class NotJson(ValueError):  # noqa: N818 - it says what the body is
    """The body is something else: an HTML page of a proxy, a reply cut in half."""


def decode(body: bytes) -> Any:
    """JSON with every number that has a point as Decimal. Raises `NotJson`."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error


def encode(data: Any) -> bytes:
    """JSON with Decimals as exact numbers. Raises TypeError for what JSON does not have."""
    return _ENCODER.encode(data)
