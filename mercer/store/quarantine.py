"""What could not be read: its identity and the reason here, its payload among the personal data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, exists, select

from mercer.core.contract import Unreadable
from mercer.store import personal
from mercer.store.personal import QUARANTINE, Sealed
from mercer.store.tables import listings, quarantine
from mercer.store.upsert import upsert
from mercer.store.vault import Vault

LONGEST: Final = 256 * 1024
"""Characters of a payload that are kept: the rest of what a platform sends is of no use to a reader."""


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


def keep_payload(
    connection: Connection,
    vault: Vault,
    channel: str,
    kind: str,
    each: Unreadable,
    keep: timedelta,
    now: datetime,
) -> None:
    """Seal the payload of what was set aside, for as long as `keep` from when it first was."""
    first = connection.execute(
        select(quarantine.c.first_at).where(
            quarantine.c.channel == channel, quarantine.c.kind == kind, quarantine.c.id == each.id
        )
    ).scalar_one()
    if first + keep <= now:
        return
    payload = Sealed(
        channel, QUARANTINE + kind, each.id, each.payload[:LONGEST], expires_at=first + keep
    )
    personal.keep(connection, vault, [payload], now)


def payload_of(
    connection: Connection, vault: Vault, channel: str, kind: str, id: str
) -> str | None:
    """The platform's own text of it. `None` where none is kept. Raise `SettingsError` where no key
    opens it. It may be personal: show it only to who asked for it, and log that it was shown.
    """
    return personal.opened(connection, vault, channel, QUARANTINE + kind, id)


def take_back(connection: Connection, channel: str, kind: str, ids: Iterable[str]) -> None:
    """These were read after all; their payloads go."""
    back = list(ids)
    connection.execute(
        quarantine.delete().where(
            quarantine.c.channel == channel, quarantine.c.kind == kind, quarantine.c.id.in_(back)
        )
    )
    personal.forget(connection, channel, QUARANTINE + kind, back)


def forget(connection: Connection, channel: str, kind: str, before: datetime) -> None:
    """What has not been met since then is there no more."""
    query = select(quarantine.c.id).where(
        quarantine.c.channel == channel,
        quarantine.c.kind == kind,
        quarantine.c.last_at < before,
    )
    take_back(connection, channel, kind, connection.execute(query).scalars().all())


def listings_never_read(connection: Connection, channel: str) -> list[str]:
    """Listings in quarantine of which nothing is known; each may be any product's page."""
    known = exists().where(
        listings.c.channel == quarantine.c.channel, listings.c.listing == quarantine.c.id
    )
    query = select(quarantine.c.id).where(
        quarantine.c.channel == channel, quarantine.c.kind == "listing", ~known
    )
    return list(connection.execute(query.order_by(quarantine.c.id)).scalars())


@dataclass(frozen=True, slots=True)
class SetAside:
    """`kind`: `listing`, `order` or `case`. `first_at` and `last_at`: when it was met unread."""

    channel: str
    kind: str
    id: str
    reason: str
    first_at: datetime
    last_at: datetime


def set_aside_of(connection: Connection, channel: str) -> list[SetAside]:
    """Everything of a channel in quarantine, by kind and id."""
    query = select(quarantine).where(quarantine.c.channel == channel)
    ordered = query.order_by(quarantine.c.kind, quarantine.c.id)
    return [SetAside(*row) for row in connection.execute(ordered)]
