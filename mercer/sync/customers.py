"""Keep whose orders are, sealed, and know buyers again without knowing who they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from mercer.core.account import Channel
from mercer.core.contact import comparable_address, comparable_email, comparable_phone
from mercer.core.customer import Customer
from mercer.core.order import Order
from mercer.store import customers, personal
from mercer.store.customers import CustomerRow, Whose
from mercer.store.database import Transaction
from mercer.store.personal import ORDER, Fingerprints, Sealed
from mercer.store.vault import Vault
from mercer.sync.session import Session

Told = Mapping[str, tuple[Order, Customer]]
"""Orders by id, and what they tell of their buyers."""


def keep_customers(
    tx: Transaction, session: Session, channel: str, orders: Iterable[Order]
) -> None:
    """Seal whose orders these are, in the transaction that has stored them.

    Nothing is kept of an order that is older than the channel keeps personal data, or whose buyer
    was erased since it was placed.
    """
    told = _told(session, channel, orders)
    if session.vault is None or not told:
        return
    prints = personal.fingerprints(tx, session.vault, session.clock.now())
    before = customers.of_orders(tx, channel, told)
    owners = before | _identified(tx, session, channel, told, prints)
    living = {
        id: each
        for id, each in told.items()
        if not any(_was_erased(rows.get(id), each[0]) for rows in (before, owners))
    }
    place = session.channels[channel]
    whose = [
        Whose(id, owners[id].id if id in owners else None, _destination(place, prints, living, id))
        for id in told
    ]
    customers.assign(tx, channel, whose)
    customers.add_links(
        tx,
        (
            (owners[id].id, kind, prints.of(kind, value))
            for id, (_, customer) in living.items()
            for kind, value in _comparable(session, channel, customer).items()
        ),
    )
    _seal(tx, session, session.vault, channel, living, owners)


def _told(session: Session, channel: str, orders: Iterable[Order]) -> Told:
    now, keep = session.clock.now(), session.channels[channel].keep_personal
    return {
        order.order: (order, order.customer)
        for order in orders
        if order.customer is not None
        and (order.customer.key or order.customer.reachable)
        and order.updated_at + keep > now
    }


def _was_erased(row: CustomerRow | None, order: Order) -> bool:
    """Who buys again after that gets the new order delivered."""
    return row is not None and row.erased_at is not None and order.created_at <= row.erased_at


def _identified(
    tx: Transaction, session: Session, channel: str, told: Told, prints: Fingerprints
) -> dict[str, CustomerRow]:
    """Whose the orders are, where something tells it."""
    place = session.channels[channel]
    hashes: dict[str, str] = {}
    for id, (_, customer) in told.items():
        identity = _identity(place, customer, _comparable(session, channel, customer))
        if identity is not None:
            hashes[id] = prints.of(*identity)
    met = customers.met(
        tx, channel, [(hash_of, told[id][0].created_at) for id, hash_of in hashes.items()]
    )
    return {id: met[hash_of] for id, hash_of in hashes.items()}


def _comparable(session: Session, channel: str, customer: Customer) -> dict[str, str]:
    """What may be compared with other channels' buyers, by kind, in its comparable form."""
    if customer.masked or channel not in session.connections:
        return {}
    currency = session.channels[channel].currency
    found = {
        "email": comparable_email(customer.email),
        "phone": comparable_phone(customer.phone, in_china=currency == "CNY"),
    }
    allowed = session.connections[channel].declared.linkable
    return {kind: value for kind, value in found.items() if value and kind in allowed}


def _identity(
    channel: Channel, customer: Customer, links: Mapping[str, str]
) -> tuple[str, ...] | None:
    """What the hash of a buyer is made of: the platform's own key, else what may be compared."""
    if customer.key:
        return buyer_key(channel, customer.key)
    for kind in ("email", "phone"):
        if kind in links:
            return f"buyer by {kind}", channel.platform, channel.account, links[kind]
    return None


def buyer_key(channel: Channel, key: str) -> tuple[str, ...]:
    """A platform's key of a buyer belongs to an account: another account's is another buyer's."""
    return "buyer", channel.platform, channel.account, key


def _destination(channel: Channel, prints: Fingerprints, living: Told, id: str) -> str | None:
    """Of where the order goes, to be compared within the account only."""
    customer = living[id][1] if id in living else None
    if customer is None or customer.masked:
        return None
    address = comparable_address(customer.address)
    return prints.of("address", channel.platform, channel.account, address) if address else None


def _seal(
    tx: Transaction,
    session: Session,
    vault: Vault,
    channel: str,
    living: Told,
    owners: Mapping[str, CustomerRow],
) -> None:
    keep = session.channels[channel].keep_personal
    known = personal.opened_all(tx, vault, channel, ORDER, living)
    values = []
    for id, (order, customer) in living.items():
        whole = from_text(known[id]).renewed(customer) if id in known else customer
        owner = owners[id].id if id in owners else None
        text = json.dumps(asdict(whole), ensure_ascii=False)
        values.append(Sealed(channel, ORDER, id, text, owner, order.updated_at + keep))
    personal.keep(tx, vault, values, session.clock.now())


def seals_of(
    tx: Transaction, session: Session, channel: str, orders: Iterable[str]
) -> dict[str, str]:
    """What platforms want back with a shipment, by order, as far as it is kept."""
    if session.vault is None:
        return {}
    kept = personal.opened_all(tx, session.vault, channel, ORDER, orders)
    seals = {order: from_text(text).seal for order, text in kept.items()}
    return {order: seal for order, seal in seals.items() if seal}


def from_text(text: str) -> Customer:
    values: dict[str, Any] = json.loads(text)
    return Customer(**values)
