"""Which request a platform answered last, by the platform's own id of it.

The transport says it, in the task that sent the request; whoever makes something of the answer may
ask for it right then. So the id need not travel through everything that reads an answer.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

_ANSWERED: Final[ContextVar[str]] = ContextVar("answered", default="")


def answered() -> str:
    """Empty where the platform gives none, or the last request got no answer."""
    return _ANSWERED.get()


def note_answer(request_id: str) -> None:
    _ANSWERED.set(request_id)
