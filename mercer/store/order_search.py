"""Orders as people look for them, and what past ones tell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    Select,
    and_,
    exists,
    func,
    select,
    type_coerce,
)

from mercer.core.order import OrderStatus
from mercer.store.tables import holds, order_lines, orders

_TOLD = 50
"""Orders of a SKU that are looked at for what is usual: the latest ones."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as it was last taken in, without its lines. Amounts are canonical texts."""

    channel: str
    order: str
    root: str
    number: str
    status: OrderStatus
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None
    cancelled_at: datetime | None
    currency: str
    totals: dict[str, str | None]
    difference: str | None
    ship_by: datetime | None
    customer: int | None
    held: bool


def named(connection: Connection, names: Collection[str]) -> dict[str, list[OrderRow]]:
    """By name, the orders with this id or number, whatever their channel.

    A number is found without the `#` that some shops put in front of it, too.
    """
    signed = {f"#{name}": name for name in names if not name.startswith("#")}
    found: dict[str, dict[tuple[str, str], OrderRow]] = {}
    for column, wanted in ((orders.c.order, names), (orders.c.number, [*names, *signed])):
        query = _query().where(column.in_(list(wanted))).order_by(orders.c.channel, orders.c.order)
        for row in map(_row, connection.execute(query)):
            said = row.order if column is orders.c.order else row.number
            for name in {said, signed.get(said, said)} & set(names):
                found.setdefault(name, {})[row.channel, row.order] = row
    return {name: list(rows.values()) for name, rows in found.items()}


def rows_of(connection: Connection, channel: str, ids: Collection[str]) -> dict[str, OrderRow]:
    """Of those of these orders that are known."""
    query = _query().where(orders.c.channel == channel, orders.c.order.in_(list(ids)))
    return {row.order: _row(row) for row in connection.execute(query)}


def listed(
    connection: Connection,
    channels: Sequence[str] = (),
    statuses: Sequence[OrderStatus] = (),
    *,
    since: datetime | None = None,
    only_held: bool = False,
    most: int | None = None,
) -> Iterator[OrderRow]:
    """The newest first. `since` is about when they were placed."""
    query = _query()
    if channels:
        query = query.where(orders.c.channel.in_(list(channels)))
    if statuses:
        query = query.where(orders.c.status.in_([status.value for status in statuses]))
    if since is not None:
        query = query.where(orders.c.created_at >= since)
    if only_held:
        query = query.where(_held())
    query = query.order_by(orders.c.created_at.desc(), orders.c.channel, orders.c.order)
    if most is not None:
        query = query.limit(most)
    for row in connection.execute(query.execution_options(yield_per=500)):
        yield _row(row)


def units_sold(connection: Connection, sku: str, since: datetime, until: datetime) -> list[int]:
    """Units of a SKU in each of its latest orders between these times."""
    query = (
        select(order_lines.c.ordered)
        .where(
            order_lines.c.sku == sku,
            order_lines.c.deducted_at >= since,
            order_lines.c.deducted_at < until,
        )
        .order_by(order_lines.c.deducted_at.desc())
        .limit(_TOLD)
    )
    return list(connection.execute(query).scalars())


def of_same_buyer(
    connection: Connection, channel: str, ids: Collection[str], within: timedelta
) -> dict[str, int]:
    """By order, how many its buyer placed in so long until then, itself among them.

    Orders of which nobody tells who buys are left out.
    """
    return _alike(connection, "customer", channel, ids, within)


def to_same_address(
    connection: Connection, channel: str, ids: Collection[str], within: timedelta
) -> dict[str, int]:
    """The same of where orders go."""
    return _alike(connection, "destination", channel, ids, within)


def _alike(
    connection: Connection, column: str, channel: str, ids: Collection[str], within: timedelta
) -> dict[str, int]:
    mine, others = orders.alias(), orders.alias()
    length = within // timedelta(microseconds=1)
    placed = type_coerce(mine.c.created_at, BigInteger)
    meanwhile = type_coerce(others.c.created_at, BigInteger).between(placed - length, placed)
    query = (
        select(mine.c.order, func.count())
        .join(others, and_(others.c[column] == mine.c[column], meanwhile))
        .where(mine.c.channel == channel, mine.c.order.in_(ids))
        .group_by(mine.c.order)
    )
    return dict(connection.execute(query).all())


def _held() -> Any:
    return exists().where(
        and_(
            holds.c.channel == orders.c.channel,
            holds.c.order == orders.c.order,
            holds.c.ended_at.is_(None),
        )
    )


def _query() -> Select[Any]:
    return select(orders, _held().label("held"))


def _row(row: Row[Any]) -> OrderRow:
    return OrderRow(
        row.channel,
        row.order,
        row.root,
        row.number,
        OrderStatus(row.status),
        row.created_at,
        row.updated_at,
        row.paid_at,
        row.cancelled_at,
        row.currency,
        row.totals,
        row.difference,
        row.ship_by,
        row.customer,
        bool(row.held),
    )
