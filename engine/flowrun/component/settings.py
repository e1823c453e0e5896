"""What may be set for any connection beside its connector's own settings, and for a project as a whole."""

from __future__ import annotations

from typing import Literal

from flowrun.component.config import Config, field
from flowrun.component.values import Duration, Secret


class Limits(Config):
    """How much a connection is asked at once."""

    at_once: int = field(
        default=16, description="The most calls in flight; fewer while the system is slow or refuses."
    )
    per_second: float | None = field(
        default=None,
        description="The most calls in a second; without it there is no such limit.",
        examples=[20],
    )
    settle: Duration = field(
        default=Duration(10.0),
        description="How long the system may still work on a write after its answer was lost. Only "
        "then is it looked up "
        "whether the write was done; sooner, a slow one would look as if it had never been.",
    )


class WebhookSecurity(Config):
    """How a webhook of a connection proves that it comes from there. One of the two is needed."""

    secret: Secret | None = field(
        default=None, description="A shared secret that the caller sends in a header."
    )
    header: str = field(default="X-Flowrun-Secret", description="The header with the shared secret.")
    query: str | None = field(
        default=None,
        description="The name of a query parameter in which the secret may come as well, for a sender that can set no "
        "header. Who sees the address sees the secret, and proxies write addresses into their logs.",
        examples=["key"],
    )
    signing_key: Secret | None = field(
        default=None, description="The key of an HMAC over the body, sent in `signature_header`."
    )
    signature_header: str = field(
        default="X-Signature", description="The header with the signature, in hex or base64."
    )
    algorithm: Literal["sha256", "sha512"] = field(default="sha256", description="The hash of the HMAC.")


class Retention(Config):
    """How long what has ended is kept."""

    done: Duration = field(
        default=Duration(30 * 86400.0), description="Runs that went through, or were skipped."
    )
    dead: Duration = field(
        default=Duration(365 * 86400.0), description="Dead letters, resolved ones and cancelled runs."
    )


class Alerts(Config):
    """Where a team is told. Addresses are those of Apprise: mailto://, slack://, msteams://, json://."""

    team: str = field(
        description="The owner of flows, or the name in `alert:`; `*` for everybody without an entry."
    )
    to: list[Secret] = field(
        description="One or more addresses.", examples=[["mailto://user:password@smtp.example.com"]]
    )
