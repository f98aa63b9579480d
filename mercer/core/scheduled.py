"""Scheduled prices: those that a platform itself shows from a start until an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from mercer.core.cell import money_from_text
from mercer.core.money import Money

_MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What buyers pay from `starts_at` until just before `ends_at`, in whole seconds."""

    price: Money
    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        for name in ("starts_at", "ends_at"):
            object.__setattr__(self, name, getattr(self, name).replace(microsecond=0))

    @property
    def times(self) -> tuple[datetime, datetime]:
        return self.starts_at, self.ends_at

    def holds(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at

    def __str__(self) -> str:
        """The canonical text of cells: `9.49 EUR 2026-11-01T23:00:00Z/2026-11-02T23:00:00Z`."""
        return f"{self.price} {_told(self.starts_at)}/{_told(self.ends_at)}"


def _told(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_MOMENT)


@lru_cache(maxsize=4096)
def scheduled_from_text(text: str | None) -> Scheduled | None:
    """What a cell holds, or `None` where it is unknown or there is none."""
    if not text:
        return None
    price, _, times = text.rpartition(" ")
    money = money_from_text(price)
    assert money is not None  # there is no time without a price
    starts_at, ends_at = (datetime.fromisoformat(each) for each in times.split("/"))
    return Scheduled(money, starts_at, ends_at)


def price_in(text: str | None) -> Money | None:
    """The amount that a price, a compare-at price or a scheduled price has."""
    scheduled = scheduled_from_text(text) if text and "/" in text else None
    return scheduled.price if scheduled else money_from_text(text)


def charged(price: Money | None, scheduled: Scheduled | None, now: datetime) -> Money | None:
    """What buyers pay: the scheduled price while it holds and is the lower one, else the price."""
    if scheduled is None or price is None or not scheduled.holds(now):
        return price
    same = scheduled.price.currency == price.currency
    return scheduled.price if same and scheduled.price < price else price
