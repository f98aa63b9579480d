"""The price book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, literal_column, select, union

from mercer.core.cell import NOTHING, Nothing, money_from_text, to_text
from mercer.core.money import Money
from mercer.core.price import UNKNOWN, Declared, PriceEntry, Unknown
from mercer.store.bulk import fetch_all
from mercer.store.columns import moment
from mercer.store.tables import BESIDE, price_history, prices
from mercer.store.upsert import upsert
from mercer.store.versions import bump

KEY: Final = ("sku", "channel", "currency", "starts_at", "ends_at")

# The words of the partial indexes of dated entries, so that the others cost nothing.
_STARTS: Final[Any] = literal_column("(starts_at > 0)")
_ENDS: Final[Any] = literal_column("(ends_at < 253402214400000000)")


_NAMES: Final = (*KEY, "price", "compare_at", "floor", "ceiling", "cost", "version")
ENTRY: Final = tuple(prices.c[name] for name in _NAMES[1:])
"""The columns of an entry, but for its SKU."""

EntryRows = tuple[tuple[Any, ...], ...]
"""Entries of one SKU by the columns of `ENTRY`, as the driver gives them."""


@dataclass(frozen=True, slots=True)
class Set:
    """An entry as it was set, or taken out of the book, once."""

    entry: PriceEntry
    who: str
    set_at: datetime
    dropped: bool
    reason: str = ""


def save(
    connection: Connection,
    entries: Sequence[PriceEntry],
    now: datetime,
    who: str = "",
    reason: str = "",
) -> int:
    """Set prices; what an entry does not declare stays as it was. Return the book's new version."""
    version = bump(connection, "price_book")
    for start in range(0, len(entries), 500):
        batch = entries[start : start + 500]
        known = _known(connection, batch)
        made = [_merged(entry, known.get(key_of(entry)), version) for entry in batch]
        rows = [_row(entry) | {"who": who, "set_at": now} for entry in made]
        upsert(connection, prices, rows)
        told = {"dropped": False, "reason": reason}
        connection.execute(insert(price_history), [row | told for row in rows])
    return version


def moved(connection: Connection, entries: Sequence[PriceEntry]) -> list[PriceEntry]:
    """Those that would change the book."""
    found = []
    for start in range(0, len(entries), 500):
        batch = entries[start : start + 500]
        known = _known(connection, batch)
        for entry in batch:
            before = known.get(key_of(entry))
            if before is None or _merged(entry, before, before.version) != before:
                found.append(entry)
    return found


def _known(
    connection: Connection, entries: Sequence[PriceEntry]
) -> dict[tuple[str, str, str, datetime, datetime], PriceEntry]:
    """What the book has now under the keys of these entries."""
    found = of_skus(connection, {entry.sku for entry in entries})
    return {key_of(entry): entry for each in found.values() for entry in each}


def drop(
    connection: Connection, entries: Sequence[PriceEntry], now: datetime, who: str = ""
) -> int:
    """Take entries out of the book; the history keeps them. Return the book's new version."""
    version = bump(connection, "price_book")
    for entry in entries:
        row = _row(replace(entry, version=version)) | {"who": who, "set_at": now}
        where = [prices.c[name] == row[name] for name in KEY]
        connection.execute(delete(prices).where(*where))
        connection.execute(insert(price_history), [{**row, "dropped": True}])
    return version


