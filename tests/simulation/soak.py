"""As many histories as asked: `python -m tests.simulation.soak SEEDS [--from N] [--large]`.

Seeds that fail are printed as they come, each with the command that plays it again.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial

from mercer.sandbox.laboratory.history import History, Laboratory
from mercer.sandbox.laboratory.setting import LARGE, SMALL


@cache
def _laboratory() -> Laboratory:
    """One for each process of the pool."""
    return Laboratory()


def found(seed: int, *, large: bool) -> tuple[int, list[tuple[str, str]]]:
    """What is wrong with a seed's history, by check."""
    try:
        wrong = History(_laboratory(), seed, LARGE if large else SMALL).play()
    except Exception as error:
        return seed, [("the_laboratory_itself", repr(error))]
    return seed, [(each.check, each.message) for each in wrong]


def played(seeds: range, *, large: bool) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(partial(found, large=large), seeds, chunksize=5)


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak")
    parser.add_argument("seeds", type=int)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--large", action="store_true")
    wanted = parser.parse_args()
    began, counts, bad = time.monotonic(), Counter[str](), 0
    seeds = range(wanted.first, wanted.first + wanted.seeds)
    for seed, wrong in played(seeds, large=wanted.large):
        if wrong:
            bad += 1
            print(f"mercer sandbox replay {seed}{' --large' if wanted.large else ''} --verbose")
            for check, message in wrong:
                counts[check] += 1
                print(f"  {check.replace('_', ' ')}: {message}", flush=True)
    seconds = time.monotonic() - began
    print(f"{len(seeds)} seeds in {seconds:.0f} s, {bad} of them wrong")
    for check, number in counts.most_common():
        print(f"{number:6}  {check.replace('_', ' ')}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
