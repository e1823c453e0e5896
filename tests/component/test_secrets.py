"""A secret is never shown, whatever is done with it."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from flowrun.component import Config, Secret, field


class Settings(Config):
    """Settings with a secret."""

    token: Secret = field(description="The token.")


@pytest.mark.parametrize(
    "shown",
    [
        repr,
        str,
        "{}".format,
        "{!r}".format,
        "{:>20}".format,
        lambda secret: f"{secret}",
        "{0}".format,
        lambda secret: secret + "!",
        lambda secret: "".join([secret]),
        json.dumps,
        lambda secret: json.dumps({"a": [secret]}),
        lambda secret: repr([secret]),
        lambda secret: str(ValueError(secret)),
        lambda secret: str(secret.encode()),
        lambda secret: repr(Settings(token=secret)),
        lambda secret: secret.upper(),
        lambda secret: secret[0:],
    ],
)
def test_a_secret_is_not_in(shown: object) -> None:
    assert callable(shown)
    assert "hunter2" not in shown(Secret("hunter2"))


def test_a_secret_cannot_be_pickled() -> None:
    with pytest.raises(TypeError, match="cannot be written down"):
        pickle.dumps(Secret("hunter2"))


def test_a_secret_reveals_its_text_also_as_a_copy() -> None:
    for secret in (Secret("hunter2"), Secret(Secret("hunter2")), copy.deepcopy(Secret("hunter2"))):
        assert secret.reveal() == "hunter2"


def test_secrets_are_equal_when_their_texts_are_and_an_empty_one_is_false() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert not Secret("")
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
