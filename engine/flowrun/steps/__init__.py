"""The step kinds that come with flowrun, one file each. Adding the file is the whole job."""

from __future__ import annotations

import importlib
import pkgutil

from flowrun.component.step import StepKind


def step_kinds() -> list[type[StepKind]]:
    """Every step kind defined in this folder."""
    kinds: list[type[StepKind]] = []
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        for item in vars(loaded).values():
            if isinstance(item, type) and issubclass(item, StepKind) and item.__module__ == loaded.__name__:
                kinds.append(item)  # noqa: PERF401 - three conditions read better as an if
    return kinds
