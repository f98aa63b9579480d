"""Erase one person and keep the sales: a receipt stays, and what was erased does not come back."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from mercer.core.audit import Kind, Line
from mercer.core.errors import InputError
from mercer.store import customers, orders, personal
from mercer.store.customers import CustomerRow, Erasure
from mercer.store.database import Transaction
from mercer.sync import audit
from mercer.sync.people import person
from mercer.sync.session import Session

log: Final = logging.getLogger("mercer.customers")


def whose(tx: Transaction, channel: str, order: str) -> list[CustomerRow]:
    """The customers that the order's buyer is; none where the platform does not tell who it is.

    Raise `InputError` where there is no such order.
    """
    if orders.version_of(tx, channel, order) is None:
        raise InputError(
            f"{channel} has no order {order!r}",
            hint="name it by its id; one that could not be read yet has to be read first",
            channel=channel,
        )
    owners = customers.of_orders(tx, channel, [order])
    return customers.same_person(tx, [row.id for row in owners.values()])


def erase_person(session: Session, id: int, reason: str) -> Erasure:
    """Erase a customer and everybody who is the same person. Raise `InputError` for an unknown id."""
    with session.database.write() as tx:
        receipt = _erase(tx, session, person(tx, id).customers, reason)
    return _swept(session, receipt)


def erase_buyer_of(session: Session, channel: str, order: str, reason: str) -> Erasure:
    """Erase the buyer of an order; where nobody knows who that is, what the order itself tells."""
    now = session.clock.now()
    with session.database.write() as tx:
        rows = whose(tx, channel, order) or [customers.nobody(tx, channel, order, now)]
        receipt = _erase(tx, session, rows, reason)
    return _swept(session, receipt)


def _erase(tx: Transaction, session: Session, rows: Sequence[CustomerRow], reason: str) -> Erasure:
    """Values and links go; the customers stay, as marks that keep old orders' data from coming back."""
    now, ids = session.clock.now(), [row.id for row in rows]
    links = customers.unlink(tx, ids)
    removed = tuple(
        (row.id, row.channel, personal.forget_customer(tx, row.id), links.get(row.id, 0))
        for row in rows
    )
    customers.forget_destinations(tx, ids)
    customers.mark_erased(tx, ids, now)
    receipt = Erasure(customers.next_receipt(tx), now, session.who, reason, removed)
    customers.save_erasure(tx, receipt)
    audit.note(tx, session, Line(Kind.CUSTOMER_ERASED, after=receipt.receipt))
    return receipt


def _swept(session: Session, receipt: Erasure) -> Erasure:
    """What was removed is taken out of the database's log too; else `mercer maintain` does it."""
    swept = session.database.sweep()
    extra = {"receipt": receipt.receipt, "removed": receipt.removed, "who": receipt.who}
    log.info("a person was erased", extra=extra | {"swept": swept})
    return receipt
