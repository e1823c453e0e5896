"""The tests that every connector passes, ours and anybody's. One subclass, and pytest does the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import pytest

from flowrun.component import Connector, Facts
from flowrun.errors import Rejected
from flowrun.testing import answers, cancelling, documentation, lifecycle, secrecy, translation, writes
from flowrun.testing.sample import Expected, Sample
from flowrun.testing.stage import PROBE, Case, made, operation_of


class ConnectorContract:
    """What a connector promises. A subclass says what it is and how its system answers:

    `connector`: the class. `settings(url)`: its settings for a remote system at this address, as they stand in
    flowrun.yaml; a text in a secret setting is replaced. `samples`: by operation, a call that goes well;
    `create: without a body` is another one of `create`.

    And if need be:

    - `answers`: what the system answers beside the samples, such as a token;
    - `harmless`: patterns of requests that write nothing although they are POSTs, such as a log-on or a search;
    - `says(reason)`: the body in which the system tells why it refuses something;
    - `expects`: the errors that are right for a fault where they are not the usual ones;
    - `variants(url)`: other settings, which log on in other ways;
    - `reasons`: by `operation.parameter`, why a parameter takes any type; by setting, why a secret is in no variant.

    A connector without HTTP sets `speaks_http = False` and gives `effects()`, a picture of its system in which a
    write shows.
    """

    connector: ClassVar[type[Connector[Any]]]
    samples: Mapping[str, Sample] = {}
    answers: Mapping[str, Any] = {}
    harmless: Iterable[str] = ()
    expects: Mapping[str, Expected] = {}
    reasons: Mapping[str, str] = {}
    speaks_http: ClassVar[bool] = True

    def settings(self, url: str) -> Mapping[str, Any]:
        """The settings for a remote system at this address."""
        raise NotImplementedError("give `settings(self, url)`: the connector's settings for this address")

    def variants(self, url: str) -> Iterable[Mapping[str, Any]]:
        """Settings that log on in other ways, so that every secret is looked for."""
        return ()

    def says(self, reason: str) -> Any:
        """The body in which the system tells why it refuses something."""
        return {"message": reason}

    def effects(self) -> Any:
        """What two writes would change, of a system that is not asked over HTTP."""
        raise NotImplementedError("give `effects(self)`: what a write changes, such as the files of a folder")

    # --- how it works ----------------------------------------------------------------------------------------------

    @pytest.fixture
    def anyio_backend(self) -> str:
        """Asynchronous tests run where connectors do."""
        return "asyncio"

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        """One test for each operation, or for each sample. Which has none is told by a test of its own."""
        found = getattr(cls, "connector", None)
        operations = found.operations() if found is not None else {}
        known = [(name, operations.get(operation_of(name))) for name in cls().samples]
        chosen: dict[str, list[str]] = {
            "operation": list(operations),
            "sample": [name for name, operation in known if operation],
            "write": [name for name, operation in known if operation and not operation.reads],
            "repeatable": [
                name
                for name, operation in known
                if operation and operation.repeatable and not operation.reads
            ],
        }
        for argument, names in chosen.items():
            if argument in metafunc.fixturenames:
                metafunc.parametrize(argument, names)

    def case(self, *, http: bool = False) -> Case:
        """What the checks work with."""
        if http and not self.speaks_http:
            pytest.skip("the connector does not speak HTTP, so there is no server that could play its system")
        return Case(
            self.connector,
            self.settings,
            self.samples,
            self.answers,
            tuple(self.harmless),
            self.expects,
            None if self.speaks_http else self.effects,
            self.says,
        )

    def first(self) -> str:
        """Any operation, for what is the same with all."""
        return next(name for name in self.samples if name != PROBE)

    # --- what it says of itself ------------------------------------------------------------------------------------

    def test_it_and_every_setting_is_described(self) -> None:
        """In whole sentences, by names in whole words."""
        none(documentation.described(self.connector))

    def test_every_operation_and_every_parameter_is_described(self, operation: str) -> None:
        """And typed."""
        found = self.connector.operations()[operation]
        none(documentation.operation_described(self.connector, found, self.reasons))

    def test_its_example_is_valid_and_holds_no_secret(self) -> None:
        """Since analysts copy it."""
        none(documentation.example(self.connector))

    def test_every_operation_has_a_sample(self) -> None:
        """What has none is not tested; and a sample whose operation was renamed tests nothing."""
        known, there = {*self.connector.operations(), PROBE}, type(self).__name__
        sampled = {operation_of(name) for name in self.samples}
        none(
            f'there is no sample of `{name}`; add "{name}": Sample({{…its parameters…}}, answer=…what the system '
            f"answers…) to `samples` of {there}"
            for name in self.connector.operations()
            if name not in sampled
        )
        none(
            f"there is a sample of `{name}` in {there}, and no such operation"
            for name in self.samples
            if operation_of(name) not in known
        )

    def test_a_target_that_it_does_not_have_says_why(self) -> None:
        """`target_shape` answers a text then."""
        said = self.connector.target_shape("nonsense", Facts(None, None))
        none(
            []
            if isinstance(said, str)
            else ["`target_shape` must answer with a text when it knows no such target"]
        )

    @pytest.mark.anyio
    async def test_what_is_answered_is_of_the_declared_shape(self, sample: str) -> None:
        """Validation and editors rely on it."""
        none(await answers.problems(self.case(), sample))

    @pytest.mark.anyio
    async def test_a_parameter_that_there_is_not_is_rejected_by_its_name(self, operation: str) -> None:
        """Whatever a flow sends, it is told in words."""
        connector = made(self.case(), "http://127.0.0.1:9")
        with pytest.raises(Rejected, match="there is no parameter `nonsense`"):
            await connector.perform(operation, {"nonsense": 1})

    # --- what it does when all is not well -------------------------------------------------------------------------

    @pytest.mark.anyio
    async def test_every_fault_becomes_the_right_error(self, sample: str) -> None:
        """The engine decides by it whether to try again, to reject the record or to pause the connection."""
        none(await translation.problems(self.case(http=True), sample))

    @pytest.mark.anyio
    async def test_a_probe_tells_faults_as_an_operation_does(self) -> None:
        """It decides when a paused connection goes on."""
        case = self.case(http=True)
        if self.connector.probe is Connector.probe:
            pytest.skip("the connector has no probe")
        samples = {PROBE: self.samples.get(PROBE, Sample(answer={})), **self.samples}
        none(await translation.problems(replace(case, samples=samples), PROBE))

    @pytest.mark.anyio
    async def test_it_gives_up_when_no_answer_comes(self) -> None:
        """After its timeout; and meanwhile it lets others work."""
        none(await translation.silence(self.case(http=True)))

    @pytest.mark.anyio
    async def test_no_secret_shows(self) -> None:
        """Not in logs, warnings, errors or their tracebacks, and not in the connector itself."""
        case = self.case()
        url = "http://127.0.0.1:9"
        none(secrecy.uncovered(case, [self.settings(url), *self.variants(url)], self.reasons))
        for number in range(1 + len(list(self.variants(url)))):
            none(secrecy.at_rest(case, self._variant(number, url)))
            none(await secrecy.at_work(case, partial(self._variant, number)))

    # --- how it lives and ends -------------------------------------------------------------------------------------

    @pytest.mark.anyio
    async def test_it_is_opened_and_closed_in_any_order_and_leaves_nothing_behind(self) -> None:
        """The engine closes what could not be opened, and closes again when it ends."""
        none(await lifecycle.problems(self.case(), self.first()))

    @pytest.mark.anyio
    async def test_a_write_can_be_cancelled_at_any_moment(self, write: str) -> None:
        """The engine cancels what has not ended when it must stop."""
        none(await cancelling.problems(self.case(http=True), write))

    @pytest.mark.anyio
    async def test_a_dry_run_stops_every_write_and_no_read(self, sample: str) -> None:
        """The guard sees a request before it leaves."""
        none(await writes.guarded(self.case(), sample))

    @pytest.mark.anyio
    async def test_what_may_be_repeated_does_it_once(self, repeatable: str) -> None:
        """The engine repeats it without asking."""
        none(await writes.repeated(self.case(), repeatable))

    @pytest.mark.anyio
    async def test_many_calls_at_once_answer_as_one(self, sample: str) -> None:
        """Runs go on side by side on one connection."""
        none(await writes.at_once(self.case(http=True), sample))

    # --- its own ---------------------------------------------------------------------------------------------------

    def _variant(self, number: int, url: str) -> Mapping[str, Any]:
        return [self.settings(url), *self.variants(url)][number]


def none(problems: Iterable[str]) -> None:
    """Fails with all problems at once, each on a line of its own."""
    found = list(dict.fromkeys(problems))
    if found:
        pytest.fail("\n".join(f"- {problem}" for problem in found), pytrace=False)
