"""Personal data in a reconciliation: told apart, and not told."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flowrun.cli.reconcile_parts.repairs import Planned
from flowrun.runtime.comparing import Difference, Outcome
from flowrun.serve.masking import HIDDEN, Mask

_SHOWN = 6


class Veil:
    """Puts a short digest in the place of each personal value: equal values have equal digests, so that one sees that
    they differ and where else they come. The key is another one in each report, so nobody can try out names."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._secret = secrets.token_bytes(16)

    def outcome(self, outcome: Outcome) -> Outcome:
        """The same, with nothing personal in it."""
        names = outcome.of.group_by
        groups = {
            tuple(self._fields(dict(zip(names, group, strict=True))).values()): numbers
            for group, numbers in outcome.groups.items()
        }
        differences = tuple(map(self.difference, outcome.differences))
        return replace(outcome, differences=differences, groups=groups)

    def difference(self, one: Difference) -> Difference:
        """The same, with nothing personal in it."""
        doubles = {side: tuple(map(self._fields, more)) for side, more in one.doubles.items()}
        rows = {side: self._fields(fields) for side, fields in one.rows.items()}
        return replace(one, key=self._key(one.key), rows=rows, doubles=doubles)

    def planned(self, one: Planned) -> Planned:
        """The same, with nothing personal in it."""
        ends, reason = self._mask.text(one.ends), self._mask.text(one.reason)
        return replace(one, difference=self.difference(one.difference), ends=ends, reason=reason)

    def _fields(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        masked = self._mask.record(fields)
        return {
            name: self._digest(value) if masked[name] == HIDDEN else masked[name]
            for name, value in fields.items()
        }

    def _key(self, key: str) -> str:
        scrubbed = self._mask.scrubbed(key)
        return self._digest(key) if scrubbed == HIDDEN else scrubbed

    def _digest(self, value: Any) -> str:
        found = hmac.new(self._secret, str(value).strip().encode(), hashlib.sha256).hexdigest()
        return f"{HIDDEN}{found[:_SHOWN]}"
