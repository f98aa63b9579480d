"""How far long work is: bars on a terminal's standard error, silence anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from mercer.commands.invocation import Invocation
from mercer.sync.session import Progress, Silent


@contextmanager
def progress(invocation: Invocation) -> Iterator[Progress]:
    if invocation.json or not sys.stderr.isatty():
        yield Silent()
        return
    from mercer.commands.drawing import drawn_progress  # noqa: PLC0415 - only terminals pay for rich

    with drawn_progress() as drawn:
        yield drawn
