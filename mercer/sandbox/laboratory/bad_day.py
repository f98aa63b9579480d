"""What goes wrong while Mercer works: drawn from dice, mild or wild, and nothing at all on many days."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final, Self

from mercer.plugins.simulation import Fault, FaultKind
from mercer.sandbox.laboratory.wire import NO_TROUBLE, Trouble, WireFault

_QUIET: Final = 0.35
_LONGEST_LIFE: Final = 120


@dataclass(frozen=True, slots=True)
class BadDay:
    """`faults` are the shops' own, `trouble` is the wire's. `busy`: the share of transactions that do
    not get their turn. `left`: how many moments at which it could die the process lives; `None` is
    to its end.
    """

    faults: tuple[Fault, ...] = ()
    trouble: Trouble = NO_TROUBLE
    busy: float = 0.0
    left: int | None = None

    @classmethod
    def drawn(cls, dice: random.Random) -> Self:
        meanwhile = dice.choice((0.0, 0.02, 0.1))
        left = dice.randint(1, _LONGEST_LIFE) if dice.random() < 0.25 else None
        if dice.random() < _QUIET:
            return cls(trouble=Trouble(meanwhile=meanwhile), left=left)
        kinds = dice.sample(list(FaultKind), dice.randint(0, 2))
        wires = dice.sample(list(WireFault), dice.randint(0, 2))
        rate = dice.choice((0.05, 0.15, 0.4))
        return cls(
            tuple(_fault(kind, dice) for kind in kinds),
            Trouble(tuple(wires), rate if wires else 0.0, meanwhile),
            dice.choice((0.0, 0.0, 0.0, 0.01)),
            left,
        )

    def __str__(self) -> str:
        parts = [f"{fault.kind.value} {fault.rate:.0%}" for fault in self.faults]
        parts += [f"{each.value} {self.trouble.rate:.0%}" for each in self.trouble.faults]
        if self.busy:
            parts.append("database busy")
        if self.left is not None:
            parts.append("killed on the way")
        return ", ".join(parts) or "a quiet day"


def _fault(kind: FaultKind, dice: random.Random) -> Fault:
    often = kind in (FaultKind.STALE_READ, FaultKind.LOST_WRITE)
    rate = dice.choice((0.5, 1.0) if often else (0.05, 0.15, 0.4))
    return Fault(
        kind, rate, dice.choice((1, 3, None)), writes_only=dice.random() < 0.5 and not often
    )


CALM: Final = BadDay()
