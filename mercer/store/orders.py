"""Orders as facts, and their lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, select, union, update

from mercer.core.listing import FulfilledBy
from mercer.core.money import Money
from mercer.core.order import Order, OrderStatus, Totals
from mercer.store.tables import order_lines, orders
from mercer.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class Version:
    """Which version of an order was last taken in, by the platform's own time."""

    updated_at: datetime
    status: OrderStatus


def version_of(connection: Connection, channel: str, order: str) -> Version | None:
    row = connection.execute(
        select(orders.c.updated_at, orders.c.status).where(
            orders.c.channel == channel, orders.c.order == order
        )
    ).one_or_none()
    return Version(row.updated_at, OrderStatus(row.status)) if row else None


def versions_of(connection: Connection, channel: str, ids: Iterable[str]) -> dict[str, Version]:
    """Of those of these orders that are known."""
    query = select(orders.c.order, orders.c.updated_at, orders.c.status).where(
        orders.c.channel == channel, orders.c.order.in_(list(ids))
    )
    return {
        row.order: Version(row.updated_at, OrderStatus(row.status))
        for row in connection.execute(query)
    }


def mark_read(connection: Connection, channel: str, ids: Iterable[str], now: datetime) -> None:
    connection.execute(
        update(orders)
        .where(orders.c.channel == channel, orders.c.order.in_(list(ids)))
        .values(read_at=now)
    )


def read_since(
    connection: Connection, channel: str, since: datetime
) -> dict[str, tuple[datetime, datetime]]:
    """(changed, read) of the orders that were changed since then, by id."""
    query = select(orders.c.order, orders.c.updated_at, orders.c.read_at).where(
        orders.c.channel == channel, orders.c.updated_at >= since, orders.c.read_at.is_not(None)
    )
    return {order: (changed, read) for order, changed, read in connection.execute(query)}


def updates_of(connection: Connection, channel: str, ids: Iterable[str]) -> dict[str, datetime]:
    """When each of these orders was last changed, as far as they are known."""
    query = select(orders.c.order, orders.c.updated_at).where(
        orders.c.channel == channel, orders.c.order.in_(list(ids))
    )
    return dict(connection.execute(query).all())


def lines_of(connection: Connection, channel: str, order: str) -> list[dict[str, Any]]:
    return lines_of_all(connection, channel, [order]).get(order, [])


def lines_of_all(
    connection: Connection, channel: str, ids: Collection[str]
) -> dict[str, list[dict[str, Any]]]:
    """By order, each one's by their ids."""
    query = select(order_lines).where(
        order_lines.c.channel == channel, order_lines.c.order.in_(list(ids))
    )
    ordered = query.order_by(order_lines.c.order, order_lines.c.line)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(ordered).mappings():
        found.setdefault(row["order"], []).append(dict(row))
    return found


Families = dict[str, dict[str, dict[str, dict[str, Any]]]]
"""Root -> order -> line -> row: an order with those that were split off it."""


def families_of(connection: Connection, channel: str, roots: Iterable[str]) -> Families:
    """The lines of these orders, and of all that were split off them."""
    same = and_(orders.c.channel == order_lines.c.channel, orders.c.order == order_lines.c.order)
    query = (
        select(order_lines, orders.c.root)
        .join(orders, same)
        .where(orders.c.channel == channel, orders.c.root.in_(list(roots)))
    )
    found: Families = {}
    for each in connection.execute(query).mappings():
        row = dict(each)
        found.setdefault(row.pop("root"), {}).setdefault(row["order"], {})[row["line"]] = row
    return found


def save(
    connection: Connection,
    channel: str,
    seen: Iterable[Order],
    lines: Sequence[Mapping[str, object]],
    now: datetime,
) -> None:
    """Renew orders, each in its newest version, and these lines of theirs.

    `lines` carry what the engine adds: SKU, parts, deducted_at, returned_at.
    """
    newest = {order.order: _row(channel, order, now) for order in seen}
    upsert(connection, orders, list(newest.values()), keep=["first_seen_at"])
    upsert(connection, order_lines, lines)


def _row(channel: str, order: Order, now: datetime) -> dict[str, Any]:
    totals = order.totals
    difference = totals.difference()
    return {
        "channel": channel,
        "order": order.order,
        "root": order.root or order.order,
        "number": order.number,
        "status": order.status.value,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
        "paid_at": order.paid_at,
        "cancelled_at": order.cancelled_at,
        "currency": order.currency,
        "totals": as_texts(totals),
        "difference": str(difference) if difference and difference.minor else None,
        "ship_by": order.ship_by,
        "first_seen_at": now,
    }


