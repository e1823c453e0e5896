"""JSON numbers stay exact, and one that would fill the memory is refused where it comes in."""

from __future__ import annotations

from decimal import Decimal

import pytest

from flowrun.component.http import NotJson, decode, encode


def test_money_stays_exact_from_the_bytes_in_to_the_bytes_out() -> None:
    data = decode(b'{"total": 226.320, "big": 12345678901234567890.12}')
    assert data == {"total": Decimal("226.320"), "big": Decimal("12345678901234567890.12")}
    assert encode(data) == b'{"total":226.320,"big":12345678901234567890.12}'


@pytest.mark.parametrize("body", [b"1e999999999", b"[1e-999999999]", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_for_us_is_told_so(body: bytes) -> None:
    with pytest.raises(NotJson):
        decode(body)
