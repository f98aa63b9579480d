"""That there are buyers, whose orders are whose, and who is the same person: keyed hashes only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Text,
    and_,
    bindparam,
    delete,
    exists,
    func,
    select,
    update,
)

from mercer.store.tables import customer_links, customers, erasures, orders, personal
from mercer.store.upsert import upsert
from mercer.store.versions import bump


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A buyer at one channel. Nothing is kept of orders up to `erased_at`."""

    id: int
    channel: str
    key: str | None
    first_at: datetime
    last_at: datetime
    erased_at: datetime | None


def met(
    connection: Connection, channel: str, orders: Iterable[tuple[str, datetime]]
) -> dict[str, CustomerRow]:
    """The buyers with these hashes, each of which placed an order then; made at the first meeting."""
    times: dict[str, list[datetime]] = defaultdict(list)
    for key, at in orders:
        times[key].append(at)
    if not times:
        return {}
    rows = [
        {"channel": channel, "key": key, "first_at": min(at), "last_at": max(at)}
        for key, at in times.items()
    ]
    upsert(connection, customers, rows, keep=["first_at", "last_at"], index=["channel", "key"])
    found = connection.execute(
        select(customers).where(customers.c.channel == channel, customers.c.key.in_(list(times)))
    )
    known = {row.key: CustomerRow(*row) for row in found}
    stretched = [
        {
            "id_": row.id,
            "first": min(row.first_at, *times[key]),
            "last": max(row.last_at, *times[key]),
        }
        for key, row in known.items()
        if not row.first_at <= min(times[key]) <= max(times[key]) <= row.last_at
    ]
    if stretched:
        connection.execute(
            update(customers)
            .where(customers.c.id == bindparam("id_"))
            .values(first_at=bindparam("first"), last_at=bindparam("last")),
            stretched,
        )
    return known


@dataclass(frozen=True, slots=True)
class Whose:
    """`destination`: a keyed hash of where the order goes."""

    order: str
    customer: int | None
    destination: str | None


def assign(connection: Connection, channel: str, whose: Iterable[Whose]) -> None:
    """Say whose these orders are. A destination that is not told (any more) stays as it was."""
    goes_to = func.coalesce(bindparam("goes_to", type_=Text), orders.c.destination)
    mine = and_(orders.c.channel == channel, orders.c.order == bindparam("of_order"))
    connection.execute(
        update(orders).where(mine).values(customer=bindparam("owner"), destination=goes_to),
        [
            {"of_order": each.order, "owner": each.customer, "goes_to": each.destination}
            for each in whose
        ],
    )


def add_links(connection: Connection, links: Iterable[tuple[int, str, str]]) -> None:
    """(customer, kind, hash), of kinds `email` and `phone`."""
    rows = [{"customer": id, "kind": kind, "hash": hash_of} for id, kind, hash_of in links]
    upsert(connection, customer_links, rows)


def of_orders(connection: Connection, channel: str, ids: Iterable[str]) -> dict[str, CustomerRow]:
    """By order, whose it is as far as it was known."""
    query = (
        select(orders.c.order, customers)
        .join(customers, orders.c.customer == customers.c.id)
        .where(orders.c.channel == channel, orders.c.order.in_(list(ids)))
    )
    return {order: CustomerRow(*row) for order, *row in connection.execute(query)}


def is_erased(connection: Connection, channel: str, order: str) -> bool:
    """The order is one of those whose buyer was erased."""
    row = connection.execute(
        select(customers.c.erased_at, orders.c.created_at)
        .join(orders, orders.c.customer == customers.c.id)
        .where(orders.c.channel == channel, orders.c.order == order)
    ).one_or_none()
    return row is not None and row.erased_at is not None and row.created_at <= row.erased_at


# ------------------------------------------------------------------ who is who


def with_hashes(connection: Connection, hashes: Collection[str]) -> set[int]:
    """Those whose key or one of whose links is one of these."""
    by_key = select(customers.c.id).where(customers.c.key.in_(hashes))
    by_link = select(customer_links.c.customer).where(customer_links.c.hash.in_(hashes))
    return set(connection.execute(by_key.union(by_link)).scalars())


def same_person(connection: Connection, known: Iterable[int]) -> list[CustomerRow]:
    """These customers and all that share a key or a link with them, or with one that does."""
    found: set[int] = set()
    new = set(known)
    while new:
        found |= new
        new = with_hashes(connection, _hashes_of(connection, new)) - found
    query = select(customers).where(customers.c.id.in_(found)).order_by(customers.c.id)
    return [CustomerRow(*row) for row in connection.execute(query)]


