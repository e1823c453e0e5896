"""Whether a secret shows anywhere: plain, as a part of Basic credentials, or quoted for an address."""

from __future__ import annotations

import copy
import dataclasses
import logging
import pickle
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from flowrun.testing.faults import faults
from flowrun.testing.secret_texts import given_at, leaked, secret_settings, secrets_in
from flowrun.testing.stage import Case, Stage, made


def uncovered(case: Case, variants: list[Mapping[str, Any]], reasons: Mapping[str, str]) -> Iterator[str]:
    """The secret settings that no variant of the settings fills, so that nobody looks for them."""
    for name in secret_settings(case.connector.Config):
        if name not in reasons and not any(given_at(settings, name) for settings in variants):
            yield (
                f"the secret setting `{name}` is in none of the settings; give it in `settings`, add a way to log on "
                f"that has it to `variants`, or say why not in `reasons`"
            )


def at_rest(case: Case, settings: Mapping[str, Any]) -> Iterator[str]:
    """The connector and its settings, shown in every way that a careless line of code might."""
    connector = made(case, "http://127.0.0.1:9", settings=settings)
    config = connector.config
    secrets = list(secrets_in(config))
    shown = {
        "repr() of the connector": repr(connector),
        "vars() of the connector": repr(vars(connector)),
        "str() of the settings": str(config),
        "repr() of the settings": repr(config),
        "a copy of the settings": repr(copy.deepcopy(config)) + repr(dataclasses.asdict(config)),
    }
    with suppress(Exception):  # what cannot be pickled shows nothing
        shown["pickle of the settings"] = pickle.dumps(config).decode("latin-1")
    for place, text in shown.items():
        yield from (f"{place} shows the secret {name}" for name in leaked(text, secrets))


async def at_work(case: Case, settings: Callable[[str], Mapping[str, Any]]) -> list[str]:
    """One operation of each kind, well and with every fault: what is logged, warned and raised meanwhile."""
    return [problem for name in _chosen(case) for problem in await _at_work(case, settings, name)]


async def _at_work(case: Case, settings: Callable[[str], Mapping[str, Any]], name: str) -> list[str]:
    async with Stage(replace(case, settings=settings), name) as stage:
        secrets = list(secrets_in(stage.connector.config))
        with _listening() as heard:
            script = stage.play()
            heard.extend(await _told(stage))
            for place in {asked.place for asked in script.asked}:
                for fault in faults(case.says):
                    stage.play(at=place, trouble=fault.answer)
                    heard.extend(await _told(stage))
            await stage.remote.refuse()
            heard.extend(await _told(stage))
            heard.append(repr(vars(stage.connector)))
    leaks = dict.fromkeys(leaked("\n".join(heard), secrets))
    return [f"`{name}`: a log line, a warning or an error shows the secret {leak}" for leak in leaks]


def _chosen(case: Case) -> list[str]:
    """The first operation that reads and the first that writes: they log on in one and the same way."""
    reads = [name for name in case.samples if case.reads(name)]
    writes = [name for name in case.samples if not case.reads(name)]
    return [*reads[:1], *writes[:1]]


async def _told(stage: Stage) -> list[str]:
    try:
        await stage.perform()
    except Exception as error:  # noqa: BLE001 - its text is what is looked at
        return [*traceback.format_exception(error), repr(error), repr(getattr(error, "cause", ""))]
    return []


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Every log record of every library, and every warning."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(f"{record.name} {record.getMessage()} {record.args!r} {record.exc_info!r}")

    root = logging.getLogger()
    before = root.handlers, root.level
    root.handlers = [Ear()]  # the others would print what nobody wants to read
    root.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield heard
        heard.extend(str(warning.message) for warning in warned)
    finally:
        root.handlers = before[0]
        root.setLevel(before[1])
