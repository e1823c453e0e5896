"""Texts of a product in several languages, as X-Cart 5.5 has them: one translation for each `Accept-Language`.

X-Cart takes a language that the shop has not switched on for the shop's own, without a word, and writes into that. So
the shop's own texts are looked at after each write, and put back when they were hit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowrun.errors import Cause, Rejected
from flowrun_connectors.xcart import shapes
from flowrun_connectors.xcart.records import Records
from flowrun_connectors.xcart.values import differing, received

_WHAT = "the product"


class Translations:
    """The texts of one shop's products."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._wire = records.wire

    async def write(self, product: int, language: str, texts: Mapping[str, Any]) -> list[str]:
        """Writes those that differ. A text that the language lacks is answered in the shop's own, so one that is
        equal to it is not written.
        """
        changes = differing(await self._read(product, language), texts)
        if not changes:
            return []
        before = await self._read(product, None)
        await self._wire.send("PUT", self._path("update_product", product), changes, _WHAT, language)
        after = await self._read(product, None)
        hit = [name for name in changes if before.get(name) != after.get(name)]
        if not hit:
            return list(changes)
        own = {name: before[name] for name in hit if name in before}
        await self._wire.send("PUT", self._path("update_product", product), own, _WHAT)
        raise Rejected(
            f"{self._wire.connection}: the shop wrote the texts for the language '{language}' over its own. It has "
            "them back; switch that language on in the shop, or, if it is the shop's own, put its texts into `product`",
            Cause(
                "language-not-enabled", target="language", connection=self._wire.connection, value=language
            ),
        )

    async def _read(self, product: int, language: str | None) -> dict[str, Any]:
        answer = await self._wire.get(self._path("get_product", product), _WHAT, language)
        found: dict[str, Any] = received(answer, shapes.PRODUCT)
        return found

    def _path(self, operation: str, product: int) -> str:
        return self._wire.path(operation, id=product)
