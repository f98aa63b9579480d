"""The way in. The help text needs no imports, so it is there at once."""

from __future__ import annotations

import gc
import sys
from importlib import import_module

from mercer.commands.table import overview


def main() -> int:
    """Run the command that the process was called with; return its exit code."""
    args = sys.argv[1:]
    if args in ([], ["--help"]):
        sys.stdout.write(f"{overview()}\n")
        return 0
    # What is imported stays until the end: to look for rubbish in it would take a third of a command.
    gc.set_threshold(200_000)
    line = import_module("mercer.commands.line")  # click alone takes three times Python's start
    code: int = line.run(args)
    gc.freeze()
    return code
