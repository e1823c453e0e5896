"""What every connector promises, whatever its system is."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from flowrun.component import Connector, Facts, Registry, Secret, Surroundings, Url, options_of
from flowrun.errors import Rejected
from flowrun_connectors.http import Http
from flowrun_connectors.sap import Sap
from flowrun_connectors.xcart import XCart

pytestmark = pytest.mark.anyio

CONNECTORS: list[type[Connector[Any]]] = [Http, Sap, XCart]
OPERATIONS = [(kind, name) for kind in CONNECTORS for name in kind.operations()]
SECRETS = {"password": Secret("hunter2"), "token": Secret("hunter2")}


def made(kind: type[Connector[Any]]) -> Connector[Any]:
    """A connector with every required setting, and every secret it knows."""
    known: dict[str, Any] = {
        "url": Url("http://127.0.0.1:9"),
        "base_url": Url("http://127.0.0.1:9"),
        "user": "u",
        **SECRETS,
    }
    options = options_of(kind.Config)
    settings = {name: known[name] for name, option in options.items() if option.required or name in SECRETS}
    settings |= {name: known[name] for name in ("base_url", "user") if name in options}
    return kind(kind.Config(**settings), Surroundings("it"))


def test_no_two_have_one_name() -> None:
    assert Registry.of([], CONNECTORS).connectors.keys() == {"http", "sap", "xcart"}


@pytest.mark.parametrize("kind", CONNECTORS)
def test_it_and_every_setting_is_described(kind: type[Connector[Any]]) -> None:
    assert kind.__doc__
    assert kind.Config.__doc__
    assert [
        name for name, option in options_of(kind.Config).items() if not option.info.description.endswith(".")
    ] == []


@pytest.mark.parametrize(("kind", "name"), OPERATIONS)
def test_every_operation_and_every_parameter_is_described(kind: type[Connector[Any]], name: str) -> None:
    operation = kind.operations()[name]
    assert operation.summary.endswith((".", ":"))
    assert [
        key
        for key, option in options_of(operation.parameters).items()
        if not option.info.description.endswith(".")
    ] == []


@pytest.mark.parametrize(("kind", "name"), OPERATIONS)
def test_a_read_can_be_repeated(kind: type[Connector[Any]], name: str) -> None:
    operation = kind.operations()[name]
    assert operation.repeatable or not operation.reads


@pytest.mark.parametrize("kind", CONNECTORS)
def test_its_example_is_a_connection_of_its_kind_with_known_settings(kind: type[Connector[Any]]) -> None:
    connections = yaml.safe_load(kind.example)["connections"]
    for settings in connections.values():
        ((word, values),) = settings.items()
        assert word == kind.name
        options = options_of(kind.Config)
        assert values.keys() <= options.keys()
        assert {name for name, option in options.items() if option.required} <= values.keys()
        assert all(str(values[name]).startswith("${env:") for name in SECRETS if name in values), (
            "a secret is never in the file"
        )


@pytest.mark.parametrize("kind", CONNECTORS)
async def test_it_can_be_closed_twice_and_before_it_is_opened(kind: type[Connector[Any]]) -> None:
    connector = made(kind)
    await connector.close()
    async with connector:
        await connector.close()


@pytest.mark.parametrize("kind", CONNECTORS)
async def test_it_shows_no_secret(kind: type[Connector[Any]]) -> None:
    async with made(kind) as connector:
        assert "hunter2" not in repr(connector) + repr(vars(connector)) + repr(connector.config) + str(
            connector.config
        )


@pytest.mark.parametrize(("kind", "name"), OPERATIONS)
async def test_an_unknown_parameter_is_rejected_with_its_name(kind: type[Connector[Any]], name: str) -> None:
    with pytest.raises(Rejected, match="there is no parameter `nonsense`"):
        await made(kind).perform(name, {"nonsense": 1})


@pytest.mark.parametrize(("kind", "name"), OPERATIONS)
def test_the_shape_of_a_result_is_known_without_a_call(kind: type[Connector[Any]], name: str) -> None:
    assert kind.result_shape(name, {}, Facts(None, None)) is not None


@pytest.mark.parametrize("kind", CONNECTORS)
def test_a_target_it_does_not_have_says_why(kind: type[Connector[Any]]) -> None:
    assert isinstance(kind.target_shape("nonsense", Facts(None, None)), str)


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, name in OPERATIONS if not kind.operations()[name].reads]
)
def test_a_pretended_write_answers_something(kind: type[Connector[Any]], name: str) -> None:
    assert isinstance(
        made(kind).pretend(name, {"id": 1, "data": {"A": 1}, "code": "P", "entity": "A_B"}), dict
    )
