"""What a plan is written down as."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from mercer.core.errors import InputError

Shape = Literal["csv", "xlsx", "json", "html", "markdown"]

SHAPES: Final[dict[str, Shape]] = {
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".json": "json",
    ".html": "html",
    ".md": "markdown",
}


def shape_of(file: Path) -> Shape:
    """By the name's ending. Raise `InputError` for one that is not known."""
    found = SHAPES.get(file.suffix.casefold())
    if found is None:
        raise InputError(
            f"{file.name} has no ending that tells what to write",
            hint=f"end it in {', '.join(SHAPES)}",
        )
    return found
