"""How far long work is: bars on a terminal's standard error, a line now and then anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from mercer.commands.invocation import Invocation
from mercer.sync.estimate import spoken
from mercer.sync.session import Progress, Silent

_SECONDS: Final = 10.0
"""Between two lines about the same work; what takes less is not told."""


@contextmanager
def progress(invocation: Invocation) -> Iterator[Progress]:
    if invocation.json:
        yield Silent()
        return
    if not sys.stderr.isatty():
        yield Lines()
        return
    from mercer.commands.drawing import drawn_progress  # noqa: PLC0415 - only terminals pay for rich

    with drawn_progress() as drawn:
        yield drawn


@dataclass(slots=True)
class _Far:
    total: int | None
    began: float
    told: float
    done: int = 0


@dataclass(slots=True)
class Lines:
    """For logs: how far each piece of work is, how fast it goes and how long it still takes."""

    clock: Callable[[], float] = time.monotonic
    _far: dict[tuple[str, str], _Far] = field(default_factory=dict)

    def begin(self, channel: str, what: str, total: int | None) -> None:
        now = self.clock()
        self._far[channel, what] = _Far(total, now, now)

    def advance(self, channel: str, what: str, by: int = 1) -> None:
        far, now = self._far.get((channel, what)), self.clock()
        if far is None:
            return
        far.done += by
        if now - far.told >= _SECONDS:
            far.told = now
            sys.stderr.write(f"{channel} {what}: {_told(far, now - far.began)}\n")

    def end(self, channel: str, what: str) -> None:
        self._far.pop((channel, what), None)


def _told(far: _Far, seconds: float) -> str:
    rate = far.done / seconds
    if far.total is None:
        return f"{far.done}, {rate:.1f} a second"
    left = spoken(max(far.total - far.done, 0) / rate) if rate else "unknown"
    return f"{far.done} of {far.total}, {rate:.1f} a second, {left} left"
