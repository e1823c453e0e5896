"""Which settings of a log-on go together, as an analyst reads it from `flowrun validate`."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowrun.component import Registry
from flowrun.language.workspace import Workspace, read_workspace
from flowrun.steps import step_kinds
from flowrun_connectors.sap import Sap, SapConfig

FILE = """
environments:
  here:
    connections:
      sap:
        sap:
          url: https://sap.example.com
{settings}
"""
VARIABLES = {"SECRET": "hunter2"}


def read(folder: Path, *lines: str) -> Workspace:
    settings = "\n".join(" " * 10 + line for line in lines)
    (folder / "flowrun.yaml").write_text(FILE.format(settings=settings), encoding="utf-8")
    return read_workspace(folder, Registry.of(step_kinds(), [Sap]), VARIABLES)


CLIENT = "token_url: https://sap.example.com/token, client_id: C, client_secret: '${env:SECRET}'"
SIGNED = "issuer: i, subject: u, audience: a, key_file: k.pem, certificate_file: c.pem"


@pytest.mark.parametrize(
    "lines",
    [
        ("user: U", "password: ${env:SECRET}"),
        (f"logon: {{oauth2: {{{CLIENT}}}}}",),
        (f"logon: {{oauth2: {{{CLIENT}, scope: A B, credentials: body}}}}",),
        ("logon: {api_key: {key: '${env:SECRET}'}}",),
        ("logon: {certificate: {certificate_file: c.pem, key_file: k.pem}}",),
        (f"logon: {{saml: {{{CLIENT}, {SIGNED}}}}}",),
        (f"logon: {{saml: {{{CLIENT}, assertion: '${{env:SECRET}}'}}}}",),
    ],
)
def test_each_kind_of_log_on_is_read_and_shows_no_secret(tmp_path: Path, lines: tuple[str, ...]) -> None:
    found = read(tmp_path, *lines)
    config = found.project.environments["here"].connections["sap"].config
    assert [str(problem) for problem in found.problems] == []
    assert isinstance(config, SapConfig)
    assert "hunter2" not in repr(config)


@pytest.mark.parametrize(
    ("lines", "told", "hint"),
    [
        ((), "does not say how to log on", "write user: FLOWRUN and password:"),
        (("user: U",), "`user` stands there without `password`", ""),
        (("password: p",), "`password` stands there without `user`, as in user:", ""),
        (
            ("user: U", "password: p", "logon: {api_key: {key: k}}"),
            "both `logon` and `user`",
            "keep one way to log on",
        ),
        (("logon: {}",), "names no kind of log-on", "write one of oauth2, saml, certificate, api_key"),
        (
            ("logon: {api_key: {key: k}, certificate: {certificate_file: c, key_file: k}}",),
            "both `certificate` and `api_key`",
            "keep one of them",
        ),
        (("logon: {oauth: {}}",), "no key `oauth`", "did you mean `oauth2`?"),
        (("logon: {oauth2: {client_id: C}}",), "`oauth2` needs `token_url`", "as in `token_url: https://"),
        (("logon: {certificate: {certificate_file: c}}",), "`certificate` needs `key_file`", "as in"),
        (
            (f"logon: {{saml: {{{CLIENT}, issuer: i, subject: u, audience: a}}}}",),
            "`saml` needs `key_file` and `certificate_file`",
            "",
        ),
        (
            (f"logon: {{oauth2: {{{CLIENT}, credentials: cookie}}}}",),
            "`credentials` cannot be `cookie`",
            "header",
        ),
    ],
)
def test_what_does_not_go_together_says_what_to_write(
    tmp_path: Path, lines: tuple[str, ...], told: str, hint: str
) -> None:
    problems = read(tmp_path, *lines).problems
    fitting = [one for one in problems if told in one.message and hint in one.help]
    assert fitting, [str(problem) for problem in problems]
    assert all("hunter2" not in str(problem) for problem in problems)
    assert fitting[0].at.line >= 6


def test_a_variable_that_is_not_set_is_no_mistake_of_the_file(tmp_path: Path) -> None:
    found = read(tmp_path, "logon: {api_key: {key: '${env:UNSET}'}}")
    assert found.problems == ()
    assert found.project.environments["here"].connections["sap"].unset == ("UNSET",)
