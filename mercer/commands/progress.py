"""Progress bars on a terminal's standard error; silence anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from mercer.commands.invocation import Invocation
from mercer.sync.session import Progress, Silent


@contextmanager
def progress(invocation: Invocation) -> Iterator[Progress]:
    if invocation.json or not sys.stderr.isatty():
        yield Silent()
        return
    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bars:
        yield _Drawn(bars)


class _Drawn:
    """One bar for each piece of work of each channel."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def begin(self, channel: str, what: str, total: int | None) -> None:
        self.end(channel, what)
        self._tasks[channel, what] = self._bars.add_task(f"{channel} {what}", total=total)

    def advance(self, channel: str, what: str, by: int = 1) -> None:
        self._bars.advance(self._tasks[channel, what], by)

    def end(self, channel: str, what: str) -> None:
        task = self._tasks.pop((channel, what), None)
        if task is not None:
            self._bars.remove_task(task)
