"""Orders as facts, their lines, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, func, select, union

from mercer.core.listing import FulfilledBy
from mercer.core.money import Money
from mercer.core.order import Order, OrderStatus
from mercer.store.tables import listings, order_lines, orders, quarantine
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


def lines_of(connection: Connection, channel: str, order: str) -> list[dict[str, Any]]:
    query = select(order_lines).where(
        order_lines.c.channel == channel, order_lines.c.order == order
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def save(
    connection: Connection, channel: str, order: Order, lines: Sequence[dict[str, object]]
) -> None:
    """Renew an order. `lines` carry what the engine adds: SKU, deducted_at, returned_at."""
    totals = order.totals
    difference = totals.difference()
    row = {
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
        "totals": {
            "grand": _text(totals.grand),
            "goods": _text(totals.goods),
            "discount": _text(totals.discount),
            "shipping": _text(totals.shipping),
            "tax": _text(totals.tax),
        },
        "difference": str(difference) if difference and difference.minor else None,
    }
    upsert(connection, orders, [row])
    upsert(connection, order_lines, lines)


def lines_elsewhere(connection: Connection, channel: str, order: Order) -> set[str]:
    """The lines that other orders of the same root carry."""
    same = and_(orders.c.channel == order_lines.c.channel, orders.c.order == order_lines.c.order)
    query = (
        select(order_lines.c.line)
        .join(orders, same)
        .where(
            orders.c.channel == channel,
            orders.c.root == (order.root or order.order),
            orders.c.order != order.order,
        )
    )
    return set(connection.execute(query).scalars())


def unresolved(
    connection: Connection, channel: str, listing: str, offer: str
) -> list[dict[str, Any]]:
    """Lines of an offer that have no SKU yet, with the times of their order."""
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
    """Lines of these SKUs that a platform deducted at or after `since`."""
    return _lines(connection, order_lines.c.sku.in_(list(skus)), order_lines.c.deducted_at >= since)


def _lines(connection: Connection, *where: object) -> list[dict[str, Any]]:
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
        .where(*where)  # type: ignore[arg-type]
    )
    return [dict(row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True, slots=True)
class Taking:
    """Units that a line took off its offer, and those of them that came back."""

    taken: int
    taken_at: datetime
    back: int
    back_at: datetime | None


def takings(
    connection: Connection, channel: str, since: Mapping[str, datetime]
) -> dict[str, list[Taking]]:
    """What each of these offers lost to, or got back from, its own channel's orders since then."""
    if not since:
        return {}
    first = min(since.values())
    mine = select(order_lines).where(
        order_lines.c.channel == channel,
        order_lines.c.offer.in_(list(since)),
        order_lines.c.deducted_at.is_not(None),
        order_lines.c.fulfilled_by == FulfilledBy.SELLER.value,
    )
    # Two ranges of two indexes; as one condition they would be a look through all orders ever.
    query = union(
        mine.where(order_lines.c.deducted_at >= first),
        mine.where(order_lines.c.returned_at >= first),
    )
    found: dict[str, list[Taking]] = {}
    for row in connection.execute(query):
        taking = Taking(row.ordered, row.deducted_at, row.ordered - row.quantity, row.returned_at)
        found.setdefault(row.offer, []).append(taking)
    return found


def resolve(connection: Connection, line: dict[str, Any]) -> None:
    """A line is known to be of a SKU, and when its offer's platform takes units off."""
    connection.execute(
        order_lines.update()
        .where(
            order_lines.c.channel == line["channel"],
            order_lines.c.order == line["order"],
            order_lines.c.line == line["line"],
        )
        .values(sku=line["sku"], deducted_at=line["deducted_at"])
    )


def count(connection: Connection, channel: str) -> int:
    query = select(func.count()).select_from(orders).where(orders.c.channel == channel)
    return connection.execute(query).scalar_one()


def set_aside(
    connection: Connection, channel: str, kind: str, id: str, reason: str, now: datetime
) -> None:
    """Keep what could not be read by its identity, to be read again."""
    row = {
        "channel": channel,
        "kind": kind,
        "id": id,
        "reason": reason,
        "first_at": now,
        "last_at": now,
    }
    upsert(connection, quarantine, [row], keep=["first_at"])


def take_back(connection: Connection, channel: str, kind: str, ids: Iterable[str]) -> None:
    connection.execute(
        quarantine.delete().where(
            quarantine.c.channel == channel,
            quarantine.c.kind == kind,
            quarantine.c.id.in_(list(ids)),
        )
    )


def forget_set_aside(connection: Connection, channel: str, kind: str, before: datetime) -> None:
    """What has not been met since then is there no more."""
    connection.execute(
        quarantine.delete().where(
            quarantine.c.channel == channel,
            quarantine.c.kind == kind,
            quarantine.c.last_at < before,
        )
    )


def listings_never_read(connection: Connection, channel: str) -> list[str]:
    """Listings in quarantine of which nothing is known; each may be any product's page."""
    known = exists().where(
        listings.c.channel == quarantine.c.channel, listings.c.listing == quarantine.c.id
    )
    query = select(quarantine.c.id).where(
        quarantine.c.channel == channel, quarantine.c.kind == "listing", ~known
    )
    return list(connection.execute(query.order_by(quarantine.c.id)).scalars())


def set_aside_of(connection: Connection, channel: str) -> list[tuple[str, str, str]]:
    """(kind, id, reason) of everything in quarantine."""
    query = select(quarantine.c.kind, quarantine.c.id, quarantine.c.reason).where(
        quarantine.c.channel == channel
    )
    return list(connection.execute(query.order_by(quarantine.c.kind, quarantine.c.id)))


def _text(money: Money | None) -> str | None:
    return None if money is None else str(money)