def as_texts(totals: Totals) -> dict[str, str | None]:
    return {
        "grand": _text(totals.grand),
        "goods": _text(totals.goods),
        "discount": _text(totals.discount),
        "shipping": _text(totals.shipping),
        "tax": _text(totals.tax),
    }


def drop_lines(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """These lines have gone over to orders that were split off theirs."""
    for row in rows:
        connection.execute(
            order_lines.delete().where(
                *(order_lines.c[name] == row[name] for name in ("channel", "order", "line"))
            )
        )


def unresolved(
    connection: Connection, channel: str, listing: str, offer: str
) -> list[dict[str, Any]]:
    """Lines of an offer that have no SKU yet, with the times of their order, the oldest first."""
    return _lines(
        connection,
        order_lines.c.channel == channel,
        order_lines.c.listing == listing,
        order_lines.c.offer == offer,
        order_lines.c.sku.is_(None),
    )


def lines_since(
    connection: Connection, skus: Iterable[str], since: datetime
) -> list[dict[str, Any]]:
    """Lines of these SKUs that a platform deducted at or after `since`, the oldest orders first."""
    return _lines(connection, order_lines.c.sku.in_(list(skus)), order_lines.c.deducted_at >= since)


def _lines(connection: Connection, *where: ColumnElement[bool]) -> list[dict[str, Any]]:
    query = (
        select(
            order_lines,
            orders.c.root,
            orders.c.status,
            orders.c.created_at,
            orders.c.paid_at,
            orders.c.updated_at,
        )
        .join(
            orders,
            and_(orders.c.channel == order_lines.c.channel, orders.c.order == order_lines.c.order),
        )
        .where(*where)
        .order_by(
            orders.c.created_at, order_lines.c.channel, order_lines.c.order, order_lines.c.line
        )
    )
    return [dict(row) for row in connection.execute(query).mappings()]


_AT_ONCE: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Taking:
    """Units that a line took off its offer, and those of them that came back.

    `late`: by how much `taken_at` may be later than it was, where only a notification tells.
    """

    taken: int
    taken_at: datetime
    back: int
    back_at: datetime | None
    late: timedelta = _AT_ONCE


def takings(
    connection: Connection, channel: str, since: Mapping[str, datetime]
) -> dict[str, list[Taking]]:
    """What each of these offers lost to, or got back from, its own channel's orders since then."""
    if not since:
        return {}
    asked = {"of": channel, "offers": list(since), "first": min(since.values())}
    found: dict[str, list[Taking]] = {}
    for row in connection.execute(_TAKINGS, asked):
        taking = Taking(row.ordered, row.deducted_at, row.ordered - row.quantity, row.returned_at)
        found.setdefault(row.offer, []).append(taking)
    return found


_MINE: Final = select(
    order_lines.c.order,
    order_lines.c.line,
    order_lines.c.offer,
    order_lines.c.ordered,
    order_lines.c.quantity,
    order_lines.c.deducted_at,
    order_lines.c.returned_at,
).where(
    order_lines.c.channel == bindparam("of"),
    order_lines.c.offer.in_(bindparam("offers", expanding=True)),
    order_lines.c.deducted_at.is_not(None),
    order_lines.c.fulfilled_by == FulfilledBy.SELLER.value,
)
_TAKINGS: Final = union(
    _MINE.where(
        order_lines.c.deducted_at >= bindparam("first", type_=order_lines.c.deducted_at.type)
    ),
    _MINE.where(
        order_lines.c.returned_at >= bindparam("first", type_=order_lines.c.deducted_at.type)
    ),
)
"""Two ranges of two indexes; as one condition they would be a look through all orders ever. Made once:
it is asked all the time while orders come in.
"""


def resolve(connection: Connection, line: dict[str, Any]) -> None:
    """A line is known to be of a SKU, of what parts, and when its offer's platform takes units off."""
    connection.execute(
        order_lines.update()
        .where(
            order_lines.c.channel == line["channel"],
            order_lines.c.order == line["order"],
            order_lines.c.line == line["line"],
        )
        .values(sku=line["sku"], parts=line["parts"], deducted_at=line["deducted_at"])
    )


def count(connection: Connection, channel: str) -> int:
    query = select(func.count()).select_from(orders).where(orders.c.channel == channel)
    return connection.execute(query).scalar_one()


def _text(money: Money | None) -> str | None:
    return None if money is None else str(money)
