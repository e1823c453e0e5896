"""Talking to a running sandbox, by the control planes of its two systems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from flowrun.component.http import NotJson, decode, encode
from flowrun.errors import ConfigurationError, Retryable

XCART, SAP = "http://127.0.0.1:8010", "http://127.0.0.1:8020"


@dataclass(frozen=True)
class System:
    """One system of a running sandbox."""

    name: str
    url: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What its control plane answers. Raises `Retryable` when there is no sandbox, `ConfigurationError` when it
        will not do what was asked."""
        import httpx  # noqa: PLC0415 - a heavy import

        address = f"{self.url.rstrip('/')}/_sandbox/{path}"
        try:
            # Not through a proxy: the sandbox is on this machine.
            content = None if body is None else encode(body)
            answer = httpx.request(method, address, content=content, timeout=120, trust_env=False)
        except httpx.InvalidURL as error:
            raise ConfigurationError(f"'{self.url}' is no address of a system: {error}") from error
        except httpx.HTTPError as error:
            raise Retryable(
                f"no sandbox answers at {self.url} ({self.name}); start it with: flowrun sandbox start"
            ) from error
        try:
            said = decode(answer.content) if answer.content else None
        except NotJson as error:
            raise Retryable(f"what answers at {self.url} ({self.name}) is not the sandbox") from error
        if answer.is_success:
            return said
        told = _told(said)
        if answer.status_code == 404 and not told.startswith("no order"):
            raise Retryable(
                f"what answers at {self.url} ({self.name}) does not know {path}: it is no sandbox of this release"
            )
        raise ConfigurationError(f"{self.name}: {told or f'HTTP {answer.status_code}'}")


@dataclass(frozen=True)
class Both:
    """The two systems."""

    xcart: System
    sap: System

    def named(self, name: str) -> System:
        """The one of that name."""
        return self.xcart if name == "xcart" else self.sap


def talking(command: Callable[..., int | None]) -> Callable[..., None]:
    """The options that say where the sandbox is. The command is called with both systems, and its own options."""

    def called(context: click.Context, xcart: str, sap: str, **options: Any) -> None:
        context.exit(command(Both(System("X-Cart", xcart), System("SAP", sap)), **options) or 0)

    called.__doc__, called.__name__ = command.__doc__, command.__name__
    called.__dict__.update(command.__dict__)
    with_options: Callable[..., None] = click.pass_context(called)
    for option in (
        click.option(
            "--sap",
            envvar="FLOWRUN_SANDBOX_SAP",
            default=SAP,
            show_default=True,
            metavar="URL",
            help="Where SAP is.",
        ),
        click.option(
            "--xcart",
            envvar="FLOWRUN_SANDBOX_XCART",
            default=XCART,
            show_default=True,
            metavar="URL",
            help="Where X-Cart is.",
        ),
    ):
        with_options = option(with_options)
    return with_options


output = click.option(
    "--output", "-o", type=click.Choice(["text", "json"]), default="text", help="How the result is written."
)


def _told(said: Any) -> str:
    """SAP and X-Cart word an error each in its own way."""
    if not isinstance(said, dict):
        return ""
    error = said.get("error")
    if isinstance(error, dict) and isinstance(error.get("message"), dict):
        return str(error["message"].get("value") or "")
    return str(said.get("detail") or said.get("description") or said.get("message") or "")
