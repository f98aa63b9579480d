"""The price book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from mercer.core.cell import NOTHING, Nothing, money_from_text, to_text
from mercer.core.money import Money
from mercer.core.price import PriceEntry
from mercer.store.tables import prices
from mercer.store.upsert import upsert
from mercer.store.versions import bump


def save(connection: Connection, entries: Sequence[PriceEntry], now: datetime) -> int:
    """Set prices; what an entry does not declare stays as it was. Return the book's new version."""
    version = bump(connection, "price_book")
    for start in range(0, len(entries), 500):
        batch = entries[start : start + 500]
        known = entries_of(connection, {entry.sku for entry in batch})
        rows = [_row(entry, known.get(_key(entry)), version, now) for entry in batch]
        upsert(connection, prices, rows)
    return version


def entries_of(
    connection: Connection, skus: Iterable[str]
) -> dict[tuple[str, str, str], PriceEntry]:
    """Every entry of these SKUs, by (SKU, channel or empty, currency)."""
    rows = connection.execute(select(prices).where(prices.c.sku.in_(list(skus))))
    return {(row.sku, row.channel, row.currency): _entry(row) for row in rows}


def set_at(
    connection: Connection, sku: str, channel: str, currency: str
) -> tuple[int, datetime] | None:
    """Which version of the book set the price that holds on a channel, and when."""
    query = (
        select(prices.c.version, prices.c.set_at)
        .where(
            prices.c.sku == sku,
            prices.c.channel.in_(["", channel]),
            prices.c.currency == currency,
        )
        .order_by(prices.c.channel.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return (row.version, row.set_at) if row else None


def floors_of(
    connection: Connection, channel: str, currency: str, skus: Iterable[str]
) -> dict[str, Money]:
    """Declared floors by SKU; the channel's own before the base entry's."""
    query = (
        select(prices.c.sku, prices.c.floor)
        .where(
            prices.c.sku.in_(list(skus)),
            prices.c.channel.in_(["", channel]),
            prices.c.currency == currency,
            prices.c.floor.is_not(None),
        )
        .order_by(prices.c.channel)
    )
    found = {sku: money_from_text(floor) for sku, floor in connection.execute(query)}
    return {sku: floor for sku, floor in found.items() if floor is not None}


def any_compare_at(connection: Connection) -> bool:
    """Whether any strike-through price is declared, anywhere."""
    declared = select(prices.c.sku).where(
        prices.c.compare_at.is_not(None), prices.c.compare_at != ""
    )
    return connection.execute(declared.limit(1)).first() is not None


def every_entry(connection: Connection) -> Iterator[PriceEntry]:
    query = select(prices).order_by(prices.c.sku, prices.c.channel, prices.c.currency)
    for row in connection.execute(query.execution_options(yield_per=1000)):
        yield _entry(row)


def _key(entry: PriceEntry) -> tuple[str, str, str]:
    return entry.sku, entry.channel, entry.price.currency


def _row(
    entry: PriceEntry, known: PriceEntry | None, version: int, now: datetime
) -> dict[str, object]:
    compare_at, floor = entry.compare_at, entry.floor
    if known is not None:
        compare_at = known.compare_at if compare_at is None else compare_at
        floor = known.floor if floor is None else floor
    return {
        "sku": entry.sku,
        "channel": entry.channel,
        "currency": entry.price.currency,
        "price": str(entry.price),
        "compare_at": to_text(compare_at),
        "floor": to_text(floor),
        "version": version,
        "set_at": now,
    }


def _entry(row: Row[Any]) -> PriceEntry:
    price = money_from_text(row.price)
    assert price is not None  # the column is not null and never empty
    return PriceEntry(
        row.sku,
        price,
        row.channel,
        _declared(row.compare_at),
        money_from_text(row.floor),
        row.version,
    )


def _declared(text: str | None) -> Money | Nothing | None:
    return NOTHING if text == "" else money_from_text(text)
