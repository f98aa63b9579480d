"""What is drawn on a terminal: tables, and bars for work that takes long. The only user of rich."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from mercer.sync.session import Progress


def draw(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(*header, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(text) for text in row))
    Console().print(table)


@contextmanager
def drawn_progress() -> Iterator[Progress]:
    """On standard error, and gone when the work is done."""
    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bars:
        yield _Drawn(bars)


class _Rate(ProgressColumn):
    """Of the last while, so that a wait shows."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.1f}/s")


class _Drawn:
    """One bar for each piece of work of each channel."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def begin(self, channel: str, what: str, total: int | None) -> None:
        self.end(channel, what)
        self._tasks[channel, what] = self._bars.add_task(f"{channel} {what}", total=total)

    def advance(self, channel: str, what: str, by: int = 1) -> None:
        task = self._tasks.get((channel, what))
        if task is not None:
            self._bars.advance(task, by)

    def end(self, channel: str, what: str) -> None:
        task = self._tasks.pop((channel, what), None)
        if task is not None:
            self._bars.remove_task(task)
