"""Stock as a person counts it: an opening balance the first time, an adjustment afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mercer.core.stock import Movement, MovementKind
from mercer.store import ledger, versions
from mercer.store.database import Transaction
from mercer.sync.renew import renew_skus
from mercer.sync.reservations import replay_since_opening
from mercer.sync.session import Session


@dataclass(frozen=True, slots=True)
class Count:
    """`quantity` is what lies there, units of open orders included."""

    sku: str
    location: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many SKUs were counted for the first time, corrected, or found as the ledger had them."""

    opened: int
    adjusted: int
    unchanged: int


def take_stock(session: Session, counts: Sequence[Count]) -> Counted:
    """Take a stocktake in, as of now."""
    with session.database.write() as tx:
        return count_in(tx, session, counts, session.clock.now())


def open_stock(session: Session, counts: Sequence[Count]) -> Counted:
    """Take opening quantities in, as of now: what the ledger has counted already stays as it is."""
    with session.database.write() as tx:
        new = [count for count in counts if ledger.on_hand(tx, count.sku, count.location) is None]
        opened = count_in(tx, session, new, session.clock.now()).opened
    return Counted(opened, 0, len(counts) - opened)


def count_in(
    tx: Transaction, session: Session, counts: Sequence[Count], as_of: datetime
) -> Counted:
    """Orders before `as_of` move nothing of a SKU that is counted for the first time."""
    opened: list[str] = []
    adjusted: list[str] = []
    for count in counts:
        known = ledger.on_hand(tx, count.sku, count.location)
        if known == count.quantity:
            continue
        kind = MovementKind.OPENING if known is None else MovementKind.ADJUSTMENT
        number = versions.bump(tx, "stock")
        movement = Movement(
            f"stocktake/{number}",
            count.sku,
            count.location,
            kind,
            count.quantity - (known or 0),
            0,
            as_of,
            "stocktake",
        )
        ledger.post(tx, movement)
        (opened if known is None else adjusted).append(count.sku)
    replay_since_opening(tx, session, opened)
    renew_skus(tx, session, [*opened, *adjusted])
    unchanged = len(counts) - len(opened) - len(adjusted)
    return Counted(len(opened), len(adjusted), unchanged)
