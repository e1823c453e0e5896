"""Carries out a flow: asks each step what is next and does it through the run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flowrun.component.step import (
    AwaitEvent,
    Branch,
    Done,
    End,
    Instruction,
    Pages,
    Pause,
    Perform,
    Repeat,
    Retry,
    StartFlow,
    Step,
    Together,
)
from flowrun.errors import Cause, Detail, Rejected, RunError, merged
from flowrun.expressions.scope import Scope
from flowrun.language.flow import Flow
from flowrun.runtime.rules import rule_for, sorted_by
from flowrun.runtime.seam import Place, Progress, Run


class Skipped(Exception):  # noqa: N818 - an outcome, not an error
    """The flow, or this round of a loop, ends here without error."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Undoable:
    """A step that was done and says how it is taken back, with the values it was done with."""

    step: Step
    scope: Scope
    place: Place


class Interpreter:
    """Runs flows of one project through one `Run`. `results` are filled as the outermost flow goes on."""

    def __init__(self, flows: Mapping[str, Flow], run: Run) -> None:
        self.flows = flows
        self.run = run
        self.results: dict[str, Any] = {}

    async def start(self, flow: Flow, scope: Scope) -> Any:
        """Runs a flow to its end and gives its `result`. Raises `Skipped`, or the error that ended it."""
        return await self._flow(flow, scope, Place(""), self.results, [])

    async def _flow(
        self, flow: Flow, scope: Scope, place: Place, results: dict[str, Any], undoable: list[Undoable]
    ) -> Any:
        """The flow's `result`. What it did and can take back is added to `undoable`; when it fails it
        takes it back.
        """
        own: list[Undoable] = []
        try:
            scope = await self._steps(flow.steps, scope, place, results, own)
            result = flow.result.evaluate(scope) if flow.result is not None else None
        except RunError as error:
            await self._undo(own, error)
            raise
        except Skipped:
            undoable.extend(own)
            raise
        undoable.extend(own)
        return result

    async def _steps(
        self,
        steps: Iterable[Step],
        scope: Scope,
        place: Place,
        results: dict[str, Any],
        undoable: list[Undoable],
    ) -> Scope:
        """The scope after these steps."""
        for step in steps:
            here = place.inside(step.id)
            wanted = step.when is None or step.when.test(scope.names)
            result = await self._step(step, scope, here, undoable) if wanted else None
            results[step.id] = result
            scope = scope.plus(**{step.id: result})
            if step.undo and wanted:
                undoable.append(Undoable(step, scope, here))
        return scope

    async def _step(self, step: Step, scope: Scope, place: Place, undoable: list[Undoable]) -> Any:
        self.run.began(place, step, scope)
        instruction: Instruction | None = None
        try:
            instruction = step.kind.decide(scope)
            result = await self._done(instruction, step, scope, place, undoable)
        except RunError as error:
            rule = rule_for(error, step.on_error)
            if rule is not None and rule.then == "skip":
                raise Skipped(f"{step.id}: {error.message}") from error
            error.place = error.place or place.path
            aside = rule is not None and rule.then == "set_aside"
            if aside and isinstance(error, Rejected) and isinstance(instruction, StartFlow):
                await self.run.set_aside(place, instruction.flow, instruction.event, error)
                raise Skipped(f"{step.id}: {error.message}") from error
            known = sorted_by(error, step.on_error)
            known.place = error.place
            if known is not error:
                raise known from error
            raise
        self.run.finished(place, step, result)
        return result

    async def _done(  # noqa: C901 - one line for each instruction
        self,
        instruction: Instruction,
        step: Step,
        scope: Scope,
        place: Place,
        undoable: list[Undoable],
    ) -> Any:
        match instruction:
            case Done(value):
                return value
            case Perform(call):
                return await self.run.effect(place, call, step.retry or _default_retry(step))
            case End("skipped", reason):
                raise Skipped(reason)
            case End(_, reason):
                raise Rejected(f"{step.id}: {reason}", Cause(code="check-failed", target=step.id))
            case Branch(steps, reason):
                await self._steps(steps, scope, place, {}, undoable)
                raise Skipped(reason)
            case Repeat():
                return await self._rounds(instruction, scope, place, undoable)
            case Pages():
                return await self._pages(instruction, step, scope, place)
            case Together(branches):
                return await self._branches(branches, scope, place, undoable)
            case StartFlow(flow, event):
                return await self._sub_flow(flow, event, scope, place, undoable)
            case Pause(seconds):
                await self.run.sleep_until(place, seconds)
                return True
            case AwaitEvent(source, path, value, timeout):
                return await self.run.wait_for(place, source, path, value, timeout)

    async def _sub_flow(
        self, name: str, event: Mapping[str, Any], scope: Scope, place: Place, undoable: list[Undoable]
    ) -> Any:
        names = {"event": event, "run": scope.names["run"], "env": scope.names["env"]}
        inner = Scope(names, scope.tables, scope.setting)
        try:
            return await self._flow(self.flows[name], inner, place, {}, undoable)
        except Skipped:
            return None

    async def _rounds(
        self, repeat: Repeat, scope: Scope, place: Place, undoable: list[Undoable]
    ) -> list[Any]:
        limit = asyncio.Semaphore(repeat.at_once)

        async def one(index: int, item: Any) -> Any:
            async with limit:
                results: dict[str, Any] = {}
                try:
                    await self._steps(
                        repeat.steps, scope.plus(**{repeat.name: item}), place.round(index), results, undoable
                    )
                except Skipped:
                    return None
                return results

        if repeat.at_once == 1:
            return [await one(index, item) for index, item in enumerate(repeat.items)]
        return await _all([one(index, item) for index, item in enumerate(repeat.items)])

    async def _pages(self, pages: Pages, step: Step, scope: Scope, place: Place) -> dict[str, int]:
        """How many there were. When a page fails, what it did is taken back, and nothing of the pages before."""
        done = self.run.progress(place)
        while done.cursor is not None:
            here = place.round(done.pages)
            call = replace(pages.call, page=done.cursor)
            page = await self.run.effect(here, call, step.retry or _default_retry(step))
            undoable: list[Undoable] = []
            try:
                await self._steps(pages.steps, scope.plus(**{pages.name: page["rows"]}), here, {}, undoable)
            except Skipped:
                pass
            except RunError as error:
                await self._undo(undoable, error)
                raise
            await self.run.turned(
                place, Progress(done.pages + 1, done.rows + len(page["rows"]), page["next"])
            )
            done = self.run.progress(place)
        return {"pages": done.pages, "rows": done.rows}

    async def _branches(
        self,
        branches: Mapping[str, tuple[Step, ...]],
        scope: Scope,
        place: Place,
        undoable: list[Undoable],
    ) -> dict[str, Any]:
        results: dict[str, dict[str, Any]] = {name: {} for name in branches}
        await _all(
            [
                self._steps(steps, scope, place.inside(name), results[name], undoable)
                for name, steps in branches.items()
            ]
        )
        return results

    async def _undo(self, undoable: list[Undoable], failed: RunError) -> None:
        """Takes back what was done, last first. One that fails is no reason to leave the others; it is
        told with the error that made it necessary."""
        for done in reversed(undoable):
            place = Place(f"{done.place.path}~undo")
            try:
                await self._steps(done.step.undo, done.scope, place, {}, [])
            except Skipped:
                continue
            except RunError as error:
                told = Detail(
                    "undo-failed", f"{done.step.id} was not taken back: {error.message}", done.step.id
                )
                failed.cause = merged(failed.cause, {"details": (*failed.cause.details, told)})


async def _all(tasks: list[Any]) -> list[Any]:
    """Every task's result. When one fails, the others are finished first, so that nothing is left half
    done. An error counts for more than a branch that was skipped."""
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    ended = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    for outcome in sorted(ended, key=lambda outcome: isinstance(outcome, Skipped)):
        raise outcome
    return outcomes


def _default_retry(step: Step) -> Retry | None:
    """Without a word in the flow, what may be repeated is tried a few times, and nothing else is."""
    return Retry() if step.kind.may_repeat() else None
