"""How long `mercer --help` takes, against the bare interpreter."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

_RUNS = 9


def seconds(*arguments: str) -> float:
    """The median of several fresh processes, the first of them thrown away."""
    taken = []
    for _ in range(_RUNS + 1):
        began = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        taken.append(time.perf_counter() - began)
    return median(taken[1:])


def report() -> str:
    bare = seconds("-c", "pass")
    help_ = seconds("-m", "mercer", "--help")
    return (
        f"start-up: mercer --help {help_ * 1000:.0f} ms, python -c pass {bare * 1000:.0f} ms: "
        f"{help_ / bare:.1f} times (goal: under 4)"
    )
