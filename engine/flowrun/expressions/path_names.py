"""Which dotted names a path reads, for showing where a value came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]


def dotted_names(tree: Node) -> tuple[str, ...]:
    """The dotted paths a tree reads, in order; `[]` marks where a list is walked: `order.items[].sku`."""
    return tuple(dict.fromkeys(name for name in _dotted(tree, "") if name))


def _dotted(node: Node, prefix: str) -> Iterator[str]:
    match node["type"]:
        case "field":
            yield f"{prefix}{node['value']}"
        case "subexpression" | "pipe" | "index_expression":
            yield from _chained(node, prefix)
        case "index":
            yield f"{prefix.removesuffix('.')}[{node['value']}]" if prefix else ""
        case "slice" | "identity" | "current":
            yield prefix.removesuffix(".")
        case "projection" | "filter_projection" | "value_projection" | "flatten":
            yield from _walked(node, prefix)
        case "literal":
            return
        case _:
            for child in node["children"]:
                yield from _dotted(child, prefix)


def _chained(node: Node, prefix: str) -> Iterator[str]:
    heads = list(_dotted(node["children"][0], prefix))
    for child in node["children"][1:]:
        heads = [name for head in heads for name in (list(_dotted(child, f"{head}.")) or [head])]
    yield from heads


def _walked(node: Node, prefix: str) -> Iterator[str]:
    for head in list(_dotted(node["children"][0], prefix)):
        walked = head if head.endswith("[]") else f"{head}[]"
        rest = list(_dotted(node["children"][1], f"{walked}.")) if len(node["children"]) > 1 else []
        yield from rest or [walked]
