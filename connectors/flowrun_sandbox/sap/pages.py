"""Server-side paging of feeds, V2 and V4, which mock-sap does not do by itself and S/4HANA does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from mocksap.odata import SapError
from mocksap.service import Response


@dataclass(frozen=True)
class Pages:
    """``size`` above 0 pages every feed whose path matches ``match``."""

    size: int
    match: str

    def meet(self, method: str, path: str) -> bool:
        """Whether this request is answered a page at a time."""
        return bool(
            self.size and method == "GET" and _is_feed(path) and re.search(self.match, path) is not None
        )

    def serve(
        self, url: str, asked: dict[str, str], serve_all: Callable[[dict[str, str]], Response]
    ) -> Response:
        """One page, with the way to the next. ``serve_all`` answers with ``$skip`` and ``$top``."""
        start = _number(asked, "$skiptoken")
        skip, top = _number(asked, "$skip"), asked.get("$top")
        left = max(0, int(top) - start) if top and top.isdigit() else self.size + 1
        kept = {key: value for key, value in asked.items() if key not in {"$skiptoken", "$skip", "$top"}}
        window = kept | {"$skip": str(skip + start), "$top": str(min(self.size + 1, left))}
        response = serve_all(window)
        if response.status != 200:
            return response
        shape = json.loads(response.body)
        feed, rows, link = _feed(shape)
        if len(feed.get(rows, ())) > self.size:
            del feed[rows][self.size :]
            following = urlencode({**asked, "$skiptoken": str(start + self.size)}, safe="$,'()")
            feed[link] = f"{url}?{following}"
        return Response(body=shape, headers=response.headers)


def _is_feed(path: str) -> bool:
    last = path.rstrip("/").rsplit("/", 1)[-1]
    if path.startswith("/sap/opu/odata4/"):
        return re.fullmatch(r"_?[A-Z][A-Za-z]*", last) is not None
    return path.startswith("/sap/opu/odata/") and last.startswith(("A_", "to_")) and "(" not in last


def _feed(shape: Any) -> tuple[dict[str, Any], str, str]:
    """Where the rows are, and what the way to the next page is called. A single entity has no rows."""
    if "d" in shape:
        return shape["d"], "results", "__next"
    return shape, "value", "@odata.nextLink"


def _number(asked: dict[str, str], name: str) -> int:
    text = asked.get(name, "0")
    if not text.isdigit():
        raise SapError(f"Invalid value for {name}: '{text}'", 400)
    return int(text)
