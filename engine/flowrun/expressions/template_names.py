"""Which dotted names a template reads, for showing where a value came from."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes


def dotted_names(tree: nodes.Node) -> tuple[str, ...]:
    """The dotted names a template reads, in the order in which they stand; names of its own loops are left
    out."""
    return tuple(dict.fromkeys(".".join(chain) for chain in chains(tree)))


def chains(node: nodes.Node, own: frozenset[str] = frozenset()) -> Iterator[list[str]]:
    """The same, each as the list of its parts. `own` are the names of the loops around."""
    chain = chain_of(node)
    if chain:
        if chain[0] not in own:
            yield chain
        return
    if isinstance(node, nodes.For):
        targets = [node.target, *node.target.find_all(nodes.Name)]
        own = own | {target.name for target in targets if isinstance(target, nodes.Name)} | {"loop"}
    for child in node.iter_child_nodes():
        yield from chains(child, own)


def chain_of(node: nodes.Node) -> list[str]:
    """`order.billing_address.city` as its parts; empty when the node is no chain of names."""
    match node:
        case nodes.Name(name=name):
            return [str(name)]
        case (
            nodes.Getattr(node=inner, attr=name)
            | nodes.Getitem(node=inner, arg=nodes.Const(value=str() as name))
        ):
            head = chain_of(inner)
            return [*head, str(name)] if head else []
        case _:
            return []
