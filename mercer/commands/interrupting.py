"""Ctrl-C while work goes on here: the first one lets the batch end, the second one does not."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stop_on_interrupt(tell: Callable[[str], None]) -> Iterator[asyncio.Event]:
    """The event is set by Ctrl-C. Only inside of a loop that runs in the main thread."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    before = signal.getsignal(signal.SIGINT)

    def restore() -> None:
        if loop.remove_signal_handler(signal.SIGINT):
            signal.signal(signal.SIGINT, before)

    def asked() -> None:
        restore()
        stop.set()
        tell("stopping after this batch; Ctrl-C once more stops at once")

    loop.add_signal_handler(signal.SIGINT, asked)
    try:
        yield stop
    finally:
        restore()
