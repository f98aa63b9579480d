"""What tables of every sort share."""

from __future__ import annotations

MOST = 50
"""Changes of a plan, or items of a run, that are shown before only their number is."""


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def shown(text: str | None) -> str:
    """A cell's text; unknown and known to be nothing are told apart."""
    return "unknown" if text is None else text or "none"
