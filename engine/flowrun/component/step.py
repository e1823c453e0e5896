"""What a step is: a kind with its settings, and the instruction it gives once the values are there.

A step kind decides and never acts. `decide` is a pure function of the values in scope; it returns what is
to happen next, and the runtime does it. So a flow can be rehearsed, resumed and tested without any of its
kinds knowing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from flowrun.component.config import Config, field
from flowrun.component.values import Duration
from flowrun.errors import Position
from flowrun.expressions.paths import Path
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import ANYTHING, Record, Shape
from flowrun.expressions.templates import Expression
from flowrun.expressions.values import LEFT_OUT, Value

# --- instructions: what is to happen next --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """The step is finished and this is its result."""

    value: Any


@dataclass(frozen=True, slots=True)
class Call:
    """An effect: one operation of one connection with its parameters. Also what dry-run shows.

    `connection` is a name from `flowrun.yaml`, or `flowrun` for what the engine keeps itself (cross
    references).
    """

    connection: str
    operation: str
    parameters: Mapping[str, Any]
    page: str | None = None
    """Of a list that is read page after page, the page that is meant: empty for the first one."""


@dataclass(frozen=True, slots=True)
class Perform:
    """Do this call; its answer is the step's result."""

    call: Call


@dataclass(frozen=True, slots=True)
class End:
    """The run ends here. `skipped` is an outcome, not an error."""

    status: Literal["skipped", "rejected"]
    reason: str


