"""A connector of the author's before the remote system that we play: where every check takes place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from flowrun.component import Connector, Duration, Operation, Surroundings, options_of
from flowrun.component.coerce import coerced
from flowrun.component.http import SendGuard
from flowrun.testing.remote import PATIENCE, Remote
from flowrun.testing.sample import Answer, Expected, Sample
from flowrun.testing.script import Script
from flowrun.testing.secret_texts import hushed, takes

NAME = "a_connection"
PROBE = "probe"
SOON = 5.0  # seconds, for what should be over already


@dataclass(frozen=True, slots=True)
class Case:
    """What the author gives: the class, how to set it up, and a sample for each operation."""

    connector: type[Connector[Any]]
    settings: Callable[[str], Mapping[str, Any]]
    samples: Mapping[str, Sample]
    usual: Mapping[str, Any] = field(default_factory=dict)
    harmless: Iterable[str] = ()
    expects: Mapping[str, Expected] = field(default_factory=dict)
    effects: Callable[[], Any] | None = None
    says: Callable[[str], Any] = lambda reason: {"message": reason}

    def operation(self, name: str) -> Operation:
        """The operation of a sample: `create: without a body` is one of `create`."""
        return self.connector.operations()[operation_of(name)]

    def reads(self, name: str) -> bool:
        """Whether a call may not change anything; a probe may not."""
        return name == PROBE or self.operation(name).reads

    def repeatable(self, name: str) -> bool:
        """Whether a call may be sent twice."""
        return name == PROBE or self.operation(name).repeatable

    def expected(self, name: str, fault: str, usual: Expected) -> Expected:
        """The errors a fault may become: the sample's word counts before the connector's, that before ours."""
        for said in (self.samples[name].expects, self.expects):
            if fault in said:
                return said[fault]
        return usual


def made(
    case: Case,
    url: str,
    *,
    settings: Mapping[str, Any] | None = None,
    timeout: float | None = None,
    guard: SendGuard | None = None,
) -> Connector[Any]:
    """The author's connector, not yet open. Texts in its secret settings become texts that can be found again."""
    given = hushed(case.connector.Config, case.settings(url) if settings is None else settings)
    option = options_of(case.connector.Config).get("timeout")
    if timeout is not None and option is not None and takes(option.annotation, Duration):
        given["timeout"] = Duration(timeout)
    return case.connector(coerced(case.connector.Config, given, "settings"), Surroundings(NAME, guard))


class Stage:
    """An open connector and the remote system it talks to."""

    def __init__(self, case: Case, name: str, **how: Any) -> None:
        self.case = case
        self.name = name
        self.remote = Remote()
        self._how = how

    async def __aenter__(self) -> Self:
        self.remote.__enter__()
        try:
            self.connector = made(self.case, self.remote.url, **self._how)
            await self.connector.open()
        except BaseException:
            self.remote.__exit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.connector.close()
        finally:
            self.remote.__exit__()

    def play(self, *, at: str = "", trouble: Answer | None = None, frozen: bool = False) -> Script:
        """Sets the remote system back to its beginning. Gives the script, which remembers what is asked."""
        script = Script(
            self.case.samples[self.name], self.case.usual, tuple(self.case.harmless), at, trouble, frozen
        )
        self.remote.script = script
        return script

    async def perform(self) -> Any:
        """One call with the sample's parameters, as the engine would make it. It ends, whatever the connector does."""
        try:
            async with asyncio.timeout(PATIENCE):
                if self.name == PROBE:
                    return await self.connector.probe()
                return await self.connector.perform(
                    operation_of(self.name), self.case.samples[self.name].parameters
                )
        except TimeoutError as error:
            raise StuckError(
                f"it has not ended after {PATIENCE:g} s; give the client a timeout out of the settings, and leave "
                "trying again to the engine"
            ) from error

    async def quiet(self) -> bool:
        """Waits until no connection stands with half a request. False when one is left like that."""
        await asyncio.sleep(0)  # a connection that is being closed needs a turn or two of this loop
        await asyncio.sleep(0)
        await self.remote.caught_up()
        return await until(lambda: not self.remote.halves)


def operation_of(sample: str) -> str:
    """The operation's name in a sample's."""
    return sample.partition(":")[0]


class StuckError(Exception):
    """A call did not come to its end."""


async def until(holds: Callable[[], bool]) -> bool:
    """Waits for something in another thread. False when it does not come."""
    try:
        async with asyncio.timeout(SOON):
            while not holds():  # noqa: ASYNC110 - another thread has no bell for this loop
                await asyncio.sleep(0.001)
    except TimeoutError:
        return False
    return True
