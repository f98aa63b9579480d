"""The cells of prices alone, page by page, for renewing very many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Select,
    Text,
    and_,
    bindparam,
    case,
    column,
    exists,
    not_,
    or_,
    select,
    tuple_,
    update,
    values,
)

from mercer.core.cell import MONEY_FIELDS, Field
from mercer.core.derivation import NO_COMPARE_AT
from mercer.store.bulk import fetch_all
from mercer.store.columns import NUMBER, ticks
from mercer.store.prices import ENTRY, EntryRows
from mercer.store.tables import cells, offers, overrides, prices

_PAGE: Final = 1000
_SKUS: Final = 500
_TOGETHER: Final = 250
"""Cells that one statement writes."""

_FIELDS: Final = sorted(field.value for field in MONEY_FIELDS)
_PLACE: Final = ("listing", "offer", "field")
_KEY: Final = ("channel", "listing", "offer", "field", "scope")


PriceCell = tuple[int, str, str, str, str | None, str | None, str, str | None, str | None, bool]
"""Id, listing, offer, field, SKU, desired, why, observed, base, and whether it stands apart: more than
its price hangs on it. It is linked to nothing, gone, in flight, or the channel keeps or kept a value
of its own for it.
"""


_WRITTEN: Final = ("desired", "why", "state", "cause", "base")

Written = tuple[str | None, str, str, str | None, str | None]
"""What a cell holds from now on, in the order of `_WRITTEN`, as its columns keep it."""

_KEPT: Final = and_(
    exists(select(overrides.c.channel)),  # where there are none at all, no cell is looked for
    exists().where(*(overrides.c[name] == cells.c[name] for name in _KEY)),
)
_APART: Final = or_(cells.c.sku.is_(None), cells.c.gone, cells.c.in_flight.is_not(None), _KEPT)

_FOLLOWS: Final = and_(
    cells.c.field == Field.COMPARE_AT.value,
    cells.c.desired.is_(None),
    cells.c.why == NO_COMPARE_AT,
    not_(_APART),
)
_STRUCK: Final = prices.c.compare_at.is_not(None)

_NAMES: Final = ("id", "listing", "offer", "field", "sku", "desired", "why", "observed", "base")
_COLUMNS: Final = [*(cells.c[name] for name in _NAMES), _APART.label("apart")]
_CELL: Final = len(_COLUMNS)


def pages(
    connection: Connection, channel: str, skus: Collection[str] | None
) -> Iterator[list[tuple[PriceCell, EntryRows]]]:
    """The price cells of a channel: of these SKUs, or all; each with what the book says of its SKU. A
    page may be written while it is read.

    Those are left out that follow the channel and to which the book has nothing to say.
    """
    query = select(*_COLUMNS).where(
        cells.c.channel == channel, cells.c.field.in_(_FIELDS), not_(_silent(connection, skus))
    )
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
    query = _with_book(query.where(offers.c.sku.in_(bindparam("skus", expanding=True))))
    for start in range(0, len(wanted), _SKUS):
        yield _page(connection, query, {"skus": wanted[start : start + _SKUS]})


def _silent(connection: Connection, skus: Collection[str] | None) -> ColumnElement[bool]:
    """It follows the channel, and goes on doing so: most cells of strike-through prices."""
    any_struck = exists(select(prices.c.sku).where(_STRUCK))
    if skus is None and not connection.execute(select(any_struck)).scalar_one():
        return _FOLLOWS
    return and_(_FOLLOWS, not_(exists().where(prices.c.sku == cells.c.sku, _STRUCK)))


def _by_key(
    connection: Connection, query: Select[Any]
) -> Iterator[list[tuple[PriceCell, EntryRows]]]:
    key, last = [cells.c[name] for name in _PLACE], [bindparam(name, type_=Text) for name in _PLACE]
    query = _with_book(query.where(tuple_(*key) > tuple_(*last)).order_by(*key).limit(_PAGE))
    after: Sequence[str] = ("", "", "")
    while page := _page(connection, query, dict(zip(_PLACE, after, strict=True))):
        yield page
        after = page[-1][0][1:4]


def _with_book(query: Select[Any]) -> Select[Any]:
    """In the order of their keys. A cell comes once for each entry of its SKU."""
    page = query.subquery()
    joined = select(page, *ENTRY).outerjoin(prices, prices.c.sku == page.c.sku)
    return joined.order_by(*(page.c[name] for name in _PLACE))


def _page(
    connection: Connection, query: Select[Any], values: Mapping[str, Any]
) -> list[tuple[PriceCell, EntryRows]]:
    found: list[tuple[PriceCell, EntryRows]] = []
    for row in fetch_all(connection, query, values):
        cell, said = row[:_CELL], row[_CELL:]
        if found and found[-1][0] == cell:
            found[-1] = cell, (*found[-1][1], said)
        else:
            found.append((cell, (said,) if said[0] is not None else ()))
    return found


def save(connection: Connection, moved: Sequence[tuple[int, *Written]], now: datetime) -> None:
    """Write what moved, each with the cell's id before it, and nothing else of the cells."""
    statement, at = _moving(connection.dialect), ticks(now)
    for start in range(0, len(moved), _TOGETHER):
        batch = moved[start : start + _TOGETHER]
        blank = (None,) * ((_TOGETHER - len(batch)) * (1 + len(_WRITTEN)))
        connection.exec_driver_sql(statement, (*chain.from_iterable(batch), *blank, at))


@lru_cache(maxsize=4)
def _moving(dialect: Dialect) -> str:
    """Takes always the rows of `_TOGETHER` cells, and the time: a third of a statement for each."""
    text = [column(name, Text) for name in _WRITTEN]
    moved = values(column("id", NUMBER), *text, name="moved").data(
        [(0, *("" for _ in text))] * _TOGETHER
    )
    rows = moved.cte("moved")
    new: dict[str, Any] = {each.name: rows.c[each.name] for each in text}
    differs, rebased = (
        cells.c[name].is_distinct_from(rows.c[name]) for name in ("desired", "base")
    )
    new["desired_since"] = case(
        (differs, bindparam("now", type_=NUMBER)), else_=cells.c.desired_since
    )
    new["base_at"] = case((rebased, cells.c.observed_at), else_=cells.c.base_at)
    return str(update(cells).where(cells.c.id == rows.c.id).values(new).compile(dialect=dialect))
