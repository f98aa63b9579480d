"""What a channel may show of the stock there is: the stock rule, allocations, and shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mercer.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Published:
    """`lines` tell how `units` came about, a step each."""

    units: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StockRule:
    """`percent` of what is available, and `plus`, less `buffer`, from `minimum` to `maximum`.

    `locations` contribute, and are reserved from, in this order; `None` is all of them, by name. At
    `delist_at` available units or below the channel shows none, until there are `relist_at` again
    (one more, if that is not set). Before `disabled_until` it shows none, for `reason`. `deal_out`:
    of what sells fast, the last units may be dealt out among the channels.
    """

    id: str
    locations: tuple[str, ...] | None = None
    percent: int = 100
    plus: int = 0
    buffer: int = 0
    minimum: int = 0
    maximum: int | None = None
    delist_at: int | None = None
    relist_at: int | None = None
    disabled_until: datetime | None = None
    reason: str = ""
    deal_out: bool = True

    def check(self) -> None:
        """Raise `InputError` where one setting contradicts another."""
        if self.locations is not None and not self.locations:
            raise InputError(
                "a stock rule needs at least one location", hint="leave it out for all"
            )
        if self.maximum is not None and self.minimum > self.maximum:
            raise InputError(
                f"the minimum of {self.minimum} is above the maximum of {self.maximum}",
                hint="swap them, or leave one out",
            )
        if self.relist_at is not None and self.delist_at is None:
            raise InputError(
                "relist-at needs delist-at", hint="say below which number it shows none"
            )
        if (
            self.relist_at is not None
            and self.delist_at is not None
            and self.relist_at <= self.delist_at
        ):
            raise InputError(
                f"relist-at {self.relist_at} is not above delist-at {self.delist_at}",
                hint=f"choose {self.delist_at + 1} or more",
            )
        if self.disabled_until is not None and not self.reason.strip():
            raise InputError("disabled-until needs a reason", hint="say why it is not to be sold")

    def contributing(self, counted: Iterable[str]) -> list[str]:
        """Those of the locations where a SKU has been counted that this rule draws on, in its order."""
        there = set(counted)
        return (
            sorted(there) if self.locations is None else [p for p in self.locations if p in there]
        )

    def published(
        self,
        available: int,
        now: datetime,
        *,
        shows_none: bool = False,
        dealt: int | None = None,
    ) -> Published:
        """Never negative: oversell is recorded as an incident, not shown as a number.

        `shows_none`: the channel shows none of it at present. `dealt`: what it has left of its share
        of the last units, where they are dealt out.
        """
        lines = [f"{available} available"]
        if withheld := self._withheld(available, now, shows_none=shows_none):
            return Published(0, (*lines, withheld))
        shown = max(available, 0)
        if self.percent != 100:
            shown = shown * self.percent // 100
            lines.append(f"{self.percent} % of it is {shown}")
        if self.plus:
            shown += self.plus
            lines.append(f"plus {self.plus}")
        if self.buffer:
            shown = max(shown - self.buffer, 0)
            lines.append(f"less {self.buffer} as a buffer")
        if dealt is not None and shown > dealt:
            shown = dealt
            lines.append(f"it sells fast: {dealt} of the last units dealt to this channel")
        if shown < self.minimum:
            shown = self.minimum
            lines.append(f"at least {self.minimum}")
        if self.maximum is not None and shown > self.maximum:
            shown = self.maximum
            lines.append(f"at most {self.maximum}")
        return Published(shown, tuple(lines))

    def _withheld(self, available: int, now: datetime, *, shows_none: bool) -> str:
        """Why none is shown, whatever there is; empty if nothing speaks against it."""
        if self.disabled_until is not None and now < self.disabled_until:
            until = self.disabled_until.isoformat(sep=" ", timespec="minutes")
            return f"none until {until}: {self.reason}"
        if self.delist_at is None:
            return ""
        if available <= self.delist_at:
            return f"none at {self.delist_at} or below"
        back_at = self.delist_at + 1 if self.relist_at is None else self.relist_at
        return f"none again before {back_at}" if shows_none and available < back_at else ""


@dataclass(frozen=True, slots=True)
class Allocation:
    """Units of a SKU that are one channel's alone: what its orders have not used up of them."""

    channel: str
    units: int


def granted(available: int, allocations: Iterable[Allocation]) -> dict[str, int]:
    """What each allocation comes to, the first one first: together never more than there is."""
    left = max(available, 0)
    found: dict[str, int] = {}
    for each in allocations:
        found[each.channel] = min(max(each.units, 0), left)
        left -= found[each.channel]
    return found


def reserve_at(units: int, available: Mapping[str, int]) -> str:
    """The first location that has enough, else the one with most. There must be one."""
    for location, there in available.items():
        if there >= units:
            return location
    return max(available, key=lambda location: available[location])


def shared_out(quantity: int, offers: int) -> list[int]:
    """Several offers of one SKU on a channel share what it may show; no unit is shown twice."""
    each, left = divmod(quantity, offers)
    return [each + (1 if index < left else 0) for index in range(offers)]


def bundle_available(parts: Mapping[str, int], available: Mapping[str, int]) -> int:
    """How many bundles the parts make up: the scarcest part decides."""
    return min(available[sku] // count for sku, count in parts.items())
