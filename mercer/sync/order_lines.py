"""Order lines as they are stored: which SKU, how many, and when the platform took them off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mercer.core.listing import DeductAt
from mercer.core.order import Order, OrderLine, OrderStatus
from mercer.store import catalogue, offers, orders
from mercer.store.database import Transaction
from mercer.store.offers import OfferRow

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LineChange:
    """A stored line before and after a version of its order; `before` of `None`: it is new."""

    before: Row | None
    after: Row

    @property
    def is_new(self) -> bool:
        return self.before != self.after

    @property
    def moves_stock(self) -> bool:
        """A line that says the same of stock moves nothing, whatever became of its bundle."""
        if self.before is None:
            return True
        told = ("sku", "quantity", "shipped", "deducted_at", "fulfilled_by")
        return any(self.before[name] != self.after[name] for name in told)


def line_changes(
    tx: Transaction, channel: str, order: Order, stored: Mapping[str, Row]
) -> list[LineChange]:
    """What a version of an order makes of its lines. One that it no longer names was removed."""
    ids = {line.listing for line in order.lines if line.listing}
    rows = {(row.listing, row.offer): row for row in offers.offers_of_listings(tx, channel, ids)}
    codes = {line.merchant_code for line in order.lines if line.merchant_code}
    known = catalogue.known_skus(tx, codes)
    changes = []
    for line in order.lines:
        before = stored.get(line.line)
        offer = rows.get((line.listing or "", line.offer or ""))
        after = _row(channel, order, line, offer) | {"sku": _sku(before, line, offer, known)}
        changes.append(LineChange(before, after | {"returned_at": _returned(before, after, order)}))
    named = {line.line for line in order.lines}
    removed = stored.keys() - named
    # A line that went over to a split-off order goes on there, under the same root.
    removed -= orders.lines_elsewhere(tx, channel, order) if removed else set()
    for name, before in stored.items():
        if name in removed:
            after = before | {"quantity": before["shipped"]}
            returned = {"returned_at": _returned(before, after, order)}
            changes.append(LineChange(before, after | returned))
    return changes


def _row(channel: str, order: Order, line: OrderLine, offer: OfferRow | None) -> Row:
    quantity = 0 if order.status is OrderStatus.CANCELLED else line.quantity
    deduct_at = offer.deduct_at if offer else DeductAt.ORDER
    return {
        "channel": channel,
        "order": order.order,
        "line": line.line,
        "listing": line.listing,
        "offer": line.offer,
        "merchant_code": line.merchant_code,
        "title": line.title,
        "ordered": line.ordered,
        "quantity": quantity,
        "shipped": min(line.shipped, quantity),
        "unit_price": str(line.unit_price) if line.unit_price else None,
        "total": str(line.total) if line.total else None,
        "fulfilled_by": line.fulfilled_by.value,
        "deducted_at": order.deducted_at(deduct_at),
    }


def _sku(
    before: Row | None, line: OrderLine, offer: OfferRow | None, known: Mapping[str, str]
) -> str | None:
    """A line stays the SKU that it was first taken in as, since that one was reserved."""
    if before is not None and before["sku"] is not None:
        found: str = before["sku"]
        return found
    if offer is not None and offer.sku is not None:
        return offer.sku
    return line.merchant_code if line.merchant_code in known else None


def _returned(before: Row | None, after: Row, order: Order) -> datetime | None:
    """When the units that the buyer no longer gets came back, as far as the versions tell."""
    back = after["ordered"] - after["quantity"]
    if back <= 0:
        return None
    if before is not None and before["ordered"] - before["quantity"] == back:
        known: datetime | None = before["returned_at"]
        return known
    return order.cancelled_at or order.updated_at