@dataclass(frozen=True, slots=True)
class Branch:
    """Run these steps, in order, and then end the run as skipped, for this reason."""

    steps: tuple[Step, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """Run these steps once for each item, which they see under `name`. The result is a list of their
    results."""

    items: tuple[Any, ...]
    name: str
    steps: tuple[Step, ...]
    at_once: int = 1


@dataclass(frozen=True, slots=True)
class Pages:
    """Read a list page after page, and run these steps for each page before the next one is read; they see
    its rows under `name`. What was done for a page is done for good: a run that goes on later goes on with
    the page it was at."""

    call: Call
    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """Run these branches at the same time. The result has one field for each."""

    branches: Mapping[str, tuple[Step, ...]]


@dataclass(frozen=True, slots=True)
class StartFlow:
    """Run another flow with this event; its result is the step's result."""

    flow: str
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pause:
    """Go on after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class AwaitEvent:
    """Go on when `source` (`connection.event`) tells an event in which `path` has this value, or after
    `timeout` seconds. The result is the event, or null when the time was over."""

    source: str
    path: str
    value: str
    timeout: float


Instruction = Done | Perform | End | Branch | Repeat | Pages | Together | StartFlow | Pause | AwaitEvent


# --- the markers that a kind's fields are annotated with ----------------------------------------


class FlowName(str):
    """The name of another flow of the project."""

    __slots__ = ()


class TableName(str):
    """The name of a lookup table: its file name without `.csv`."""

    __slots__ = ()


class ConnectionName(str):
    """The name of a connection of `flowrun.yaml`."""

    __slots__ = ()


class EventName(str):
    """An event of a connection: `connection.event`."""

    __slots__ = ()


class EventPath(Path):
    """A path that is read in an event that is waited for, not in the names of the flow."""

    __slots__ = ()


class NewName(str):
    """A name that the step gives to something its inner steps see."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Target:
    """What a transform fills: `connection:entity`, in the connector's own words, with the shape of that
    entity."""

    text: str
    shape: Record


@dataclass(frozen=True, slots=True)
class Known:
    """What validation knows when it has walked a step: the names in scope with their shapes, the value
    columns of the tables, what other flows return, and the results of the inner steps by the key that
    holds them (`steps`)."""

    names: Mapping[str, Shape]
    columns: Mapping[str, tuple[str, ...]]
    flows: Mapping[str, Shape]
    inner: Mapping[str, Shape]


class StepKind(Config):
    """Base of the step kinds. Its fields are the keys of the step; the one called like the kind is
    required.

    Class docstring: what it is for, for an analyst. `example`: a valid step, shown in the reference and
    tested. `acts`: it calls another system, so that a retry has a meaning. `gives`: the shape of its result,
    where that is always the same. `needs`: the operations that a connection named in its settings must have.
    `words`: what it does, for a business page; each name in braces is one of its keys, and a part between bars is left
    out when its key is.
    """

    name: ClassVar[str]
    words: ClassVar[str] = ""
    example: ClassVar[str]
    acts: ClassVar[bool] = False
    gives: ClassVar[Shape] = ANYTHING
    needs: ClassVar[tuple[str, ...]] = ()

    def decide(self, scope: Scope) -> Instruction:
        """What happens next, given these values. Raises `Rejected` when they do not serve."""
        raise NotImplementedError

    def may_repeat(self) -> bool:
        """Whether doing it twice does it once. What it asks another system for is then tried again when it
        fails."""
        return True

    def complaint(self) -> str:
        """What is wrong with these settings taken together; empty when nothing is."""
        return ""

    def shape(self, known: Known) -> Shape:
        """What is known of the result before the run."""
        return self.gives

    def inner_names(self, known: Known) -> Mapping[str, Shape]:
        """The names that inner steps see beside those already in scope."""
        return {}

    def origins(self, scope: Scope) -> Mapping[str, str]:
        """For each field of the result (or of the call's parameters) what it is filled from, with these
        values."""
        return {}


class Retry(Config):
    """When to try an effect again. Waits grow by `factor` from `first` to `max`; full jitter spreads them."""

    attempts: int = field(default=5, description="How often in all, the first one counted.", least=1)
    first: Duration = field(default=Duration(1.0), description="The wait before the second attempt.")
    factor: float = field(
        default=2.0, description="How much longer each wait is than the one before.", least=1
    )
    max: Duration = field(default=Duration(60.0), description="The longest wait.")
    jitter: Literal["full", "none"] = field(
        default="full", description="full: a random part of the wait, so that runs spread out."
    )


class ErrorRule(Config):
    """What to do about errors with certain codes, instead of the ordinary way."""

    code: list[str] = field(
        description="The codes it is for; `*` stands for anything.", examples=[["V1/*", "SLS_LORD/*"]]
    )
    then: Literal["dead_letter", "skip", "retry", "set_aside"] = field(
        description="dead_letter: this record is rejected. skip: the run ends without error. "
        "retry: again later. set_aside, of a step with `flow`: what that flow rejects becomes a dead letter of "
        "its own, and this run, or this round of it, goes on as after a skip."
    )
    alert: str | None = field(None, description="Who is told, if not the flow's owner.")


@dataclass(frozen=True, slots=True)
class Step:
    """One checked step of a flow."""

    id: str
    kind: StepKind
    at: Position
    when: Expression | None = None
    retry: Retry | None = None
    on_error: tuple[ErrorRule, ...] = ()
    undo: tuple[Step, ...] = ()


Steps = tuple[Step, ...]
"""The annotation of a kind's field that holds inner steps."""


class OperationStep(StepKind):
    """One operation of one connection, such as `sap.upsert`. Made by the language for each such key."""

    name: ClassVar[str] = ""
    example: ClassVar[str] = ""
    acts: ClassVar[bool] = True

    connection: str
    operation: str
    parameters: Mapping[str, Value]
    result: Shape = ANYTHING
    reads: bool = True
    repeatable: bool = True

    def decide(self, scope: Scope) -> Instruction:
        """The call with its parameters filled in."""
        return Perform(self.call(scope))

    def call(self, scope: Scope) -> Call:
        """The same, for a step that holds an operation inside it."""
        values = {name: value.evaluate(scope) for name, value in self.parameters.items()}
        given = {name: value for name, value in values.items() if value is not LEFT_OUT}
        return Call(self.connection, self.operation, given)

    def may_repeat(self) -> bool:
        """As the connector says of the operation."""
        return self.repeatable

    def shape(self, known: Known) -> Shape:
        """As the connector says of the operation and its constant parameters."""
        return self.result

    def origins(self, scope: Scope) -> Mapping[str, str]:
        """For each parameter, and each field inside one, what it is filled from."""
        found: dict[str, str] = {}
        for name, value in self.parameters.items():
            found.update(value.origins(scope, name))
        return found


class UnreadStep(StepKind):
    """A step that could not be read; the reason was reported. Its `parts` are still checked, and it never
    runs."""

    name: ClassVar[str] = ""
    example: ClassVar[str] = ""

    parts: tuple[Any, ...] = ()
