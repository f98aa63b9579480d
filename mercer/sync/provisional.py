"""Units held on an authenticated notification alone, until the order itself is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mercer.store import catalogue, ledger, orders, provisional, versions
from mercer.store.database import Transaction
from mercer.store.provisional import Hold
from mercer.sync.renew import renew_stock
from mercer.sync.reservations import available_at, choose_location, watch_oversell
from mercer.sync.session import Session


@dataclass(frozen=True, slots=True)
class Said:
    """What a notification says that an order took: units of SKUs."""

    order: str
    units: Mapping[str, int]


def place(
    tx: Transaction, session: Session, channel: str, said: Sequence[Said], expires_at: datetime
) -> None:
    """Hold units of SKUs for orders; a bundle's as its parts. What was never counted is not held.

    Nothing happens for an order that is known already, or was held for before.
    """
    ids = [each.order for each in said]
    past = provisional.placed_for(tx, channel, ids) | orders.updates_of(tx, channel, ids).keys()
    new = [each for each in said if each.order not in past]
    bundles = catalogue.parts_of(tx, {sku for each in new for sku in each.units})
    moved: set[str] = set()
    for each in new:
        moved |= _place_one(tx, session, channel, each, bundles, expires_at)
    if moved:
        versions.bump(tx, "stock")
        renew_stock(tx, session, moved)


def _place_one(
    tx: Transaction,
    session: Session,
    channel: str,
    said: Said,
    bundles: Mapping[str, Mapping[str, int]],
    expires_at: datetime,
) -> set[str]:
    now = session.clock.now()
    wanted: dict[str, int] = {}
    sold_as: dict[str, str] = {}
    for sku, number in said.units.items():
        for part, each in (bundles.get(sku) or {sku: 1}).items():
            wanted[part] = wanted.get(part, 0) + number * each
            sold_as.setdefault(part, sku)
    for part, there in ledger.located(tx, wanted).items():
        places = available_at(there, now)
        location = choose_location(tx, session, channel, sold_as[part], places, wanted[part])
        hold = Hold(channel, said.order, part, location, wanted[part], now, expires_at)
        provisional.place(tx, hold)
    return set(wanted)


def confirm(tx: Transaction, session: Session, channel: str, orders: Iterable[str]) -> set[str]:
    """These orders are taken in: their lines take over. Returns the SKUs whose hold ended."""
    return set(provisional.confirm(tx, channel, orders, session.clock.now()))


def expire(tx: Transaction, session: Session, now: datetime) -> set[str]:
    """End what was held for longer than it may be; the units are to be had again."""
    skus = set(provisional.expire(tx, now))
    if skus:
        watch_oversell(tx, session, skus)
        versions.bump(tx, "stock")
        renew_stock(tx, session, skus)
    return skus
