"""Stock as a person counts it: an opening balance the first time, an adjustment afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mercer.core.errors import InputError
from mercer.core.stock import Movement, MovementKind
from mercer.store import ledger, versions
from mercer.store.database import Transaction
from mercer.sync.catalogue import unknown_skus
from mercer.sync.renew import renew_skus
from mercer.sync.reservations import replay_since_opening
from mercer.sync.session import Session


@dataclass(frozen=True, slots=True)
class Count:
    """`quantity` is what lies there. Units that open orders wait for are among it, but not those of

    orders older than the first count: the ledger does not know them.
    """

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
    """Take a stocktake in, as of now, all or none. Unknown SKUs and negative counts are refused."""
    with session.database.write() as tx:
        _check(tx, counts)
        return count_in(tx, session, counts, session.clock.now())


def open_stock(session: Session, counts: Sequence[Count]) -> Counted:
    """Take opening quantities in, as of now: what the ledger has counted already stays as it is."""
    with session.database.write() as tx:
        _check(tx, counts)
        new = [count for count in counts if ledger.on_hand(tx, count.sku, count.location) is None]
        opened = count_in(tx, session, new, session.clock.now()).opened
    return Counted(opened, 0, len(counts) - opened)


def _check(tx: Transaction, counts: Sequence[Count]) -> None:
    for count in counts:
        if count.quantity < 0:
            raise InputError(
                f"{count.quantity} of {count.sku} cannot lie in stock", hint="count from 0 upward"
            )
    unknown = unknown_skus(tx, [count.sku for count in counts])
    if unknown:
        raise InputError(
            f"there is no SKU {unknown[0]!r} in the catalogue",
            hint="import it first: mercer import products FILE",
        )


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
