"""What is known of orders that parcels are told of, and whether the platform knows of those parcels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mercer.core.audit import Kind, Line
from mercer.core.listing import FulfilledBy
from mercer.core.order import OrderStatus
from mercer.core.shipping import Parcel
from mercer.store import holds, order_search, orders, shipments
from mercer.store.database import Transaction
from mercer.store.holds import Hold
from mercer.store.order_search import OrderRow
from mercer.store.shipments import Told
from mercer.sync import audit
from mercer.sync.customers import seals_of
from mercer.sync.session import Connection, Session

DONE = frozenset({OrderStatus.SHIPPED, OrderStatus.COMPLETED})


@dataclass(frozen=True, slots=True)
class Standing:
    """An order as it was last taken in, and what we told of it. `lines` are those that we ship."""

    order: OrderRow
    lines: Sequence[Mapping[str, Any]]
    parcels: Sequence[Parcel]
    told: Sequence[Told]
    hold: Hold | None
    seal: str | None

    @property
    def left(self) -> dict[str, int]:
        """Units by line that are still to ship."""
        return {row["line"]: row["quantity"] - row["shipped"] for row in self.lines}

    @property
    def skus(self) -> dict[str, list[str]]:
        """The lines of each SKU."""
        found: dict[str, list[str]] = {}
        for row in self.lines:
            if row["sku"] is not None:
                found.setdefault(row["sku"], []).append(row["line"])
        return found

    def shows(self, told: Told) -> bool:
        """Whether the platform knows of a parcel: by its number, or, where it tells no numbers, by
        what has shipped of its lines beyond what went in parcels before.
        """
        if self.parcels:
            return any(parcel.tracking == told.shipment.tracking for parcel in self.parcels)
        if self.order.status in DONE:
            return True
        shipped = {row["line"]: row["shipped"] for row in self.lines}
        for each in self.told:
            if each.outcome == shipments.DONE and each.id != told.id:
                for packed in each.shipment.lines:
                    shipped[packed.line] = shipped.get(packed.line, 0) - packed.quantity
        return all(shipped.get(each.line, 0) >= each.quantity for each in told.shipment.lines)


def standings(
    tx: Transaction, session: Session, channel: str, ids: Collection[str]
) -> dict[str, Standing]:
    """Of those of these orders that are known."""
    rows = order_search.rows_of(tx, channel, ids)
    lines = orders.lines_of_all(tx, channel, ids)
    parcels = shipments.parcels_of_all(tx, channel, ids)
    told = shipments.told_of_all(tx, channel, ids)
    held = {each.order: each for each in holds.open_holds(tx, [channel])}
    seals = seals_of(tx, session, channel, ids)
    return {
        id: Standing(
            row,
            [
                line
                for line in lines.get(id, [])
                if line["fulfilled_by"] == FulfilledBy.SELLER.value
            ],
            parcels.get(id, []),
            told.get(id, []),
            held.get(id),
            seals.get(id),
        )
        for id, row in rows.items()
    }


def settle_told(
    tx: Transaction, session: Session, connection: Connection, known_until: datetime
) -> None:
    """Decide by what is known of the orders what became of parcels whose telling was left open.

    `known_until`: every change of those orders before then has been taken in. Where a parcel should
    have shown by then, the platform does not know of it, and it may be told again.
    """
    open_ = shipments.unsettled(tx, connection.name)
    if not open_:
        return
    found = standings(tx, session, connection.name, {told.shipment.order for told in open_})
    now = session.clock.now()
    for told in open_:
        standing = found.get(told.shipment.order)
        if standing is not None and standing.shows(told):
            shipments.heard(tx, told.id, shipments.DONE, now)
            audit.note(tx, session, _line(connection.name, told, shipments.DONE))
        elif known_until - told.asked_at > connection.declared.deadline:
            words = "never seen at the platform"
            shipments.heard(tx, told.id, shipments.UNSENT, now, words=words)
            audit.note(tx, session, _line(connection.name, told, f"{shipments.UNSENT} {words}"))


def _line(channel: str, told: Told, said: str) -> Line:
    shipment = told.shipment
    parcel = f"{shipment.carrier} {shipment.tracking}"
    return told_line(channel, shipment.order, parcel, said, "")


def told_line(channel: str, order: str, parcel: str, said: str, request_id: str) -> Line:
    """What came of telling the platform of a parcel."""
    return Line(
        Kind.PARCEL_TOLD,
        channel,
        order=order,
        after=parcel,
        request_id=request_id or None,
        reason=said,
    )
