"""What a connector is: a class with its settings and named operations.

A connector translates its system's answers and errors at the edge and decides nothing about flows. An
operation is an async method with one typed parameter object; the method's docstring is its documentation.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar, get_type_hints

from flowrun.component.coerce import coerced
from flowrun.component.config import Config
from flowrun.component.http.messages import SendGuard
from flowrun.expressions.shapes import ANYTHING, Record, Shape

C = TypeVar("C", bound=Config)
Method = TypeVar("Method", bound=Callable[..., Awaitable[Any]])


@dataclass(frozen=True, slots=True)
class Facts:
    """What validation may know of a connection without calling it: its settings, and the folder of its
    metadata."""

    config: Config | None
    metadata: Path | None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list. `next` is where the list goes on, in the connector's own words; None at its end.

    A run may ask for `next` days later and from another process, so it holds nothing that lives in memory.
    """

    rows: list[Any]
    next: str | None


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a connector can do.

    `reads`: changes nothing in the remote system. `repeatable`: doing it twice with the same parameters
    does it once, so a retry is safe. `returns`: the shape of its result. `paged`: it lists what may be too
    much for the memory, and `Connector.page` gives a part of it.
    """

    name: str
    summary: str
    description: str
    parameters: type[Config]
    reads: bool
    repeatable: bool
    returns: Shape
    method: str
    paged: bool = False


def operation(
    *, reads: bool = False, repeatable: bool | None = None, returns: Shape = ANYTHING, paged: bool = False
) -> Callable[[Method], Method]:
    """Marks an async method `name(self, request: SomeConfig)` as an operation. Reads are always
    repeatable."""

    def mark(method: Method) -> Method:
        method.__dict__["flowrun_operation"] = (
            reads,
            reads if repeatable is None else repeatable,
            returns,
            paged,
        )
        return method

    return mark


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a connector is given when it is opened.

    `connection` is its name in `flowrun.yaml`, for messages. `guard` must see every request before it
    leaves. `metadata` is the folder where the project keeps what was pulled from the system.
    """

    connection: str
    guard: SendGuard | None = None
    metadata: Path | None = None


class Unusable(dict[str, Any]):
    """A record that a system brought and that no flow can use, for the `reason` that is its `unusable`. A poll
    makes a dead letter of it instead of a run, so it is kept and holds up nothing."""

    code: ClassVar[str] = "unusable-event"

    def __init__(self, record: Mapping[str, Any], reason: str) -> None:
        super().__init__(record, unusable=reason)
        self.reason = reason


class Connector(Generic[C]):
    """Base of all connectors. `async with` opens and closes it; closing twice is fine.

    Class attributes: `name` (the word in `flowrun.yaml`), `Config`, `example` (valid YAML, shown and
    tested), `events` (what its webhooks bring, by event name).
    """

    name: ClassVar[str]
    Config: ClassVar[type[Config]]
    example: ClassVar[str] = ""
    events: ClassVar[Mapping[str, Record]] = {}

    def __init__(self, config: C, surroundings: Surroundings) -> None:
        self.config = config
        self.connection = surroundings.connection
        self.surroundings = surroundings

    async def open(self) -> None:
        """Makes clients and pools. Sends nothing yet."""

    async def close(self) -> None:
        """Gives everything back."""

    async def probe(self) -> None:
        """Asks the system for something cheap, with credentials. Raises `Fatal` or `Retryable` as an
        operation would."""

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def perform(self, operation_name: str, parameters: Mapping[str, Any]) -> Any:
        """Does one operation with parameters as they come out of a flow. Raises `Rejected` when they do
        not fit."""
        found = self.operations()[operation_name]
        request = coerced(found.parameters, parameters, f"{self.connection}.{operation_name}")
        return await getattr(self, found.method)(request)

    async def page(self, operation_name: str, parameters: Mapping[str, Any], cursor: str) -> Page:
        """One page of an operation that is marked `paged`; of an empty cursor, the first one.

        Raises `Rejected` when the parameters do not fit.
        """
        raise NotImplementedError(f"{self.name}.{operation_name} gives no pages")

    async def taken(
        self,
        operation_name: str,
        parameters: Mapping[str, Any],
        records: Sequence[Mapping[str, Any]],
    ) -> bool:
        """Told by a poll when what its operation brought is safely written down: a queue may let go of it now.

        True when there may be more to bring at once. What fails here is brought again by a later poll.
        """
        return False

    def pretend(self, operation_name: str, parameters: Mapping[str, Any]) -> Any:
        """What a write would answer, for steps after it in a dry-run: what was sent, and placeholders for
        the rest."""
        return dict(parameters)

    @classmethod
    def operations(cls) -> Mapping[str, Operation]:
        """Its operations by name, in the order in which they are declared."""
        cached: Mapping[str, Operation] | None = cls.__dict__.get("_operations")
        if cached is None:
            cached = {found.name: found for found in cls._declared()}
            cls._operations = cached  # type: ignore[attr-defined] # a cache on each class of its own
        return cached

    @classmethod
    def _declared(cls) -> list[Operation]:
        found: list[Operation] = []
        for name in dict.fromkeys(name for base in reversed(cls.__mro__) for name in base.__dict__):
            method = getattr(cls, name, None)
            marked = getattr(method, "flowrun_operation", None)
            if marked is None:
                continue
            reads, repeatable, returns, paged = marked
            hints = get_type_hints(method)
            hints.pop("return", None)
            (parameters,) = hints.values()
            summary, _, description = inspect.cleandoc(method.__doc__ or "").partition("\n")
            found.append(
                Operation(
                    name.removesuffix("_"),
                    summary,
                    description.strip(),
                    parameters,
                    reads,
                    repeatable,
                    returns,
                    name,
                    paged,
                )
            )
        return found

    @classmethod
    def result_shape(
        cls,
        operation_name: str,
        constants: Mapping[str, Any],  # noqa: ARG003 - for subclasses
        facts: Facts,  # noqa: ARG003 - for subclasses
    ) -> Shape:
        """What an operation returns when its constant parameters are known. By default, what it declares."""
        return cls.operations()[operation_name].returns

    @classmethod
    def target_shape(cls, target: str, facts: Facts) -> Record | str:  # noqa: ARG003 - for subclasses
        """The entity a `transform` fills, with each field's type and length; or, as a text, why there is
        none."""
        return f"the connector `{cls.name}` has no entities to fill, so a transform has no `target` there"
