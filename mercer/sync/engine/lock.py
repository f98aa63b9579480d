"""One worker on a SQLite workspace: a lock that the system takes back whenever its holder dies."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mercer.core.errors import WorkspaceError


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the file's lock. Raise `WorkspaceError` where another process does."""
    with path.open("a") as file:
        if not _patiently_locked(file):
            raise WorkspaceError(
                f"another `mercer run` works on this workspace already ({path} is locked), and on "
                "SQLite there can be only one",
                hint="stop the other, or keep the workspace on PostgreSQL, where many work together: "
                'database = "postgresql://..." in mercer.toml',
            )
        yield


def is_held(path: Path) -> bool:
    """Whether somebody holds the file's lock."""
    if not path.exists():
        return False
    with path.open("a") as file:
        return not _locked(file)


def _patiently_locked(file: IO[str]) -> bool:
    """Who only asks whether it is held has it for an instant, too."""
    for _ in range(10):
        if _locked(file):
            return True
        time.sleep(0.05)
    return False


def _locked(file: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - each system has only its own

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
