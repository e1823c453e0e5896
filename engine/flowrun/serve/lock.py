"""One process for each journal: a second one on the same file would carry out every run twice."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from flowrun.errors import ConfigurationError


class JournalLock:
    """Held until `release`, or until the process ends in whatever way. The file beside the journal stays."""

    def __init__(self, journal: Path) -> None:
        """Raises `ConfigurationError` when another process holds it."""
        journal.parent.mkdir(parents=True, exist_ok=True)
        self.path = journal.with_name(f"{journal.name}.lock")
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._file, 32).decode("ascii", "replace").strip()
            os.close(self._file)
            who = f" (process {holder})" if holder else ""
            raise ConfigurationError(
                f"another `flowrun serve`{who} works on the journal {journal}; "
                "stop that one first, or give this one another --journal"
            ) from error
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Lets others have it. Twice is fine."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
