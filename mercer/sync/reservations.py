"""What order lines do to the stock ledger: units reserved, released, shipped and returned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from mercer.core.listing import DeductAt, FulfilledBy
from mercer.core.stock import Movement, MovementKind
from mercer.store import catalogue, ledger, orders, versions
from mercer.store.database import Transaction
from mercer.store.offers import OfferRow
from mercer.sync.session import Session


def move_stock(
    tx: Transaction, channel: str, root: str, version: datetime, line: dict[str, Any]
) -> set[str]:
    """Bring the ledger to what a stored line now says; return the SKUs that moved.

    What is posted is the difference to what the line has done so far, so any order of arrival ends
    the same, and twice in is once done. `version` is when the order was changed to say this.
    """
    sku, since = line["sku"], line["deducted_at"]
    if sku is None or since is None or line["fulfilled_by"] != FulfilledBy.SELLER.value:
        return set()
    parts = catalogue.parts_of(tx, [sku]).get(sku) or {sku: 1}
    opened = ledger.openings(tx, parts)
    done = ledger.moved_by_line(tx, channel, root, line["line"])
    moved = set()
    for part, each in parts.items():
        # Platforms tell whole seconds: an order in the second of the count came after it.
        if part not in opened or since < opened[part].replace(microsecond=0):
            continue
        so_far = done.get(part, ledger.Done())
        shipped = line["shipped"] * each - so_far.shipped
        reserved = (line["quantity"] - line["shipped"]) * each - so_far.reserved
        for kind, on_hand, held in _steps(shipped, reserved):
            key = f"{channel}/{root}/{line['line']}/{part}/{version.isoformat()}/{so_far.steps}"
            reason = f"order {line['order']} on {channel}"
            movement = Movement(f"{key}/{kind.value}", part, "", kind, on_hand, held, since, reason)
            ledger.post(tx, movement, channel=channel, root=root, line=line["line"])
            moved.add(part)
    if moved:
        versions.bump(tx, "stock")
    return moved


def _steps(shipped: int, reserved: int) -> Iterator[tuple[MovementKind, int, int]]:
    """The movements for so many more units shipped and reserved: kind, on hand, reserved."""
    if shipped:
        yield MovementKind.SHIPMENT if shipped > 0 else MovementKind.RETURN, -shipped, 0
    if reserved:
        yield MovementKind.RESERVATION if reserved > 0 else MovementKind.RELEASE, 0, reserved


def watch_oversell(
    tx: Transaction, session: Session, channel: str, order: str, moved: Iterable[str]
) -> None:
    """More sold than there was is an incident with a record, never a silent negative."""
    for sku, balance in ledger.balances(tx, moved).items():
        if balance.available < 0:
            now = session.clock.now()
            ledger.record_oversell(tx, sku, channel, order, balance.available, now)


def resolve_lines(
    tx: Transaction, session: Session, linked: Sequence[tuple[OfferRow, str]]
) -> set[str]:
    """Lines that were sold before their offer was linked move stock now. Returns the SKUs moved."""
    moved: set[str] = set()
    for row, sku in linked:
        for line in orders.unresolved(tx, row.channel, row.listing, row.offer):
            paid = row.deduct_at is DeductAt.PAYMENT
            line |= {"sku": sku, "deducted_at": line["paid_at"] if paid else line["created_at"]}
            orders.resolve(tx, line)
            moved |= move_stock(tx, row.channel, line["root"], line["updated_at"], line)
            watch_oversell(tx, session, row.channel, line["order"], moved)
    return moved


def replay_since_opening(tx: Transaction, session: Session, skus: Iterable[str]) -> set[str]:
    """After an opening balance: orders since its time move stock, though they came in earlier."""
    moved: set[str] = set()
    for sku, opened in ledger.openings(tx, skus).items():
        touched = [sku, *catalogue.bundles_with(tx, [sku])]
        for line in orders.lines_since(tx, touched, opened.replace(microsecond=0)):
            moved |= move_stock(tx, line["channel"], line["root"], line["updated_at"], line)
            watch_oversell(tx, session, line["channel"], line["order"], moved)
    return moved
