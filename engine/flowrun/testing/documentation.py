"""Whether an analyst can use a connector from what it says about itself. Nothing is sent here."""

from __future__ import annotations

import inspect
import re
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from flowrun.component import Connector, Operation, Option, Registry, options_of
from flowrun.errors import ConfigurationError
from flowrun.language.workspace import read_workspace
from flowrun.testing.secret_texts import given_at, secret_settings

_WORDS = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SENTENCE = re.compile(r"[^a-z\s].*\.", re.DOTALL)  # begins with a capital, a code word or a quote
_NEXT = "it stands in the reference that `flowrun connectors` prints"


def described(connector: type[Connector[Any]]) -> Iterator[str]:
    """The class, its settings and its name."""
    yield from _named("the connector", connector.name)
    yield from _documented(f"the class `{connector.__name__}`", connector)
    yield from _documented(f"the settings class `{connector.Config.__name__}`", connector.Config)
    for name, option in options_of(connector.Config).items():
        yield from _described(f"the setting `{name}`", name, option)
    if not connector.operations():
        yield "the connector has no operations: mark its asynchronous methods with `@operation()`"


def operation_described(
    connector: type[Connector[Any]], operation: Operation, reasons: Mapping[str, str]
) -> Iterator[str]:
    """One operation and its parameters. `reasons` gives for each parameter of any type the reason why."""
    here = f"the operation `{operation.name}`"
    yield from _named(here, operation.name)
    if not _SENTENCE.fullmatch(operation.summary):
        yield (
            f"{here}: the first line of its docstring is {operation.summary!r}; write one whole sentence in one "
            f"line, {_NEXT}"
        )
    if operation.reads and not operation.repeatable:
        yield f"{here} reads, so it can be repeated: leave `repeatable` away"
    if not inspect.iscoroutinefunction(getattr(connector, operation.method)):
        yield f"{here} is no `async def`"
    for name, option in options_of(operation.parameters).items():
        where = f"the parameter `{operation.name}.{name}`"
        yield from _described(where, name, option)
        if option.annotation is Any and f"{operation.name}.{name}" not in reasons:
            yield (
                f"{where} is of any type, so nothing can be checked; give it a type, or put the reason why it has "
                f'none into `reasons` of the contract: {{"{operation.name}.{name}": "…"}}'
            )


def example(connector: type[Connector[Any]]) -> Iterator[str]:
    """The example, read as a project's `flowrun.yaml` is."""
    text = textwrap.dedent(connector.example).strip()
    if not text:
        yield "`example` is empty; write what an analyst copies into flowrun.yaml, from `connections:` on"
        return
    try:
        connections = yaml.safe_load(text)["connections"]
        written = [dict(one[connector.name]) for one in connections.values()]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError):
        yield (
            "`example` is not of the form `connections:`, below it a name, below that "
            f"`{connector.name}:` and the settings"
        )
        return
    for settings in written:
        for name in secret_settings(connector.Config):
            value = given_at(settings, name)
            if value is not None and not str(value).startswith(("${env:", "${file:")):
                yield f"`example` holds the secret `{name}`; write ${{env:A_VARIABLE}}, since it will be copied"
    yield from _read(connector, text)


def _read(connector: type[Connector[Any]], text: str) -> Iterator[str]:
    whole = f"environments:\n  here:\n{textwrap.indent(text, '    ')}\n"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "flowrun.yaml").write_text(whole, encoding="utf-8")
        try:
            found = read_workspace(Path(folder), Registry.of([], [connector]), {}).problems
        except ConfigurationError as error:
            found = error.problems
    for problem in found:
        yield f"`example` is not valid: {problem.message}" + (f"; {problem.help}" if problem.help else "")


def _documented(what: str, kind: type[Any]) -> Iterator[str]:
    own = kind.__dict__.get("__doc__") or ""
    if own.startswith(f"{kind.__name__}("):  # the one that dataclasses make
        own = ""
    first = inspect.cleandoc(own).partition("\n")[0]
    if not _SENTENCE.fullmatch(first):
        yield f"{what}: the first line of its docstring is {first!r}; write one whole sentence in one line, {_NEXT}"


def _described(what: str, name: str, option: Option) -> Iterator[str]:
    yield from _named(what, name)
    if not _SENTENCE.fullmatch(option.info.description):
        yield (
            f"{what} is described by {option.info.description!r}; write a whole sentence, with a capital letter "
            "and a full stop"
        )


def _named(what: str, name: str) -> Iterator[str]:
    if not _WORDS.fullmatch(name):
        yield f"{what} is called `{name}`; write whole words in lower case with `_` between them"
