"""What the books say of the past, for those who hold them against what really happened."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, union_all

from mercer.core.cell import CellKey, Field
from mercer.core.listing import DeductAt
from mercer.store.runs import OVERTAKEN
from mercer.store.tables import (
    cells,
    incidents,
    journal,
    listings,
    metadata,
    offers,
    orders,
    provisional,
)

_CELL = ("channel", "listing", "offer", "field", "scope")


@dataclass(frozen=True, slots=True)
class Written:
    """A number, when it was sent and when a read showed it, or a lower one in its place."""

    number: int
    sent_at: datetime
    seen_at: datetime


Writes = dict[str, dict[str, list[Written]]]
"""SKU -> channel -> numbers, in the order of sending."""


def order_ids(connection: Connection) -> set[tuple[str, str]]:
    """(channel, order) of every order."""
    query = select(orders.c.channel, orders.c.order)
    return {(channel, order) for channel, order in connection.execute(query)}


def deducted_at_payment(connection: Connection) -> set[tuple[str, str]]:
    """(channel, merchant code) of offers whose platform takes units off when an order is paid."""
    query = select(offers.c.channel, offers.c.merchant_code).where(
        offers.c.deduct_at == DeductAt.PAYMENT.value
    )
    return {(channel, code) for channel, code in connection.execute(query)}


def skus_with_incidents(connection: Connection) -> set[str]:
    return set(connection.execute(select(incidents.c.sku)).scalars())


def known_at(connection: Connection) -> dict[tuple[str, str], datetime]:
    """When each order was first known, be it by its notification or by itself."""
    held = select(
        provisional.c.channel, provisional.c.order, func.min(provisional.c.placed_at)
    ).group_by(provisional.c.channel, provisional.c.order)
    found = {(channel, order): at for channel, order, at in connection.execute(held)}
    seen = select(orders.c.channel, orders.c.order, orders.c.first_seen_at)
    for channel, order, at in connection.execute(seen):
        found[channel, order] = min(at, found.get((channel, order), at))
    return found


def confirmed_stock_writes(connection: Connection) -> Writes:
    """Numbers that a read showed, or a lower one in their place."""
    same = and_(*(journal.c[name] == cells.c[name] for name in _CELL))
    query = (
        select(
            cells.c.sku,
            journal.c.channel,
            journal.c.after,
            journal.c.sent_at,
            journal.c.settled_at,
        )
        .join(cells, same)
        .where(
            journal.c.field == Field.STOCK.value,
            or_(journal.c.settled.like("confirmed%"), journal.c.settled == OVERTAKEN),
        )
        .order_by(journal.c.id)
    )
    found: Writes = defaultdict(lambda: defaultdict(list))
    for sku, channel, after, sent_at, settled_at in connection.execute(query):
        found[sku][channel].append(Written(int(after), sent_at, settled_at))
    return found


def rows(connection: Connection, table: str) -> list[dict[str, Any]]:
    """A whole table, for a database that is small."""
    return [dict(row) for row in connection.execute(select(metadata.tables[table])).mappings()]


def tables() -> list[str]:
    return sorted(metadata.tables)


def unanswered(connection: Connection, channel: str) -> set[tuple[str, str, str, str | None]]:
    """What was journalled and has no answer yet: (listing, offer, field, value)."""
    query = select(journal.c.listing, journal.c.offer, journal.c.field, journal.c.after).where(
        journal.c.channel == channel, journal.c.outcome.is_(None), journal.c.settled.is_(None)
    )
    return {tuple(row) for row in connection.execute(query)}


def gone(connection: Connection) -> list[str]:
    """Listings and offers that count as gone from their channel."""
    pages = select(listings.c.channel, listings.c.listing).where(listings.c.gone_at.is_not(None))
    lines = select(offers.c.channel, offers.c.offer).where(offers.c.gone_at.is_not(None))
    return sorted(f"{channel} {id}" for channel, id in connection.execute(union_all(pages, lines)))


def desired(connection: Connection, cell: CellKey) -> str | None:
    """What a cell should show, whatever its scope; `None` where there is no such cell."""
    query = select(cells.c.desired).where(
        cells.c.channel == cell.channel,
        cells.c.listing == cell.listing,
        cells.c.offer == cell.offer,
        cells.c.field == cell.field.value,
    )
    return connection.execute(query).scalars().first()
