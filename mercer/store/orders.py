"""Orders as facts, their lines, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from mercer.core.listing import FulfilledBy
from mercer.core.money import Money
from mercer.core.order import Order
from mercer.store.tables import order_lines, orders, quarantine
from mercer.store.upsert import upsert


def updated_at(connection: Connection, channel: str, order: str) -> datetime | None:
    """The platform's version of the order as it was last taken in."""
    query = select(orders.c.updated_at).where(orders.c.channel == channel, orders.c.order == order)
    found: datetime | None = connection.execute(query).scalar()
    return found


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


def lines_of_offers(
    connection: Connection, keys: Iterable[tuple[str, str, str]]
) -> list[dict[str, Any]]:
    """Lines of these (channel, listing, offer) keys that have no SKU yet, with their order's root."""
    conditions = [
        and_(
            order_lines.c.channel == channel,
            order_lines.c.listing == listing,
            order_lines.c.offer == offer,
        )
        for channel, listing, offer in keys
    ]
    return _lines(connection, or_(*conditions), order_lines.c.sku.is_(None)) if conditions else []


def lines_since(
    connection: Connection, skus: Iterable[str], since: datetime
) -> list[dict[str, Any]]:
    """Lines of these SKUs that a platform deducted at or after `since`."""
    return _lines(connection, order_lines.c.sku.in_(list(skus)), order_lines.c.deducted_at >= since)


def _lines(connection: Connection, *where: object) -> list[dict[str, Any]]:
    query = (
        select(order_lines, orders.c.root, orders.c.status, orders.c.updated_at)
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


def takings(connection: Connection, channel: str, offers: Iterable[str]) -> dict[str, list[Taking]]:
    """What each of these offers lost to its own channel's orders."""
    query = select(order_lines).where(
        order_lines.c.channel == channel,
        order_lines.c.offer.in_(list(offers)),
        order_lines.c.deducted_at.is_not(None),
        order_lines.c.fulfilled_by == FulfilledBy.SELLER.value,
    )
    found: dict[str, list[Taking]] = {}
    for row in connection.execute(query):
        taking = Taking(row.ordered, row.deducted_at, row.ordered - row.quantity, row.returned_at)
        found.setdefault(row.offer, []).append(taking)
    return found


def set_sku(connection: Connection, rows: Iterable[dict[str, Any]], sku: str) -> None:
    for row in rows:
        connection.execute(
            order_lines.update()
            .where(
                order_lines.c.channel == row["channel"],
                order_lines.c.order == row["order"],
                order_lines.c.line == row["line"],
            )
            .values(sku=sku)
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


def set_aside_of(connection: Connection, channel: str) -> list[tuple[str, str, str]]:
    """(kind, id, reason) of everything in quarantine."""
    query = select(quarantine.c.kind, quarantine.c.id, quarantine.c.reason).where(
        quarantine.c.channel == channel
    )
    return list(connection.execute(query.order_by(quarantine.c.kind, quarantine.c.id)))


def _text(money: Money | None) -> str | None:
    return None if money is None else str(money)
