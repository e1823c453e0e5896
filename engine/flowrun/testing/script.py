"""What the remote system answers during one call, and what it was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowrun.testing.sample import Answer, Asked, Sample


@dataclass(slots=True)
class Script:
    """The answers to one call of an operation.

    `usual` are the answers of the whole system (a log-on, a token), asked after the sample's own. `trouble` is
    the answer that every request to the place `at` gets instead. A `frozen` system stays as it is, whatever is
    written. `harmless` are requests that write nothing although their method might. `done` are the writes that the
    system has carried out.
    """

    sample: Sample
    usual: Mapping[str, Any] = field(default_factory=dict)
    harmless: Iterable[str] = ()
    at: str = ""
    trouble: Answer | None = None
    frozen: bool = False
    asked: list[Asked] = field(default_factory=list)
    unscripted: list[str] = field(default_factory=list)
    done: list[Asked] = field(default_factory=list)

    def answer_to(self, asked: Asked) -> Answer:
        """The answer. A request that nobody has thought of is remembered, so that a check can say so."""
        self.asked.append(asked)
        if self.trouble is not None and asked.place == self.at:
            return self.trouble
        answer = self._found(asked)
        if answer is None:
            self.unscripted.append(asked.place)
            return Answer({"message": f"nothing is scripted for {asked.place}"}, 404)
        if self.counts(asked) and answer.status < 400:
            self.done.append(asked)
        return answer

    def counts(self, asked: Asked) -> bool:
        """Whether a request changes something in the remote system."""
        return asked.writes and not any(asked.fits(pattern) for pattern in self.harmless)

    def writes(self) -> list[Asked]:
        """The requests that changed something, or would have."""
        return [asked for asked in list(self.asked) if self.counts(asked)]

    def _found(self, asked: Asked) -> Answer | None:
        after = self.sample.after if self.done and not self.frozen else {}
        for answers in (after, self.sample.answers, self.usual):
            for pattern, answer in answers.items():
                if asked.fits(pattern):
                    return Answer.of(answer)
        return None if self.sample.answer is None else Answer.of(self.sample.answer)
