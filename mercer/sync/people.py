"""Buyers as persons: the same one on several channels, found, counted, and opened on purpose."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mercer.core.contact import comparable_email, comparable_phone
from mercer.core.customer import Customer
from mercer.core.errors import InputError, SettingsError
from mercer.store import customers, personal
from mercer.store.customers import CustomerRow
from mercer.store.database import Transaction
from mercer.store.vault import Vault
from mercer.sync.customers import buyer_key, from_text
from mercer.sync.session import Session

log: Final = logging.getLogger("mercer.customers")


@dataclass(frozen=True, slots=True)
class Person:
    """`id` is the lowest of its customers', one for each channel it bought on."""

    customers: tuple[CustomerRow, ...]
    orders: int

    @property
    def id(self) -> int:
        return self.customers[0].id

    @property
    def ids(self) -> list[int]:
        return [each.id for each in self.customers]

    @property
    def channels(self) -> list[str]:
        return sorted({each.channel for each in self.customers})

    @property
    def first_at(self) -> datetime:
        return min(each.first_at for each in self.customers)

    @property
    def last_at(self) -> datetime:
        return max(each.last_at for each in self.customers)

    @property
    def erased_at(self) -> datetime | None:
        return max((each.erased_at for each in self.customers if each.erased_at), default=None)


@dataclass(frozen=True, slots=True)
class OpenedOrder:
    """`customer` is `None` where nothing is kept (any more)."""

    channel: str
    order: str
    number: str
    status: str
    created_at: datetime
    customer: Customer | None


def people(tx: Transaction, channels: Collection[str] = ()) -> list[Person]:
    """Everybody who bought on these channels, or on any; whoever bought last comes first."""
    counts = customers.order_counts(tx)
    found = [_person(rows, counts) for rows in _grouped(tx)]
    if channels:
        found = [each for each in found if not set(channels).isdisjoint(each.channels)]
    return sorted(found, key=lambda each: (each.last_at, each.id), reverse=True)


def _person(rows: Iterable[CustomerRow], counts: dict[int, int]) -> Person:
    theirs = tuple(sorted(rows, key=lambda row: row.id))
    return Person(theirs, sum(counts.get(row.id, 0) for row in theirs))


def _grouped(tx: Transaction) -> list[list[CustomerRow]]:
    """Customers by person, in one look at all of them; `customers.same_person` is for a few."""
    rows = customers.all_of_them(tx)
    leader = {row.id: row.id for row in rows}

    def led_by(id: int) -> int:
        while leader[id] != id:
            leader[id] = id = leader[leader[id]]
        return id

    first: dict[str, int] = {}
    keys = [(row.id, row.key) for row in rows if row.key is not None]
    for id, hash_of in [*keys, *customers.links(tx)]:
        leader[led_by(id)] = led_by(first.setdefault(hash_of, id))
    groups: dict[int, list[CustomerRow]] = defaultdict(list)
    for row in rows:
        groups[led_by(row.id)].append(row)
    return list(groups.values())


def person(tx: Transaction, id: int) -> Person:
    """Raise `InputError` where there is no such customer."""
    rows = customers.same_person(tx, [id])
    if not rows:
        raise InputError(f"there is no customer {id}", hint="see them: mercer customers list")
    return _person(rows, customers.order_counts(tx))


def find(session: Session, *, email: str = "", phone: str = "", key: str = "") -> list[Person]:
    """Who has this e-mail, this phone or this buyer key, where a platform lets Mercer compare them.

    Raise `InputError` for what cannot be compared, and `SettingsError` without a place for personal
    data.
    """
    vault = vault_of(session)
    forms = _forms(session, email, phone, key)
    if not forms:
        raise InputError(
            "that is no e-mail address or phone number that can be compared",
            hint="write a phone with its country code: +86 139 1234 5678",
        )
    with session.database.write() as tx:
        prints = personal.fingerprints(tx, vault, session.clock.now())
        ids = customers.with_hashes(tx, {prints.of(*form) for form in forms})
        found = {each.id: each for each in (person(tx, id) for id in ids)}
    return [found[id] for id in sorted(found)]


def _forms(session: Session, email: str, phone: str, key: str) -> set[tuple[str, ...]]:
    """What the hashes to look for are made of."""
    channels = session.channels.values()
    kinds = {
        "email": {comparable_email(email)},
        "phone": {comparable_phone(phone), comparable_phone(phone, in_china=True)},
    }
    found: set[tuple[str, ...]] = {buyer_key(each, key) for each in channels} if key else set()
    for kind, values in kinds.items():
        for value in values - {None}:
            assert value is not None
            found.add((kind, value))
            found |= {(f"buyer by {kind}", each.platform, each.account, value) for each in channels}
    return found


def open_person(session: Session, id: int) -> tuple[Person, Sequence[OpenedOrder]]:
    """Everything that is kept of one person, in plain text. It is logged who had it opened.

    Raise `InputError` where there is no such customer, `SettingsError` where no key opens a value.
    """
    vault = vault_of(session)
    with session.database.read() as tx:
        found = person(tx, id)
        values = personal.opened_of(tx, vault, found.ids)
        orders = [
            OpenedOrder(
                row.channel,
                row.order,
                row.number,
                row.status,
                row.created_at,
                from_text(values[key]) if (key := (row.channel, row.order)) in values else None,
            )
            for row in customers.orders_of(tx, found.ids)
        ]
    log.info("personal data opened", extra={"customers": found.ids, "who": session.who})
    return found, orders


def vault_of(session: Session) -> Vault:
    if session.vault is None:
        raise SettingsError(
            "this workspace keeps no personal data",
            hint='say in mercer.toml where its keys are: [personal] key = "file:secrets/personal.key"',
        )
    return session.vault
