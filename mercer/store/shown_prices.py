"""What each offer was really seen to cost, change by change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select, tuple_

from mercer.core.cell import CellKey, money_from_text
from mercer.core.charged import Shown
from mercer.store.tables import shown_prices
from mercer.store.upsert import upsert


def note(connection: Connection, seen: Iterable[tuple[CellKey, str, datetime]]) -> None:
    """Each offer's price as it is from then on."""
    rows = [
        {
            "channel": key.channel,
            "listing": key.listing,
            "offer": key.offer,
            "at": at,
            "price": text,
        }
        for key, text, at in seen
    ]
    upsert(connection, shown_prices, rows)


def of_offers(
    connection: Connection, channel: str, offers: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], list[Shown]]:
    """By (listing, offer), the oldest first."""
    query = (
        select(shown_prices)
        .where(
            shown_prices.c.channel == channel,
            tuple_(shown_prices.c.listing, shown_prices.c.offer).in_(list(offers)),
        )
        .order_by(shown_prices.c.at)
    )
    found: dict[tuple[str, str], list[Shown]] = {}
    for row in connection.execute(query):
        price = money_from_text(row.price)
        if price is not None:
            found.setdefault((row.listing, row.offer), []).append(Shown(row.at, price))
    return found
