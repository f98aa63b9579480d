"""Parcels: what we told the platforms, and what they say themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from mercer.core.order import Order
from mercer.core.shipping import Packed, Parcel, Shipment
from mercer.store.tables import parcels, shipments
from mercer.store.upsert import insert_new, upsert

DONE = "done"
"""Outcome: the platform shows the parcel, or that what is in it has shipped."""
ACCEPTED = "accepted"
"""Outcome: the platform took it; a read has not shown it yet."""
IN_DOUBT = "in_doubt"
"""Outcome: no answer came, or one that leaves open whether the platform knows of the parcel."""
REFUSED = "refused"
"""Outcome: the platform does not take it."""
UNSENT = "unsent"
"""Outcome: the platform surely does not know of it; it may be sent again."""


@dataclass(frozen=True, slots=True)
class Told:
    """A parcel that a platform was told of. `outcome` of `None`: sent and nothing heard."""

    id: int
    channel: str
    shipment: Shipment
    asked_at: datetime
    outcome: str | None
    code: str
    words: str

    @property
    def open(self) -> bool:
        """Whether the platform knows of it is to be found out by reading."""
        return self.outcome in (None, ACCEPTED, IN_DOUBT)


def intend(
    connection: Connection, channel: str, shipment: Shipment, who: str, now: datetime
) -> int | None:
    """Commit what is about to be sent. `None` where the same parcel is there and not `UNSENT`."""
    row = {
        "channel": channel,
        "order": shipment.order,
        "tracking": shipment.tracking,
        "carrier": shipment.carrier,
        "lines": _lines(shipment.lines),
        "whole": shipment.whole,
        "key": shipment.key,
        "who": who,
        "asked_at": now,
        "code": "",
        "words": "",
    }
    known = find(connection, channel, shipment.order, shipment.tracking)
    if known is None:
        insert_new(connection, shipments, row)
        made = find(connection, channel, shipment.order, shipment.tracking)
        assert made is not None  # just inserted
        return made.id
    if known.outcome not in (UNSENT, REFUSED):
        return None
    again = row | {"outcome": None, "settled_at": None}
    connection.execute(update(shipments).where(shipments.c.id == known.id).values(**again))
    return known.id


def heard(
    connection: Connection,
    id: int,
    outcome: str,
    now: datetime,
    *,
    code: str = "",
    words: str = "",
) -> None:
    settled = now if outcome in (DONE, REFUSED, UNSENT) else None
    connection.execute(
        update(shipments)
        .where(shipments.c.id == id)
        .values(outcome=outcome, code=code, words=words, settled_at=settled)
    )


def find(connection: Connection, channel: str, order: str, tracking: str) -> Told | None:
    query = select(shipments).where(
        shipments.c.channel == channel,
        shipments.c.order == order,
        shipments.c.tracking == tracking,
    )
    row = connection.execute(query).one_or_none()
    return _told(row) if row else None


def told_of(connection: Connection, channel: str, order: str) -> list[Told]:
    return told_of_all(connection, channel, [order]).get(order, [])


def told_of_all(
    connection: Connection, channel: str, orders: Collection[str]
) -> dict[str, list[Told]]:
    """By order, in the order of telling."""
    query = select(shipments).where(
        shipments.c.channel == channel, shipments.c.order.in_(list(orders))
    )
    found: dict[str, list[Told]] = {}
    for row in connection.execute(query.order_by(shipments.c.id)):
        found.setdefault(row.order, []).append(_told(row))
    return found


def unsettled(connection: Connection, channel: str) -> list[Told]:
    query = select(shipments).where(
        shipments.c.channel == channel, shipments.c.settled_at.is_(None)
    )
    return [_told(row) for row in connection.execute(query.order_by(shipments.c.id))]


def save_parcels(
    connection: Connection, channel: str, seen: Iterable[Order], now: datetime
) -> None:
    """As the platform knows them; when each was first seen stays."""
    rows = [
        {
            "channel": channel,
            "order": order.order,
            "tracking": parcel.tracking,
            "carrier": parcel.carrier,
            "lines": _lines(parcel.lines),
            "seen_at": now,
        }
        for order in seen
        for parcel in order.parcels
    ]
    upsert(connection, parcels, rows, keep=["seen_at"])


def parcels_of(connection: Connection, channel: str, order: str) -> list[Parcel]:
    return parcels_of_all(connection, channel, [order]).get(order, [])


def parcels_of_all(
    connection: Connection, channel: str, orders: Collection[str]
) -> dict[str, list[Parcel]]:
    """By order, those that the platform knows, in the order in which they were first seen."""
    query = select(parcels).where(parcels.c.channel == channel, parcels.c.order.in_(list(orders)))
    found: dict[str, list[Parcel]] = {}
    for row in connection.execute(query.order_by(parcels.c.seen_at, parcels.c.tracking)):
        parcel = Parcel(row.tracking, row.carrier, _packed(row.lines))
        found.setdefault(row.order, []).append(parcel)
    return found


def _told(row: Row[Any]) -> Told:
    shipment = Shipment(
        row.order, row.carrier, row.tracking, _packed(row.lines), row.whole, row.key
    )
    return Told(row.id, row.channel, shipment, row.asked_at, row.outcome, row.code, row.words)


def _lines(packed: Sequence[Packed]) -> list[list[str | int]]:
    return [[each.line, each.quantity] for each in packed]


def _packed(lines: Sequence[tuple[str, int]]) -> tuple[Packed, ...]:
    return tuple(Packed(line, quantity) for line, quantity in lines)
