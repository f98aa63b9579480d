"""Where the runs of jobs are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where runs are kept: a SQLite file, or the schema `dbos` of a PostgreSQL database."""

    file: Path | None = None
    address: str = ""
    password: str = field(default="", repr=False)

    @property
    def lock(self) -> Path | None:
        """What the one worker on a SQLite file holds."""
        return self.file.with_suffix(".lock") if self.file else None
