"""Set aside what could not be read, with its payload sealed where there is a place for it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from mercer.core.contract import Unreadable
from mercer.core.errors import InputError, RefusedError
from mercer.store import customers, quarantine
from mercer.store.database import Transaction
from mercer.store.quarantine import SetAside
from mercer.sync.people import vault_of
from mercer.sync.session import Session

log: Final = logging.getLogger("mercer.quarantine")


def set_aside(
    tx: Transaction,
    session: Session,
    channel: str,
    kind: str,
    unreadable: Iterable[Unreadable],
    now: datetime,
) -> None:
    """`kind`: `listing`, `order` or `case`. The payload of an order whose buyer was erased goes."""
    for each in unreadable:
        quarantine.set_aside(tx, channel, kind, each.id, each.reason, now)
        if session.vault is None or not each.payload:
            continue
        if kind == "order" and customers.is_erased(tx, channel, each.id):
            continue
        keep = session.channels[channel].keep_personal
        quarantine.keep_payload(tx, session.vault, channel, kind, each, keep, now)


def all_set_aside(session: Session, channels: Iterable[str] = ()) -> list[SetAside]:
    """Orders and cases that could not be read, of these channels or all. Listings come again anyhow."""
    with session.database.read() as tx:
        return [
            each
            for name in sorted(channels) or sorted(session.channels)
            for each in quarantine.set_aside_of(tx, name)
            if each.kind != "listing"
        ]


def open_payload(session: Session, id: str, channels: Iterable[str] = ()) -> tuple[SetAside, str]:
    """What the platform sent of an order or case that could not be read. The log notes who asked.

    It may be personal. Raise `InputError` where nothing of this id is set aside, or several things
    are, and `RefusedError` where no payload of it is kept.
    """
    found = [each for each in all_set_aside(session, channels) if each.id == id]
    if not found:
        raise InputError(f"{id!r} is not set aside", hint="see what is: mercer orders aside")
    if len(found) > 1:
        places = ", ".join(f"{each.kind} on {each.channel}" for each in found)
        raise InputError(f"{id!r} is set aside as {places}", hint="say which: --channel NAME")
    aside, vault = found[0], vault_of(session)
    with session.database.read() as tx:
        text = quarantine.payload_of(tx, vault, aside.channel, aside.kind, id)
    if text is None:
        raise RefusedError(
            f"no payload of {aside.kind} {id} is kept: the platform sent none, or it has had its time",
            hint="have it read again: mercer orders retry",
        )
    place = {"channel": aside.channel, "kind": aside.kind}
    log.info("payload opened", extra={**place, "id": id, "who": session.who})
    return aside, text
