"""The stock ledger: append-only movements, and the sums over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, case, func, select

from mercer.core.cellstate import Cell
from mercer.core.stock import Balance, Movement, MovementKind
from mercer.store import audit, provisional
from mercer.store.tables import findings, movements
from mercer.store.upsert import insert_all_new, insert_new


@dataclass(frozen=True, slots=True)
class OfOrder:
    """The order line that made a movement. `root`: the order, or the one that it was split off."""

    channel: str
    root: str
    line: str


def post(connection: Connection, movement: Movement, now: datetime) -> bool:
    """Append a movement; tell whether it was new. The same key again changes nothing."""
    audit.seal_new(connection, audit.MOVEMENTS)
    return insert_new(connection, movements, _row(movement, now))


def post_all(
    connection: Connection, made: Iterable[tuple[Movement, OfOrder]], now: datetime
) -> None:
    """Append what order lines moved. The same key again changes nothing."""
    audit.seal_new(connection, audit.MOVEMENTS)
    rows = [_row(movement, now, line) for movement, line in made]
    insert_all_new(connection, movements, rows)


def _row(movement: Movement, now: datetime, line: OfOrder | None = None) -> dict[str, object]:
    return {
        "key": movement.key,
        "sku": movement.sku,
        "location": movement.location,
        "kind": movement.kind.value,
        "on_hand": movement.on_hand,
        "reserved": movement.reserved,
        "at": movement.at,
        "posted_at": now,
        "reason": movement.reason,
        "channel": line.channel if line else None,
        "root": line.root if line else None,
        "line": line.line if line else None,
        "who": movement.who or None,
    }


def balances(connection: Connection, skus: Iterable[str]) -> dict[str, Balance]:
    """Sums over all locations. A SKU without an opening balance is left out: it is not known."""
    return {
        sku: sum(located.values(), Balance(0, 0))
        for sku, located in balances_at(connection, skus).items()
    }


def balances_at(connection: Connection, skus: Iterable[str]) -> dict[str, dict[str, Balance]]:
    """SKU -> location -> sums, of the locations where the SKU has been counted."""
    return {
        sku: {location: each.balance for location, each in places.items()}
        for sku, places in located(connection, skus).items()
    }


@dataclass(frozen=True, slots=True)
class Located:
    """A SKU at a location. Orders before `since`, when it was first counted there, move nothing."""

    balance: Balance
    since: datetime


def located(connection: Connection, skus: Iterable[str]) -> dict[str, dict[str, Located]]:
    """SKU -> location -> what is there, of the locations where the SKU has been counted."""
    rows = connection.execute(_LOCATED, {"skus": list(skus)})
    found: dict[str, dict[str, Located]] = {}
    for sku, location, on_hand, reserved, since in rows:
        balance = Balance(int(on_hand), int(reserved))
        found.setdefault(sku, {})[location] = Located(balance, since)
    for sku, location, units in provisional.held(connection, found):
        if there := found[sku].get(location):
            found[sku][location] = Located(there.balance + Balance(0, units), there.since)
    return found


_COUNTED: Final = func.min(case((movements.c.kind == MovementKind.OPENING.value, movements.c.at)))
_LOCATED: Final = (
    select(
        movements.c.sku,
        movements.c.location,
        func.sum(movements.c.on_hand),
        func.sum(movements.c.reserved),
        _COUNTED,
    )
    .where(movements.c.sku.in_(bindparam("skus", expanding=True)))
    .group_by(movements.c.sku, movements.c.location)
    .having(_COUNTED.is_not(None))
    .order_by(movements.c.sku, movements.c.location)
)
"""Made once: it is asked all the time while orders come in."""


def openings(connection: Connection, skus: Iterable[str]) -> dict[str, datetime]:
    """When each SKU was first counted anywhere; orders before that move nothing."""
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
    """What an order line has done to a SKU so far, in so many steps, and at which location."""

    reserved: int = 0
    shipped: int = 0
    steps: int = 0
    location: str | None = None

    def after(self, location: str, on_hand: int, reserved: int) -> Done:
        """With one more movement."""
        return Done(self.reserved + reserved, self.shipped - on_hand, self.steps + 1, location)


def moved_by_lines(
    connection: Connection, channel: str, roots: Iterable[str]
) -> dict[OfOrder, dict[str, Done]]:
    """What the lines of these orders, and of those split off them, have done to each SKU."""
    query = (
        select(movements)
        .where(movements.c.channel == channel, movements.c.root.in_(list(roots)))
        .order_by(movements.c.id)
    )
    found: dict[OfOrder, dict[str, Done]] = {}
    for row in connection.execute(query):
        line = found.setdefault(OfOrder(row.channel, row.root, row.line), {})
        line[row.sku] = line.get(row.sku, Done()).after(row.location, row.on_hand, row.reserved)
    return found


def movements_of_order(connection: Connection, channel: str, root: str) -> list[Movement]:
    """In the order in which they were posted, those of orders split off it among them."""
    query = select(movements).where(movements.c.channel == channel, movements.c.root == root)
    return [
        Movement(
            row.key,
            row.sku,
            row.location,
            MovementKind(row.kind),
            row.on_hand,
            row.reserved,
            row.at,
            row.reason,
            row.who or "",
        )
        for row in connection.execute(query.order_by(movements.c.id))
    ]


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
