"""The one table of personal data: every value sealed, expiring, and under the name of its subject."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
)

from mercer.core.errors import SettingsError
from mercer.store.tables import orders, personal, quarantine
from mercer.store.upsert import upsert
from mercer.store.vault import Unopenable, Vault

ORDER: Final = "order"
QUARANTINE: Final = "quarantine:"
"""Kinds: whose an order is; the payload of what could not be read, by its own kind."""

_ROOT: Final = ("", "hash root", "")
_BATCH: Final = 500
_SUBJECT: Final = ("channel", "kind", "subject")


@dataclass(frozen=True, slots=True)
class Sealed:
    """`expires_at` of `None` is never."""

    channel: str
    kind: str
    subject: str
    text: str
    customer: int | None = None
    expires_at: datetime | None = None


def keep(connection: Connection, vault: Vault, values: Iterable[Sealed], now: datetime) -> None:
    """Seal values, each in the place of what was kept of its subject."""
    rows = [
        {
            "channel": value.channel,
            "kind": value.kind,
            "subject": value.subject,
            "customer": value.customer,
            "sealed": vault.seal(value.text),
            "made_at": now,
            "expires_at": value.expires_at,
        }
        for value in values
    ]
    upsert(connection, personal, rows, index=_SUBJECT)


def opened(
    connection: Connection, vault: Vault, channel: str, kind: str, subject: str
) -> str | None:
    """`None` where nothing is kept. Raise `SettingsError` where no key opens it."""
    return opened_all(connection, vault, channel, kind, [subject]).get(subject)


def opened_all(
    connection: Connection, vault: Vault, channel: str, kind: str, subjects: Iterable[str]
) -> dict[str, str]:
    """By subject, what is kept of these. Raise `SettingsError` where no key opens one."""
    rows = connection.execute(
        select(personal).where(
            personal.c.channel == channel,
            personal.c.kind == kind,
            personal.c.subject.in_(list(subjects)),
        )
    )
    return {row.subject: _opened_row(vault, row) for row in rows}


def _no_key(channel: str, kind: str, subject: str) -> SettingsError:
    what = "the secret behind the hashes of buyers" if kind == _ROOT[1] else f"{kind} {subject}"
    return SettingsError(
        f"no key of [personal] opens {what}; it is stored as it was",
        hint="put the key that sealed it back, on a line of its own; if it is lost for good: "
        "mercer maintain --drop-unopenable",
        channel=channel,
    )


def opened_of(
    connection: Connection, vault: Vault, customers: Collection[int]
) -> dict[tuple[str, str], str]:
    """(channel, order) -> what is kept of whose it is. Raise `SettingsError` as `opened` does."""
    rows = connection.execute(
        select(personal).where(personal.c.customer.in_(customers), personal.c.kind == ORDER)
    )
    return {(row.channel, row.subject): _opened_row(vault, row) for row in rows}


def _opened_row(vault: Vault, row: Any) -> str:
    try:
        return vault.open(row.sealed)
    except Unopenable:
        raise _no_key(row.channel, row.kind, row.subject) from None


# ------------------------------------------------------------------ keyed hashes


@dataclass(frozen=True, slots=True, repr=False)
class Fingerprints:
    """Keyed hashes: equal for what is equal, and telling nothing without the secret behind them."""

    root: bytes

    def of(self, *parts: str) -> str:
        message = json.dumps(parts, ensure_ascii=False).encode("utf-8")
        return hmac.new(self.root, message, sha256).hexdigest()


def fingerprints(connection: Connection, vault: Vault, now: datetime) -> Fingerprints:
    """Made when first needed. Only inside `Database.write`.

    The secret is random and lies sealed in the table like everything else, so that a new key, which
    seals it anew, changes no hash; and neither the key nor the database alone lets anybody hash.
    """
    root = opened(connection, vault, *_ROOT)
    if root is None:
        root = secrets.token_hex(32)
        keep(connection, vault, [Sealed(*_ROOT, root)], now)
    return Fingerprints(bytes.fromhex(root))


# ------------------------------------------------------------------ an end to it


def forget(connection: Connection, channel: str, kind: str, subjects: Iterable[str]) -> None:
    connection.execute(
        personal.delete().where(
            personal.c.channel == channel,
            personal.c.kind == kind,
            personal.c.subject.in_(list(subjects)),
        )
    )


def forget_order(connection: Connection, channel: str, order: str) -> int:
    """Whose the order is, and its payload in quarantine; tell how many values that were."""
    return connection.execute(
        personal.delete().where(
            personal.c.channel == channel,
            personal.c.kind.in_([ORDER, QUARANTINE + ORDER]),
            personal.c.subject == order,
        )
    ).rowcount


def forget_customer(connection: Connection, customer: int) -> int:
    """Everything of all the customer's orders, as `forget_order`."""
    theirs = select(orders.c.channel, orders.c.order).where(orders.c.customer == customer)
    subject = tuple_(personal.c.channel, personal.c.subject)
    of_theirs = and_(personal.c.kind.in_([ORDER, QUARANTINE + ORDER]), subject.in_(theirs))
    return connection.execute(
        personal.delete().where(or_(personal.c.customer == customer, of_theirs))
    ).rowcount


