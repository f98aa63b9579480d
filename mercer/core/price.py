"""The price book's entries, and what they come to together at one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from mercer.core.cell import Nothing
from mercer.core.guard import Limit
from mercer.core.money import Money

ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)
FOREVER: Final = datetime(9999, 12, 31, tzinfo=UTC)


class Unknown(Enum):
    """Declared, but its amount is not known: what needs it is blocked."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN

Declared = Money | Unknown | Nothing | None
"""Of a floor, ceiling or cost. `None`: the entry does not say; `NOTHING`: there is none (any more)."""


@dataclass(frozen=True, slots=True)
class PriceEntry:
    """What the book says of a SKU in one currency, everywhere or on one channel.

    `channel` is empty for the base entry. `compare_at` is the strike-through price: `None` where
    nothing was declared (the channel keeps its own), `NOTHING` where there shall be none. `floor` and
    `ceiling` are the declared minimum and maximum, `cost` is what a unit costs the seller. A dated
    entry holds from `starts_at` until just before `ends_at`. `version` is that of the price book which
    set the entry; 0 before it is in the book. `currency` follows from the amounts.
    """

    sku: str
    price: Money | None
    channel: str = ""
    compare_at: Money | Nothing | None = None
    floor: Declared = None
    version: int = 0
    ceiling: Declared = None
    cost: Declared = None
    starts_at: datetime = ALWAYS
    ends_at: datetime = FOREVER
    currency: str = ""

    def __post_init__(self) -> None:
        currency = self.currency
        for each in (self.price, self.compare_at, self.floor, self.ceiling, self.cost):
            if isinstance(each, Money):
                currency = currency or each.currency
                if each.currency != currency:
                    raise ValueError("an entry of the price book has one currency")
        if not currency:
            raise ValueError("an entry of the price book has one currency")
        if currency is not self.currency:
            object.__setattr__(self, "currency", currency)

    @property
    def dated(self) -> bool:
        return self.starts_at != ALWAYS or self.ends_at != FOREVER

    def holds(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at

    def over(self, below: PriceEntry) -> PriceEntry:
        """This entry, and what it does not say as the one below it says."""
        priced = self if self.price is not None else below
        return replace(
            self,
            price=priced.price,
            compare_at=below.compare_at if self.compare_at is None else self.compare_at,
            floor=below.floor if self.floor is None else self.floor,
            ceiling=below.ceiling if self.ceiling is None else self.ceiling,
            cost=below.cost if self.cost is None else self.cost,
            version=priced.version,
            starts_at=priced.starts_at,
            ends_at=priced.ends_at,
        )


def in_force(entries: Iterable[PriceEntry], now: datetime) -> PriceEntry | None:
    """What entries of one SKU, channel and currency come to now.

    The latest to start lies on top, of those the earliest to end; each field is that of the topmost
    entry which says it. When a dated entry ends, what lies below shows again.
    """
    holding = [entry for entry in entries if entry.holds(now)]
    if len(holding) < 2:
        return holding[0] if holding else None
    holding.sort(key=lambda entry: (-entry.starts_at.timestamp(), entry.ends_at))
    top, *rest = holding
    for below in rest:
        top = top.over(below)
    return top


def limit_of(declared: Declared) -> Limit:
    match declared:
        case None | Nothing():
            return Limit()
        case Unknown():
            return Limit(declared=True)
        case _:
            return Limit(declared=True, amount=declared)
