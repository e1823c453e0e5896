"""The nearest name to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was most likely meant, or None when nothing is near."""
    candidates = list(known)
    folded = {candidate.casefold(): candidate for candidate in reversed(candidates)}
    if name.casefold() in folded:
        return folded[name.casefold()]
    matches = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[matches[0]] if matches else None


def did_you_mean(
    name: str, known: Iterable[str], *, prefix: str = "", most: int = 12, otherwise: str = ""
) -> str:
    """The help text for an unknown name: the nearest one, else what there is, and what may be done otherwise."""
    names = list(known)
    near = nearest(name, names)
    if near is not None:
        return f"did you mean `{prefix}{near}`?"
    if not names:
        return otherwise
    shown = ", ".join(sorted(names)[:most]) + (", …" if len(names) > most else "")
    return f"known: {shown}" + (f"; or {otherwise}" if otherwise else "")
