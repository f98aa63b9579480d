"""What really happened in a sale, as those who judge it look at it: in seconds since it began."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf

from mercer.sandbox.laboratory.crowd import Refusal, Sale
from mercer.sandbox.laboratory.ideal import Taking

Place = tuple[str, str]
"""Channel and order."""


@dataclass(frozen=True, slots=True)
class Happened(Taking):
    """A taking, with the order that did it."""

    order: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """`refused`: orders that a shop did not take. `given_up` and `told` are by channel and order: when
    a buyer gave an order up, and when a first notice of it met a living process. `dead`: from when to
    when there was none.
    """

    began: datetime
    sales: Sequence[Sale]
    refused: Sequence[Refusal]
    given_up: Mapping[Place, datetime]
    told: Mapping[Place, datetime]
    dead: Sequence[tuple[datetime, datetime]]

    def seconds(self, at: datetime) -> float:
        return (at - self.began).total_seconds()

    def deaths(self) -> list[tuple[float, float]]:
        return [(self.seconds(died), self.seconds(born)) for died, born in self.dead]

    def takings(self) -> list[Happened]:
        """In the order in which they happened, units given back among them."""
        found = []
        for sale in self.sales:
            place = sale.channel, sale.order
            told = self.seconds(self.told[place]) if place in self.told else inf
            for sku, units in sale.units.items():
                at = self.seconds(sale.at)
                found.append(Happened(at, sale.channel, sku, units, told, sale.order))
                if (gone := self.given_up.get(place)) is not None:
                    back = self.seconds(gone)
                    found.append(Happened(back, sale.channel, sku, -units, inf, sale.order))
        return sorted(found, key=lambda taking: taking.at)

    def by_sku(self) -> dict[str, list[Happened]]:
        found: dict[str, list[Happened]] = defaultdict(list)
        for taking in self.takings():
            found[taking.sku].append(taking)
        return found

    def turned_away(self, opening: Mapping[str, int]) -> int:
        """Orders that were refused while as many units as they wanted were there."""
        wanted: dict[str, list[Refusal]] = defaultdict(list)
        for each in self.refused:
            wanted[each.sku].append(each)
        found, taken = 0, self.by_sku()
        for sku, refused in wanted.items():
            left, sales = opening[sku], iter(taken[sku])
            later = next(sales, None)
            for refusal in refused:
                while later is not None and later.at <= self.seconds(refusal.at):
                    left -= later.units
                    later = next(sales, None)
                found += left >= refusal.units
        return found
