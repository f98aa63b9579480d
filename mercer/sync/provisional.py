"""Units held on an authenticated notification alone, until the order itself is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from mercer.store import catalogue, ledger, orders, provisional, versions
from mercer.store.database import Transaction
from mercer.store.provisional import Hold
from mercer.sync.renew import renew_skus
from mercer.sync.reservations import available_at, choose_location, watch_oversell
from mercer.sync.session import Session


def place(
    tx: Transaction,
    session: Session,
    channel: str,
    order: str,
    units: Sequence[tuple[str, int]],
    expires_at: datetime,
) -> None:
    """Hold units of SKUs for an order; a bundle's as its parts. What was never counted is not held.

    Nothing happens where the order is known already, or was held for before.
    """
    if orders.version_of(tx, channel, order) is not None:
        return
    if provisional.was_placed(tx, channel, order):
        return
    now = session.clock.now()
    wanted: dict[str, int] = {}
    sold_as: dict[str, str] = {}
    bundles = catalogue.parts_of(tx, [sku for sku, _ in units])
    for sku, number in units:
        for part, each in (bundles.get(sku) or {sku: 1}).items():
            wanted[part] = wanted.get(part, 0) + number * each
            sold_as.setdefault(part, sku)
    for part, there in ledger.located(tx, wanted).items():
        places = available_at(there, now)
        location = choose_location(tx, session, channel, sold_as[part], places, wanted[part])
        hold = Hold(channel, order, part, location, wanted[part], now, expires_at)
        provisional.place(tx, hold)
    versions.bump(tx, "stock")
    renew_skus(tx, session, wanted)


def confirm(tx: Transaction, session: Session, channel: str, orders: Iterable[str]) -> set[str]:
    """These orders are taken in: their lines take over. Returns the SKUs whose hold ended."""
    return set(provisional.confirm(tx, channel, orders, session.clock.now()))


def expire(tx: Transaction, session: Session, now: datetime) -> set[str]:
    """End what was held for longer than it may be; the units are to be had again."""
    skus = set(provisional.expire(tx, now))
    if skus:
        watch_oversell(tx, session, skus)
        versions.bump(tx, "stock")
        renew_skus(tx, session, skus)
    return skus