def set_at(
    connection: Connection, sku: str, channel: str, currency: str, now: datetime
) -> tuple[int, datetime] | None:
    """Which version of the book set the price that holds on a channel, and when."""
    query = (
        select(prices.c.version, prices.c.set_at)
        .where(
            prices.c.sku == sku,
            prices.c.channel.in_(["", channel]),
            prices.c.currency == currency,
            prices.c.price.is_not(None),
            prices.c.starts_at <= now,
            prices.c.ends_at > now,
        )
        .order_by(prices.c.channel.desc(), prices.c.starts_at.desc(), prices.c.ends_at)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return (row.version, row.set_at) if row else None


def of_skus(connection: Connection, skus: Iterable[str]) -> dict[str, list[PriceEntry]]:
    """Every entry of these SKUs, of whatever channel, currency and time."""
    found: dict[str, list[PriceEntry]] = {}
    query = select(prices.c.sku, *ENTRY).where(prices.c.sku.in_(list(skus)))
    for sku, *said in fetch_all(connection, query):
        found.setdefault(sku, []).extend(entries([said], sku))
    return found


def entries(rows: Iterable[Sequence[Any]], sku: str) -> list[PriceEntry]:
    """From rows by the columns of `ENTRY`."""
    return [
        _entry(sku, channel, currency, moment(starts_at), moment(ends_at), *rest)
        for channel, currency, starts_at, ends_at, *rest in rows
    ]


def with_edges(connection: Connection, since: datetime, until: datetime) -> list[str]:
    """SKUs with a dated entry that begins or ends after `since`, at `until` at the latest."""
    edges = (
        select(prices.c.sku).where(prices.c[name] > since, prices.c[name] <= until, dated)
        for name, dated in (("starts_at", _STARTS), ("ends_at", _ENDS))
    )
    return list(connection.execute(union(*edges)).scalars())


def any_beside(connection: Connection) -> bool:
    """Whether any floor, ceiling or cost is declared, anywhere: the partial index tells at once."""
    declared = select(prices.c.sku).where(literal_column(BESIDE))
    return connection.execute(declared.limit(1)).first() is not None


def any_compare_at(connection: Connection) -> bool:
    """Whether any strike-through price is declared, anywhere."""
    declared = select(prices.c.sku).where(
        prices.c.compare_at.is_not(None), prices.c.compare_at != ""
    )
    return connection.execute(declared.limit(1)).first() is not None


def every_entry(connection: Connection) -> Iterator[PriceEntry]:
    query = select(prices.c.sku, *ENTRY)
    query = query.order_by(*(prices.c[name] for name in KEY))
    for row in connection.execute(query.execution_options(yield_per=1000)):
        yield _entry(*row)


def history_of(connection: Connection, sku: str) -> Iterator[Set]:
    """Every entry of a SKU as it was set, the oldest first."""
    names = (*_NAMES, "who", "set_at", "dropped", "reason")
    query = select(*(price_history.c[name] for name in names)).where(price_history.c.sku == sku)
    for row in connection.execute(query.order_by(price_history.c.version, price_history.c.id)):
        *entry, who, set_at, dropped, reason = row
        yield Set(_entry(*entry), who, set_at, dropped, reason)


def key_of(entry: PriceEntry) -> tuple[str, str, str, datetime, datetime]:
    return entry.sku, entry.channel, entry.currency, entry.starts_at, entry.ends_at


def _merged(entry: PriceEntry, known: PriceEntry | None, version: int) -> PriceEntry:
    if known is not None:
        price = known.price if entry.price is None else entry.price
        entry = replace(entry.over(known), price=price)
    return replace(entry, version=version)


def _row(entry: PriceEntry) -> dict[str, Any]:
    return {
        "sku": entry.sku,
        "channel": entry.channel,
        "currency": entry.currency,
        "starts_at": entry.starts_at,
        "ends_at": entry.ends_at,
        "price": to_text(entry.price),
        "compare_at": to_text(entry.compare_at),
        "floor": _declared_text(entry.floor),
        "ceiling": _declared_text(entry.ceiling),
        "cost": _declared_text(entry.cost),
        "version": entry.version,
    }


def _declared_text(declared: Declared) -> str | None:
    match declared:
        case None | Nothing():
            return None
        case Unknown():
            return ""
        case _:
            return str(declared)


def _entry(
    sku: str,
    channel: str,
    currency: str,
    starts_at: datetime,
    ends_at: datetime,
    price: str | None,
    compare_at: str | None,
    floor: str | None,
    ceiling: str | None,
    cost: str | None,
    version: int,
) -> PriceEntry:
    """From the columns of `_NAMES`."""
    return PriceEntry(
        sku,
        money_from_text(price),
        channel,
        NOTHING if compare_at == "" else money_from_text(compare_at),
        floor if floor is None else _declared(floor),
        version,
        ceiling if ceiling is None else _declared(ceiling),
        cost if cost is None else _declared(cost),
        starts_at,
        ends_at,
        currency,
    )


def _declared(text: str) -> Money | Unknown | None:
    return UNKNOWN if text == "" else money_from_text(text)