def renew_expiry(connection: Connection, channel: str, keep: timedelta) -> None:
    """As the settings are now: from an order's last change, or since something was set aside."""
    length = keep // timedelta(microseconds=1)
    of_order = select(type_coerce(orders.c.updated_at, BigInteger) + length).where(
        orders.c.channel == personal.c.channel, orders.c.order == personal.c.subject
    )
    set_aside = select(type_coerce(quarantine.c.first_at, BigInteger) + length).where(
        quarantine.c.channel == personal.c.channel,
        QUARANTINE + quarantine.c.kind == personal.c.kind,
        quarantine.c.id == personal.c.subject,
    )
    for mine, ends in ((personal.c.kind == ORDER, of_order), (_is_payload(), set_aside)):
        connection.execute(
            personal.update()
            .where(personal.c.channel == channel, mine, ends.exists())
            .values(expires_at=ends.scalar_subquery())
        )


def expire(connection: Connection, now: datetime) -> dict[tuple[str, str], int]:
    """Delete what has had its time; tell how many values of each (channel, kind)."""
    due = personal.c.expires_at <= now
    return _deleted(connection, due)


def count(connection: Connection) -> int:
    kept = select(func.count()).select_from(personal).where(personal.c.kind != _ROOT[1])
    return connection.execute(kept).scalar_one()


# ------------------------------------------------------------------ a new key


def reseal(connection: Connection, vault: Vault) -> int:
    """Everything under the vault's first key; tell how many. Raise `SettingsError` as `opened`."""
    vault.reread()
    number = 0
    for row in _each(connection):
        try:
            sealed = vault.reseal(row.sealed)
        except Unopenable:
            raise _no_key(row.channel, row.kind, row.subject) from None
        connection.execute(personal.update().where(personal.c.id == row.id).values(sealed=sealed))
        number += 1
    return number


def drop_unopenable(connection: Connection, vault: Vault) -> dict[tuple[str, str], int]:
    """Delete what no key opens, as its key is lost; tell how many of each (channel, kind)."""
    lost = []
    for row in _each(connection):
        try:
            vault.open(row.sealed)
        except Unopenable:
            lost.append(row.id)
    dropped: dict[tuple[str, str], int] = {}
    for start in range(0, len(lost), _BATCH):
        batch = personal.c.id.in_(lost[start : start + _BATCH])
        for place, number in _deleted(connection, batch).items():
            dropped[place] = dropped.get(place, 0) + number
    return dropped


def _each(connection: Connection) -> Iterator[Any]:
    """Every row, a batch at a time: there may be many, and each is changed on the way."""
    last = 0
    while True:
        query = select(personal).where(personal.c.id > last).order_by(personal.c.id)
        batch: Sequence[Any] = connection.execute(query.limit(_BATCH)).all()
        if not batch:
            return
        yield from batch
        last = batch[-1].id


def _deleted(connection: Connection, which: ColumnElement[bool]) -> dict[tuple[str, str], int]:
    kinds = (personal.c.channel, personal.c.kind)
    query = select(*kinds, func.count()).where(which).group_by(*kinds)
    found = {(channel, kind): number for channel, kind, number in connection.execute(query)}
    connection.execute(personal.delete().where(which))
    return found


def _is_payload() -> ColumnElement[bool]:
    return personal.c.kind.startswith(QUARANTINE)
