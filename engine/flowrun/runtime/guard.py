"""What keeps a rehearsal from writing: every request passes here before it leaves."""

from __future__ import annotations

from flowrun.component.http.messages import Request


class WouldSendError(Exception):
    """A request that writes was about to leave. Not an error of the run: it is what a rehearsal is for."""

    def __init__(self, request: Request) -> None:
        super().__init__(f"{request.method} {request.url}")
        self.request = request


def stop_writes(request: Request) -> None:
    """The guard of a rehearsal: lets reads through and stops everything else."""
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        raise WouldSendError(request)
