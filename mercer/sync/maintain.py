"""Keep personal data no longer than settings say, and under the newest key."""

from __future__ import annotations

from dataclasses import dataclass, field

from mercer.store import customers, personal
from mercer.sync.people import vault_of
from mercer.sync.session import Session

Removed = dict[tuple[str, str], int]
"""(channel, kind of value) -> how many."""


@dataclass(frozen=True, slots=True)
class Maintained:
    """`links`: hashes of e-mails and phones of whom nothing is kept any more. `kept`: values that stay.

    `swept` is false where another process still reads a log in which the removed values are.
    """

    expired: Removed
    links: int
    kept: int
    swept: bool
    resealed: int | None = None
    dropped: Removed = field(default_factory=dict)


def try_key(session: Session) -> int:
    """Seal and open something; tell how many values are kept. Raise `SettingsError` if it fails."""
    vault = vault_of(session)
    with session.database.write() as tx:
        personal.fingerprints(tx, vault, session.clock.now())
        return personal.count(tx)


def maintain(
    session: Session, *, reseal: bool = False, drop_unopenable: bool = False
) -> Maintained:
    """Apply retention; on request seal everything under the first key, and drop what no key opens.

    Raise `SettingsError` where a key is missing: nothing has changed then.
    """
    now = session.clock.now()
    resealed: int | None = None
    dropped: Removed = {}
    with session.database.write() as tx:
        for channel in session.channels.values():
            personal.renew_expiry(tx, channel.name, channel.keep_personal)
        expired = personal.expire(tx, now)
        if drop_unopenable:
            dropped = personal.drop_unopenable(tx, vault_of(session))
        if reseal:
            resealed = personal.reseal(tx, vault_of(session))
        links = customers.unlink_forgotten(tx)
        customers.forget_old_destinations(tx)
        kept = personal.count(tx)
    return Maintained(expired, links, kept, session.database.sweep(), resealed, dropped)
