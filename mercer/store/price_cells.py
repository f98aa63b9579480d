"""The cells of prices alone, page by page, for renewing very many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, select, tuple_

from mercer.core.cell import MONEY_FIELDS
from mercer.core.merge import Cause, State
from mercer.store.columns import Moment
from mercer.store.tables import cells, offers, overrides
from mercer.store.upsert import update_many

_PAGE: Final = 5000
_SKUS: Final = 1000
_FIELDS: Final = sorted(field.value for field in MONEY_FIELDS)


class PriceCell(NamedTuple):
    id: int
    listing: str
    offer: str
    field: str
    sku: str | None
    desired: str | None
    why: str
    observed: str | None
    observed_at: datetime | None
    base: str | None
    in_flight: str | None
    gone: bool


class Moved(NamedTuple):
    """A cell as it is from now on. `rebased`: both sides agree since it was read last."""

    cell: PriceCell
    desired: str | None
    why: str
    state: State
    cause: Cause | None
    base: str | None
    rebased: bool


_COLUMNS: Final = [cells.c[name] for name in PriceCell._fields]


def pages(
    connection: Connection, channel: str, skus: Collection[str] | None
) -> Iterator[list[PriceCell]]:
    """The price cells of a channel: of these SKUs, or all. A page may be written while it is read."""
    query = select(*_COLUMNS).where(cells.c.channel == channel, cells.c.field.in_(_FIELDS))
    if skus is None:
        yield from _by_key(connection, query)
        return
    wanted = sorted(skus)
    query = query.join(
        offers,
        (offers.c.channel == cells.c.channel)
        & (offers.c.listing == cells.c.listing)
        & (offers.c.offer == cells.c.offer),
    )
    for start in range(0, len(wanted), _SKUS):
        batch = query.where(offers.c.sku.in_(wanted[start : start + _SKUS]))
        yield _cells(connection, batch)


def _by_key(connection: Connection, query: Select[Any]) -> Iterator[list[PriceCell]]:
    key = tuple_(cells.c.listing, cells.c.offer, cells.c.field)
    query = query.order_by(cells.c.listing, cells.c.offer, cells.c.field).limit(_PAGE)
    page = _cells(connection, query)
    while page:
        yield page
        last = page[-1]
        page = _cells(connection, query.where(key > (last.listing, last.offer, last.field)))


def _cells(connection: Connection, query: Select[Any]) -> list[PriceCell]:
    return list(map(PriceCell._make, connection.execute(query).all()))


def overridden(connection: Connection, channel: str, page: Sequence[PriceCell]) -> set[int]:
    """Those of the cells that the channel keeps a value of its own for, or ever kept one."""
    if not page:
        return set()
    listings = [cell.listing for cell in page]
    query = select(overrides.c.listing, overrides.c.offer, overrides.c.field).where(
        overrides.c.channel == channel,
        overrides.c.field.in_(_FIELDS),
        overrides.c.listing.between(min(listings), max(listings)),
    )
    kept = {tuple(row) for row in connection.execute(query)}
    if not kept:
        return set()
    return {cell.id for cell in page if (cell.listing, cell.offer, cell.field) in kept}


def save(connection: Connection, moved: Sequence[Moved], now: datetime) -> None:
    """Write what moved, and nothing else of the cells."""
    update_many(
        connection,
        cells,
        ("desired", "why", "state", "cause"),
        [(each.desired, each.why, *_state(each), each.cell.id) for each in moved],
    )
    others = [each.cell.id for each in moved if each.desired != each.cell.desired]
    since = Moment().process_bind_param(now, connection.dialect)
    update_many(connection, cells, ("desired_since",), [(since, id) for id in others])
    rebased = [each for each in moved if each.rebased]
    if rebased:
        update = cells.update().where(cells.c.id == bindparam("cell"))
        values = [
            {"cell": each.cell.id, "base": each.base, "base_at": each.cell.observed_at}
            for each in rebased
        ]
        connection.execute(update, values)


def _state(moved: Moved) -> tuple[str, str | None]:
    return moved.state.value, moved.cause.value if moved.cause else None
