"""Every problem code is explained, and nothing is explained that does not exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowrun.reference.codes import CODES, FILES, RUNS
from running import ROOT

COMPOSED = {"unknown-filter", "unknown-test"}  # f"unknown-{what}" in the source
KEBAB = re.compile(r"[a-z]+(-[a-z]+)+|unreachable")
NO_CODES = frozenset({  # words with a hyphen that mean something else
    "order-status-payment", "order-status-shipping", "payment-transaction", "x-rest-error",
    "xc-productvariants-productvariant",
    "array-number", "array-string", "content-type", "csrf-token", "display-format", "dry-run",
    "flowrun-engine", "idempotency-key", "retry-after",
    "sap-client", "sap-language", "sap-message", "sap-messages", "set-cookie", "ts-blk-m", "x-csrf-token",
    "ce-specversion", "x-address", "x-message-id", "x-qos",
    "dipl-inf", "dipl-ing", "dipl-kfm", "dipl-vw", "dr-ing",
})  # fmt: skip


def words(*rooms: str) -> dict[str, str]:
    """Every text in the source that looks like a code, and where it stands."""
    found: dict[str, str] = {}
    for room in rooms:
        path = ROOT / room
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            for word, line in _texts(file):
                found.setdefault(word, f"{file.relative_to(ROOT)}:{line}")
    return {word: place for word, place in found.items() if word not in NO_CODES}


def _texts(file: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEBAB.fullmatch(node.value):
            yield node.value, node.lineno


SOURCES = (
    "engine/flowrun/language",
    "engine/flowrun/expressions",
    "engine/flowrun/component",
    "engine/flowrun/steps",
    "engine/flowrun/errors.py",
    "engine/flowrun/runtime/interpreter.py",
    "engine/flowrun/runtime/connections.py",
    "engine/flowrun/runtime/reconciling.py",
    "engine/flowrun/runtime/own.py",
    "connectors/flowrun_connectors",
)


def test_every_code_in_the_source_is_explained() -> None:
    missing = {word: place for word, place in words(*SOURCES).items() if word not in CODES}
    assert not missing


def test_no_code_is_explained_that_does_not_exist() -> None:
    assert set(CODES) <= set(words(*SOURCES)) | COMPOSED


def test_no_code_means_a_file_and_a_run_at_once() -> None:
    assert not set(FILES) & set(RUNS)


@pytest.mark.parametrize("code", CODES)
def test_an_explanation_says_what_is_wrong_and_what_to_do(code: str) -> None:
    explanation = CODES[code]
    assert explanation.summary.endswith(".")
    assert explanation.cure.endswith(".")
    assert bool(explanation.wrong) == bool(explanation.right)
    assert explanation.wrong != explanation.right or not explanation.wrong
