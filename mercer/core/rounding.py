"""Rounding of prices: to a step or to endings, up or down, and never across a floor or ceiling.

Amounts are minor units as exact ratios, `over` / `under`: whole numbers are what a million prices are
rounded with.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from mercer.core.errors import InputError
from mercer.core.money import Money


class Direction(StrEnum):
    NEAREST = "nearest"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Grid:
    """The amounts, in minor units, that end in one of `endings` every `step`; all are above zero."""

    step: int
    endings: tuple[int, ...]

    def down(self, amount: int) -> int | None:
        """The greatest of them that is not above `amount`."""
        best = max([end + (amount - end) // self.step * self.step for end in self.endings])
        return best if best > 0 else None

    def up(self, amount: int) -> int:
        """The least of them that is not below `amount`."""
        least = max(1, amount)
        return min([end - (end - least) // self.step * self.step for end in self.endings])

    def rounded(self, over: int, under: int, direction: Direction) -> int:
        """Halfway goes up. Where there is nothing lower above zero, up is the only way."""
        above = self.up(-(-over // under))
        if direction is Direction.UP:
            return above
        below = self.down(over // under)
        if below is None:
            return above
        if direction is Direction.DOWN:
            return below
        return above if (above + below) * under <= over * 2 else below

    def within(
        self, over: int, under: int, direction: Direction, floor: int | None, ceiling: int | None
    ) -> int | None:
        """Rounded so that it crosses neither limit; `None` where no amount of the grid does not.

        A limit that the amount itself is beyond is not this function's matter: a guard stops it.
        """
        found = self.rounded(over, under, direction)
        if floor is None and ceiling is None:
            return found
        least = floor if floor is not None and over >= floor * under else None
        most = ceiling if ceiling is not None and over <= ceiling * under else None
        if least is not None and found < least:
            found = self.up(least)
        if most is not None and found > most:
            lower = self.down(most)
            if lower is None or (least is not None and lower < least):
                return None
            found = lower
        return found


@lru_cache(maxsize=256)
def grid_of(step: str, endings: tuple[str, ...], currency: str) -> Grid:
    """Endings repeat at the next power of ten: 0.99 every 1, 9.90 every 10, 88 every 100.

    Raise `InputError` for what is no amount of the currency, as 0.05 in yen.
    """
    if not endings:
        minor = Money.of(step, currency).minor
        if minor <= 0:
            raise InputError(f"{step!r} is no step to round to", hint="write one above zero")
        return Grid(minor, (minor,))
    longest = max(map(_period, endings))
    minors = set()
    for each in endings:
        first, period = Money.of(each, currency).minor, Money.of(_period(each), currency).minor
        minors |= {first + turn * period for turn in range(longest // _period(each))}
    return Grid(Money.of(longest, currency).minor, tuple(sorted(minors)))


def _period(ending: str) -> int:
    return int("1" + "0" * len(ending.partition(".")[0].lstrip("0")))


WHOLE: Final = Grid(1, (1,))
"""Whole minor units of any currency."""
