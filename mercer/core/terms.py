"""Under which terms a plan is carried out: a few changes first, and how many may fail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from mercer.core.errors import InputError

_SHARE: Final = re.compile(r"([0-9]{1,9})(%?)")
_WAIT: Final = re.compile(r"([0-9]{1,6})(s|m|h)")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Share:
    """So many, or so many percent."""

    number: int
    percent: bool = False

    def of(self, total: int) -> int:
        """Rounded down."""
        return total * self.number // 100 if self.percent else self.number


@dataclass(frozen=True, slots=True)
class Terms:
    """`canary`: so many changes are written first, and looked at again `canary_wait` after they were
    seen. `max_failures`: beyond so many changes that were rejected or did not converge the run stops.
    `None`: no canary, and no limit.
    """

    canary: Share | None = None
    canary_wait: timedelta = timedelta(minutes=5)
    max_failures: Share | None = None


def share_from(text: str) -> Share:
    """`20` or `5%`. Raise `InputError` for anything else."""
    found = _SHARE.fullmatch(text.strip())
    if found is None or (found[2] and int(found[1]) > 100):
        raise InputError(f"{text!r} is no number such as 20, or percent such as 5%", hint="mend it")
    return Share(int(found[1]), bool(found[2]))


def wait_from(text: str) -> timedelta:
    """`90s`, `5m` or `1h`. Raise `InputError` for anything else."""
    found = _WAIT.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text!r} is no time such as 90s, 5m or 1h", hint="mend it")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
