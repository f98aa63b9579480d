"""The stock ledger: append-only movements, and the sums over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from mercer.core.cellstate import Cell
from mercer.core.stock import Balance, Movement, MovementKind
from mercer.store.tables import findings, incidents, movements
from mercer.store.upsert import insert_new


def post(
    connection: Connection,
    movement: Movement,
    *,
    channel: str | None = None,
    root: str | None = None,
    line: str | None = None,
) -> bool:
    """Append a movement; tell whether it was new. The same key again changes nothing."""
    row = {
        "key": movement.key,
        "sku": movement.sku,
        "location": movement.location,
        "kind": movement.kind.value,
        "on_hand": movement.on_hand,
        "reserved": movement.reserved,
        "at": movement.at,
        "reason": movement.reason,
        "channel": channel,
        "root": root,
        "line": line,
    }
    return insert_new(connection, movements, row)


def balances(connection: Connection, skus: Iterable[str]) -> dict[str, Balance]:
    """Sums over all locations. A SKU without an opening balance is left out: it is not known."""
    wanted = list(skus)
    opened = openings(connection, wanted)
    query = (
        select(movements.c.sku, func.sum(movements.c.on_hand), func.sum(movements.c.reserved))
        .where(movements.c.sku.in_(wanted))
        .group_by(movements.c.sku)
    )
    return {
        sku: Balance(int(on_hand), int(reserved))
        for sku, on_hand, reserved in connection.execute(query)
        if sku in opened
    }


def openings(connection: Connection, skus: Iterable[str]) -> dict[str, datetime]:
    """When each SKU was first counted; orders before that move nothing."""
    query = (
        select(movements.c.sku, func.min(movements.c.at))
        .where(movements.c.sku.in_(list(skus)), movements.c.kind == MovementKind.OPENING.value)
        .group_by(movements.c.sku)
    )
    return dict(connection.execute(query).all())


def earliest_opening(connection: Connection) -> datetime | None:
    query = select(func.min(movements.c.at)).where(movements.c.kind == MovementKind.OPENING.value)
    found: datetime | None = connection.execute(query).scalar()
    return found


def every_on_hand(connection: Connection) -> Iterator[tuple[str, str, int]]:
    """(SKU, location, on hand) of every SKU that has been counted."""
    query = (
        select(movements.c.sku, movements.c.location, func.sum(movements.c.on_hand))
        .group_by(movements.c.sku, movements.c.location)
        .having(func.count().filter(movements.c.kind == MovementKind.OPENING.value) > 0)
        .order_by(movements.c.sku, movements.c.location)
    )
    for sku, location, on_hand in connection.execute(query):
        yield sku, location, int(on_hand)


def on_hand(connection: Connection, sku: str, location: str) -> int | None:
    """`None` where the SKU was never counted at this location."""
    query = select(func.sum(movements.c.on_hand), func.count()).where(
        movements.c.sku == sku, movements.c.location == location
    )
    total, number = connection.execute(query).one()
    return int(total) if number else None


@dataclass(frozen=True, slots=True)
class Done:
    """What an order line has done to a SKU so far, in so many steps."""

    reserved: int = 0
    shipped: int = 0
    steps: int = 0


def moved_by_line(connection: Connection, channel: str, root: str, line: str) -> dict[str, Done]:
    query = (
        select(
            movements.c.sku,
            func.sum(movements.c.reserved),
            func.sum(movements.c.on_hand),
            func.count(),
        )
        .where(movements.c.channel == channel, movements.c.root == root, movements.c.line == line)
        .group_by(movements.c.sku)
    )
    return {
        sku: Done(int(reserved), -int(on_hand), steps)
        for sku, reserved, on_hand, steps in connection.execute(query)
    }


def record_oversell(
    connection: Connection, sku: str, channel: str, order: str, available: int, at: datetime
) -> bool:
    """An incident, once for each order that took more than there was."""
    row = {
        "sku": sku,
        "location": "",
        "channel": channel,
        "order": order,
        "available": available,
        "at": at,
    }
    return insert_new(connection, incidents, row)


def record_unexplained(connection: Connection, cell: Cell, at: datetime) -> None:
    """Stock at a shop that neither our writes nor its orders explain.

    The same numbers are recorded once for each base.
    """
    if cell.observed is None or cell.base_at is None:
        return
    key = cell.key
    row = {
        "channel": key.channel,
        "listing": key.listing,
        "offer": key.offer,
        "scope": key.scope,
        "sku": cell.sku,
        "expected": int(cell.observed) - cell.unexplained,
        "observed": int(cell.observed),
        "at": at,
    }
    same = [findings.c[name] == row[name] for name in ("channel", "listing", "offer", "scope")]
    last = connection.execute(
        select(findings.c.expected, findings.c.observed)
        .where(*same, findings.c.at > cell.base_at)
        .order_by(findings.c.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or tuple(last) != (row["expected"], row["observed"]):
        connection.execute(findings.insert().values(**row))
