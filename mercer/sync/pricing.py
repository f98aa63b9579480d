"""The price guards' view of a change: what else is known of the offer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from mercer.core.account import Channel
from mercer.core.cell import Field, money_from_text
from mercer.core.charged import Shown, is_new_low, lowest_before
from mercer.core.derivation import NO_TAGS, Book, Pricing
from mercer.core.guard import UNDECLARED, Finding, Guard, Limit, PriceMove, check_price
from mercer.core.money import Money
from mercer.core.scheduled import scheduled_from_text
from mercer.store import catalogue, price_rules, prices, rates, shown_prices
from mercer.store.database import Transaction
from mercer.sync import foreseen
from mercer.sync.foreseen import Foreseen
from mercer.sync.session import Session

_ABOUT_STRIKE: Final = (Guard.STRIKE_THROUGH, Guard.UNKNOWN_HISTORY)
_SLICE: Final = 500


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of an offer beside its price. `shown`: what it cost until now, the oldest first;
    `foreseen`: what campaigns are due to do to it.
    """

    floor: Limit = UNDECLARED
    ceiling: Limit = UNDECLARED
    cost: Money | None = None
    shown: Sequence[Shown] = ()
    foreseen: Sequence[Foreseen] = ()


NOTHING_KNOWN: Final = Beside()

OfferKey = tuple[str, str]
"""Listing and offer."""


def pricing_of(tx: Transaction, session: Session, channel: Channel) -> Pricing:
    """How prices of a channel are made at this moment."""
    known = rates.holding(tx, session.clock.now(), session.rates_last)
    return Pricing(channel, known, price_rules.latest(tx, channel.name)[0])


def books_of(tx: Transaction, pricing: Pricing, skus: Collection[str]) -> dict[str, Book]:
    """What the price book says of each of these SKUs on the channel; of all of them."""
    found: dict[str, Book] = {}
    wanted = sorted(skus)
    for start in range(0, len(wanted), _SLICE):
        batch = wanted[start : start + _SLICE]
        entries, tags = prices.of_skus(tx, batch), tags_of(tx, pricing, batch)
        for sku in batch:
            found[sku] = pricing.book(entries.get(sku, ()), tags.get(sku, NO_TAGS))
    return found


def tags_of(
    tx: Transaction, pricing: Pricing, skus: Collection[str]
) -> Mapping[str, frozenset[str]]:
    """Of those of these SKUs that have any, if a rule asks for them."""
    if not any(rule.tags for rule in pricing.channel.price_rules):
        return {}
    return catalogue.tags_of(tx, skus)


def any_beside(tx: Transaction, channel: str, now: datetime) -> bool:
    """Whether the book knows any limit or cost, or a campaign may be at work: else guards look at moves
    alone, but for offers that show a compare-at price.
    """
    return prices.any_beside(tx) or foreseen.any_open(tx, channel, now)


def beside(
    tx: Transaction,
    session: Session,
    channel: Channel,
    wanted: Mapping[OfferKey, str],
    struck: Collection[OfferKey],
) -> dict[OfferKey, Beside]:
    """What the guards need to know of offers: `wanted`, each with its SKU, of which `struck` show a
    compare-at price.

    Looked up only where the book knows a limit or a cost, or a compare-at price or a campaign asks for
    it.
    """
    skus = set(wanted.values()) - {""}
    declared = prices.any_beside(tx)
    due = foreseen.of_skus(tx, channel.name, skus, session.clock.now())
    if not (declared or struck or due):
        return {}
    pricing = pricing_of(tx, session, channel)
    books = books_of(tx, pricing, skus) if declared else {}
    shown = shown_prices.of_offers(tx, channel.name, struck) if struck else {}
    found = {}
    for key, sku in wanted.items():
        book = books.get(sku)
        about = Beside(shown=shown.get(key, ()), foreseen=due.get(sku, ()))
        if book is not None:
            cost = pricing.cost(book)
            about = replace(about, floor=book.floor, ceiling=book.ceiling, cost=cost)
        found[key] = about
    return found


def judge_price(
    channel: Channel,
    cell: Field,
    before: str | None,
    after: str | None,
    partner: str | None,
    known: Beside,
    now: datetime,
) -> list[Finding]:
    """Findings on one cell of a price; `partner` is the other price cell of its offer.

    A scheduled price is judged as if it took the place of the price, its `partner`, at once. What a
    campaign foresaw, and a person let pass for it, does not block.
    """
    asked = cell
    if cell is Field.SCHEDULED:
        if not after:
            return []  # the price beside it was judged for itself
        scheduled = scheduled_from_text(after)
        asked, before, partner = Field.PRICE, partner, None
        after = str(scheduled.price) if scheduled else None

    findings = _judged(channel, asked, before, after, partner, known, now)
    if known.foreseen:

        def judge(shown: str | None) -> list[Finding]:
            return _judged(channel, asked, shown, after, partner, known, now)

        for each in known.foreseen:
            findings = each.let_pass(cell, before, after, findings, judge)
    return findings


def _judged(
    channel: Channel,
    cell: Field,
    before: str | None,
    after: str | None,
    partner: str | None,
    known: Beside,
    now: datetime,
) -> list[Finding]:
    own, other = money_from_text(after), money_from_text(partner)
    if cell is Field.PRICE:
        # Charging again what was charged within the month claims no more than the shop did already.
        claims = own is None or not known.shown or is_new_low(known.shown, own, now)
        move = PriceMove(
            channel.currency,
            money_from_text(before),
            own,
            other,
            known.floor,
            known.ceiling,
            known.cost,
            _lowest(known.shown, own, other, now) if claims else other,
        )
        return check_price(move, channel.guards)
    if own is None:
        return []
    lowest = _lowest(known.shown, other, own, now)
    move = PriceMove(channel.currency, None, other, own, lowest_before=lowest)
    findings = check_price(move, channel.guards)
    return [finding for finding in findings if finding.guard in _ABOUT_STRIKE]


def _lowest(
    shown: Sequence[Shown], price: Money | None, strike: Money | None, now: datetime
) -> Money | None:
    """What the strike-through must not be above. A record that is short of the 30 days can only tell
    against it.
    """
    if not shown or price is None or strike is None:
        return None
    found = lowest_before(shown, price, now)
    if found.price is None or found.price.currency != strike.currency:
        return None
    return found.price if found.whole or found.price < strike else None