def _hashes_of(connection: Connection, ids: Collection[int]) -> set[str]:
    keys = select(customers.c.key).where(customers.c.id.in_(ids), customers.c.key.is_not(None))
    links = select(customer_links.c.hash).where(customer_links.c.customer.in_(ids))
    return set(connection.execute(keys.union(links)).scalars())


def all_of_them(connection: Connection) -> list[CustomerRow]:
    return [CustomerRow(*row) for row in connection.execute(select(customers))]


def links(connection: Connection) -> list[tuple[int, str]]:
    """(customer, hash) of every link."""
    query = select(customer_links.c.customer, customer_links.c.hash)
    return [(customer, hash_of) for customer, hash_of in connection.execute(query)]


def order_counts(connection: Connection) -> dict[int, int]:
    """How many orders each customer has placed."""
    query = (
        select(orders.c.customer, func.count())
        .where(orders.c.customer.is_not(None))
        .group_by(orders.c.customer)
    )
    return dict(connection.execute(query).all())


def orders_of(connection: Connection, ids: Collection[int]) -> Sequence[Any]:
    """The orders of these customers, newest first: channel, order, number, status, created_at."""
    query = (
        select(
            orders.c.channel, orders.c.order, orders.c.number, orders.c.status, orders.c.created_at
        )
        .where(orders.c.customer.in_(ids))
        .order_by(orders.c.created_at.desc(), orders.c.channel, orders.c.order)
    )
    return connection.execute(query).all()


# ------------------------------------------------------------------ an end to it


def unlink(connection: Connection, ids: Collection[int]) -> dict[int, int]:
    """Their links go; tell how many each had."""
    mine = customer_links.c.customer.in_(ids)
    query = select(customer_links.c.customer, func.count()).where(mine)
    grouped = query.group_by(customer_links.c.customer)
    found: dict[int, int] = dict(connection.execute(grouped).all())
    connection.execute(delete(customer_links).where(mine))
    return found


def forget_destinations(connection: Connection, ids: Collection[int]) -> None:
    """Where the orders of these customers go."""
    connection.execute(update(orders).where(orders.c.customer.in_(ids)).values(destination=None))


def forget_old_destinations(connection: Connection) -> None:
    """Where orders go of which nothing is kept any more."""
    kept = exists().where(
        personal.c.channel == orders.c.channel,
        personal.c.kind == "order",
        personal.c.subject == orders.c.order,
    )
    connection.execute(
        update(orders).where(orders.c.destination.is_not(None), ~kept).values(destination=None)
    )


def unlink_forgotten(connection: Connection) -> int:
    """Links of those of whom no value is kept any more; tell how many went."""
    kept = exists().where(personal.c.customer == customer_links.c.customer)
    return connection.execute(delete(customer_links).where(~kept)).rowcount


def mark_erased(connection: Connection, ids: Collection[int], now: datetime) -> None:
    connection.execute(update(customers).where(customers.c.id.in_(ids)).values(erased_at=now))


def nobody(connection: Connection, channel: str, order: str, at: datetime) -> CustomerRow:
    """A customer without a key for an order whose buyer the platform does not tell."""
    values = {"channel": channel, "first_at": at, "last_at": at}
    made = connection.execute(customers.insert().values(**values).returning(customers)).one()
    row = CustomerRow(*made)
    assign(connection, channel, [Whose(order, row.id, None)])
    return row


@dataclass(frozen=True, slots=True)
class Erasure:
    """The receipt. `customers` tells of each [id, channel, values, links] what was removed."""

    receipt: str
    at: datetime
    who: str
    reason: str
    customers: tuple[tuple[int, str, int, int], ...]

    @property
    def removed(self) -> int:
        return sum(values + hashes for _, _, values, hashes in self.customers)


def next_receipt(connection: Connection) -> str:
    return f"e{bump(connection, 'erasure')}"


def save_erasure(connection: Connection, erasure: Erasure) -> None:
    connection.execute(
        erasures.insert().values(
            receipt=erasure.receipt,
            at=erasure.at,
            who=erasure.who,
            reason=erasure.reason,
            customers=[list(each) for each in erasure.customers],
            removed=erasure.removed,
        )
    )


def erasures_made(connection: Connection) -> list[Erasure]:
    """The oldest first."""
    rows = connection.execute(select(erasures).order_by(erasures.c.id))
    return [
        Erasure(row.receipt, row.at, row.who, row.reason, tuple(map(tuple, row.customers)))
        for row in rows
    ]
