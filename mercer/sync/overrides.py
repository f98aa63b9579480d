"""End what a channel keeps as its own: by a person's word, or because its time is over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mercer.store import cells, overrides
from mercer.store.database import Transaction
from mercer.store.decisions import How
from mercer.store.overrides import Kept, Override
from mercer.sync.decisions import Ruling, decide
from mercer.sync.renew import renew_pairs
from mercer.sync.session import Session

_SLICE = 500


def end(session: Session, kept: Sequence[Kept], reason: str) -> None:
    """The catalogue's values hold again; the next plan writes them where they differ."""
    ruling = Ruling(How.ENDED, session.who, reason)
    for start in range(0, len(kept), _SLICE):
        with session.database.write() as tx:
            end_each(tx, session, [each.override for each in kept[start : start + _SLICE]], ruling)


def end_expired(tx: Transaction, session: Session) -> None:
    """Cells whose override has expired are judged anew."""
    expired = overrides.lapsed(tx, session.clock.now())
    for start in range(0, len(expired), _SLICE):
        end_each(tx, session, expired[start : start + _SLICE], Ruling(How.EXPIRED, "mercer"))


def end_each(tx: Transaction, session: Session, ended: Iterable[Override], ruling: Ruling) -> None:
    """Within a transaction."""
    keys = [each.key for each in ended]
    pairs = {(key.channel, key.listing) for key in keys}
    known = cells.of_listings(tx, pairs)
    for key in keys:
        if key in known:
            decide(tx, session, known[key], ruling)
    overrides.drop(tx, keys)
    renew_pairs(tx, session, pairs)
