"""Order lines as they are stored: which SKU, how many, and when the platform took them off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mercer.core.listing import DeductAt
from mercer.core.order import Order, OrderLine, OrderStatus
from mercer.store import catalogue, offers, orders
from mercer.store.database import Transaction
from mercer.store.offers import OfferRow
from mercer.store.orders import Families, Version

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LineChange:
    """A stored line before and after a version of its order.

    `before` of `None`: it is new. `after` of `None`: an order that was split off carries it on.
    """

    before: Row | None
    after: Row | None

    @property
    def is_new(self) -> bool:
        return self.before != self.after

    @property
    def moves_stock(self) -> bool:
        """A line that says the same of stock moves nothing."""
        if self.before is None or self.after is None:
            return self.after is not None
        told = ("sku", "quantity", "shipped", "deducted_at", "fulfilled_by")
        return any(self.before[name] != self.after[name] for name in told)


@dataclass(slots=True)
class Known:
    """What is known beside some orders of a channel, looked up at once.

    `versions` and `families` go along with what is taken in.
    """

    channel: str
    versions: dict[str, Version]
    families: Families
    offers: Mapping[tuple[str, str], OfferRow]
    codes: Mapping[str, str]
    parts: Mapping[str, dict[str, int]]

    @classmethod
    def beside(cls, tx: Transaction, channel: str, seen: Sequence[Order]) -> Known:
        lines = [line for order in seen for line in order.lines]
        listings = {line.listing for line in lines if line.listing}
        codes = {line.merchant_code for line in lines if line.merchant_code}
        rows = offers.offers_of_listings(tx, [(channel, listing) for listing in listings])
        skus = catalogue.known_skus(tx, codes)
        return cls(
            channel,
            orders.versions_of(tx, channel, {order.order for order in seen}),
            orders.families_of(tx, channel, {order.root or order.order for order in seen}),
            {(row.listing, row.offer): row for row in rows},
            skus,
            catalogue.parts_of(tx, {*skus, *(row.sku for row in rows if row.sku)}),
        )

    def take(self, order: Order) -> list[LineChange] | None:
        """What a version of an order makes of the lines; `None` if it says nothing new."""
        known = self.versions.get(order.order)
        if known is not None and known.updated_at > order.updated_at:
            return None
        changes = list(self._changes(order))
        version = Version(order.updated_at, order.status)
        # Two versions may be told in one second: only what they say tells them apart.
        if known == version and not any(change.is_new for change in changes):
            return None
        self.versions[order.order] = version
        family = self.families.setdefault(order.root or order.order, {})
        for change in changes:
            if change.after is not None:
                family.setdefault(order.order, {})[change.after["line"]] = change.after
            elif change.before is not None:
                del family[change.before["order"]][change.before["line"]]
        return changes

    def elsewhere(self, order: Order) -> dict[str, Row]:
        """The lines that other orders of the same root carry, by name."""
        family = self.families.get(order.root or order.order, {})
        return {
            name: row
            for id, lines in family.items()
            if id != order.order
            for name, row in lines.items()
        }

    def carried(self, order: Order, line: str) -> list[Row]:
        """The line in every order of the same root that carries it."""
        family = self.families[order.root or order.order]
        return [lines[line] for lines in family.values() if line in lines]

    def skus_of(self, order: Order) -> dict[str, str]:
        """Line -> SKU, of the lines whose SKU is known."""
        lines = self.families.get(order.root or order.order, {}).get(order.order, {})
        return {name: row["sku"] for name, row in lines.items() if row["sku"] is not None}

    def _changes(self, order: Order) -> Iterator[LineChange]:
        """A line that the order no longer names was removed, unless it went over to another."""
        root = order.root or order.order
        elsewhere, stored = self.elsewhere(order), self.families.get(root, {}).get(order.order, {})
        for line in order.lines:
            if order.order == root and line.line in elsewhere:
                continue
            before = stored.get(line.line)
            yield LineChange(before, self._after(order, line, before, elsewhere.get(line.line)))
            parent = self.families.get(root, {}).get(root, {})
            if order.order != root and line.line in parent:
                yield LineChange(parent[line.line], None)
        for name in stored.keys() - {line.line for line in order.lines}:
            before = stored[name]
            after = before | {"quantity": before["shipped"]}
            yield LineChange(before, after | {"returned_at": _returned(before, after, order)})

    def _after(
        self, order: Order, line: OrderLine, before: Row | None, elsewhere: Row | None
    ) -> Row:
        """A line stays the SKU, and the parts of a bundle, that it was first taken in as:

        those were reserved, be it for the order that this one was split off.
        """
        offer = self.offers.get((line.listing or "", line.offer or ""))
        after = _row(self.channel, order, line, offer)
        first = before or elsewhere
        if first is not None and first["sku"] is not None:
            after |= {"sku": first["sku"], "parts": first["parts"]}
        else:
            sku = self._sku(line, offer)
            after |= {"sku": sku, "parts": self.parts.get(sku or "")}
        return after | {"returned_at": _returned(before, after, order)}

    def _sku(self, line: OrderLine, offer: OfferRow | None) -> str | None:
        if offer is not None and offer.sku is not None:
            return offer.sku
        return line.merchant_code if line.merchant_code in self.codes else None


def _row(channel: str, order: Order, line: OrderLine, offer: OfferRow | None) -> Row:
    quantity = 0 if order.status is OrderStatus.CANCELLED else line.quantity
    # What has left the house stays gone when the order is closed: what comes back is a person's word.
    shipped = min(line.shipped, line.ordered)
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
        "quantity": max(quantity, shipped),
        "shipped": shipped,
        "unit_price": str(line.unit_price) if line.unit_price else None,
        "total": str(line.total) if line.total else None,
        "fulfilled_by": line.fulfilled_by.value,
        "deducted_at": order.deducted_at(deduct_at),
    }


def _returned(before: Row | None, after: Row, order: Order) -> datetime | None:
    """When the units that the buyer no longer gets came back, as far as the versions tell."""
    back = after["ordered"] - after["quantity"]
    if back <= 0:
        return None
    if before is not None and before["ordered"] - before["quantity"] == back:
        known: datetime | None = before["returned_at"]
        return known
    return order.cancelled_at or order.updated_at
