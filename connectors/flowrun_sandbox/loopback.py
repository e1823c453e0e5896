"""Sockets on 127.0.0.1, bound before anything is started on them."""

from __future__ import annotations

import errno
import socket

HOST = "127.0.0.1"


class PortTaken(OSError):  # noqa: N818 - the word for what it is
    """Somebody listens there already."""

    def __init__(self, system: str, port: int) -> None:
        super().__init__(
            errno.EADDRINUSE, f"port {port} for {system} is taken; choose another or 0 for a free one"
        )
        self.port = port

    def __str__(self) -> str:
        return str(self.strerror)


def listen(system: str, port: int) -> socket.socket:
    """A bound socket; 0 takes a free port. A taken port is told by name, before any thread runs."""
    # With the protocol named, asyncio sees TCP and switches Nagle's delay off for its connections.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(system, port) from error
        raise
    return sock
