"""Judge anew what time or `mercer.toml` has changed since cells were last judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mercer.core.account import Channel
from mercer.core.cell import Field
from mercer.store import channels, offers
from mercer.store.database import Transaction
from mercer.sync.overrides import end_expired
from mercer.sync.renew import renew
from mercer.sync.session import Session

_SLICE = 200


def catch_up(tx: Transaction, session: Session, names: Iterable[str]) -> None:
    """Overrides that have expired end; fields whose owner or policy is another are judged by it."""
    end_expired(tx, session)
    for name in names:
        _renew_switched(tx, session, session.channels[name])


def _renew_switched(tx: Transaction, session: Session, channel: Channel) -> None:
    state = channels.state_of(tx, channel.name)
    rules = _rules(channel)
    if state.judged_by == rules:
        return
    channels.save_state(tx, replace(state, judged_by=rules))
    if state.judged_by is None:  # never switched: whatever there is was judged as it says now
        return
    switched = [Field(name) for name, rule in rules.items() if state.judged_by.get(name) != rule]
    last = ""
    while page := offers.listings_after(tx, channel.name, last, _SLICE):
        renew(tx, session, channel, page, only=switched)
        last = page[-1]


def _rules(channel: Channel) -> dict[str, str]:
    return {
        field.value: f"owner {channel.owner(field).value}, policy {channel.policy(field).name}"
        for field in Field
        if field is not Field.SCHEDULED  # it goes with its price
    }
