"""`mercer` as a process of its own, forked from one that has loaded what commands load.

Loading is most of what a short command does, and says nothing new the hundredth time. What is a
process's own stays so: its memory, its output, its exit code, its death.
"""

from __future__ import annotations

import os
import sys
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from pkgutil import iter_modules
from tempfile import TemporaryDirectory

from mercer import commands
from mercer.cli import main
from tests.answer import Answer

_PLATFORMS = ("amazon", "jd", "shopify", "taobao")
_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        *(f"mercer.commands.{each.name}" for each in iter_modules(commands.__path__)),
        *(f"mercer.plugins.{name}.adapter" for name in _PLATFORMS),
        "mercer.plugins.client",
        "mercer.store.sqlite",
        "sqlalchemy.dialects.sqlite",
        "cryptography.fernet",
        "rich.progress",
    ]
)


def start(*args: str | Path, out: str = os.devnull, err: str = os.devnull) -> ForkServerProcess:
    """What it says goes into these files."""
    process = _CONTEXT.Process(target=_mercer, args=([*map(str, args)], out, err))
    process.start()
    return process


def answer(*args: str | Path) -> Answer:
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = start(*args, out=str(out), err=str(err))
        process.join()
        assert process.exitcode is not None
        return Answer(process.exitcode, out.read_text("utf-8"), err.read_text("utf-8"))


def _mercer(args: list[str], out: str, err: str) -> None:
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    sys.argv = ["mercer", *args]
    sys.exit(main())
