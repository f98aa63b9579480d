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
    # What is imported stays: to look for rubbish in it takes a tenth of a command's start.
    gc.set_threshold(100_000)
    line = import_module("mercer.commands.line")  # click alone takes three times Python's start
    code: int = line.run(args)
    return code
