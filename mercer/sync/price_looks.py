"""What an edit of the rules, new rates and the passing of time bring to a channel's prices."""

from __future__ import annotations

from datetime import datetime

from mercer.core.account import Channel
from mercer.core.cell import PRICED_FIELDS
from mercer.core.price import ALWAYS
from mercer.store import price_rules, prices, rates, versions
from mercer.store.database import Transaction
from mercer.sync.renew import renew_skus
from mercer.sync.repricing import MANY, reprice
from mercer.sync.session import Session


def text_of(channel: Channel) -> str:
    """A channel's rules with all their settings."""
    return "\n".join(repr(each) for each in channel.price_rules)


def look(tx: Transaction, session: Session, channel: Channel) -> bool:
    """Renew a channel's prices as far as its rules, a rate or a dated entry changed since last time.

    Return whether all of them were.

    It costs what changes: a dated entry's edge its SKUs, an edit of the rules the channel.
    """
    now = session.clock.now()
    since = price_rules.looked_at(tx, channel.name) or ALWAYS
    turned = channel.price_rules and rates.any_turns(tx, since, now, session.rates_last)
    whole = _edited(tx, session, channel, now) or bool(turned)
    if whole:
        reprice(tx, session, channel)
    elif skus := prices.with_edges(tx, since, now):
        if len(skus) > MANY:
            reprice(tx, session, channel, skus)
        else:
            renew_skus(tx, session, skus, PRICED_FIELDS)
    price_rules.look(tx, channel.name, now)
    return whole


def _edited(tx: Transaction, session: Session, channel: Channel, now: datetime) -> bool:
    """Whether the rules are others than they were seen last; if so, they are a new version."""
    version, known = price_rules.latest(tx, channel.name)
    text = text_of(channel)
    if text == known:
        return False
    versions.bump(tx, "price_rules")
    price_rules.see(tx, channel.name, version + 1, text, session.who, now)
    return True
