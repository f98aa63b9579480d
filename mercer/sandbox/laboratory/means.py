"""What each platform lets any reader do, for the bound that a sale is judged by.

Rates, bursts and settling are the adapters' own declarations. Where the way of asking is free, the
cheapest is taken that the platform's documents allow, be it one that Mercer does not use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mercer.plugins.amazon.simulator.seller import LAG
from mercer.sandbox.laboratory.ideal import Means, Reader, Turn
from mercer.sync.session import Connection

EVERY: Final = 0.25
OWN: Final = 2.0
"""Seconds between two looks at orders: elsewhere so often that nothing waits, and at the channel whose
numbers are at stake as seldom as its own sales allow. No reader could favour all channels at once.
"""


@dataclass(frozen=True, slots=True)
class _Ways:
    """As `Means`, without what adapters declare; `quota` names the one that both share."""

    quota: str
    look: float
    write: float
    room: int
    alone: bool = False
    effect: float = 0.0


_WAYS: Final[Mapping[str, _Ways]] = {
    # `orders(first: 2)` with a line each asks for 6 points; a mutation costs 10 and takes 250 rows.
    "shopify": _Ways("points", look=6.0, write=10.0, room=250),
    # One page of the change list tells a hundred trades with their lines; a write is of one item.
    "taobao": _Ways("calls", look=1.0, write=1.0, room=20, alone=True),
    # One page of the search tells a hundred orders, and a second list those that are not paid yet and
    # took units all the same; a write carries thirty SKUs of any wares.
    "jd": _Ways("calls", look=2.0, write=1.0, room=30),
    # The queue is asked outside of all usage plans; a patch is of one SKU, and acts two minutes later.
    "amazon": _Ways("patchListingsItem", look=0.0, write=1.0, room=1, effect=LAG.total_seconds()),
}


def means_of(connection: Connection) -> Means:
    declared, ways = connection.declared, _WAYS[connection.channel.platform]
    (quota,) = (each for each in declared.quotas if each.name == ways.quota)
    return Means(
        quota.rate,
        quota.burst,
        ways.look,
        ways.write,
        ways.room,
        ways.alone,
        ways.effect,
        declared.settle.total_seconds(),
    )


def best_readers(
    connections: Iterable[Connection],
    listings: Mapping[str, str],
    opening: Mapping[str, int],
    dead: list[tuple[float, float]],
) -> list[Reader]:
    """One for each order of writing: nobody knows which is best at what."""
    means = {each.name: means_of(each) for each in connections}
    return [Reader(means, listings, opening, EVERY, OWN, turn, dead) for turn in Turn]
