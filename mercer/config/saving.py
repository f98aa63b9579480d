"""Write a small text file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mercer.core.errors import WorkspaceError


def replace(path: Path, text: str, *, mode: int) -> None:
    """Put `text` in the place of `path` in one step. Raise `WorkspaceError` if that cannot be."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        draft = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.chmod(mode)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise WorkspaceError(
            f"{path} cannot be written: {why}", hint="check the folder and the space on the disk"
        ) from None
