"""What campaigns foresaw of a channel's changes, and the guards that were let pass for it beforehand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from mercer.core.campaign import Campaign, CampaignEntry, Edge
from mercer.core.cell import PRICED_FIELDS, Field, to_text
from mercer.core.guard import NEVER_ALLOWED, Finding, Guard
from mercer.store import campaigns
from mercer.store.database import Transaction

LASTS: Final = timedelta(days=7)
"""How long after a campaign a price that it left behind is still taken for its own."""

_MOVES: Final = frozenset({Guard.BIG_MOVE, Guard.DECIMAL_SLIP})

Turn = tuple[str | None, str | None]
"""What a cell shows before, `None` for whatever it is, and after."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What is due to an offer at the edge of a campaign that began last, or is handed beforehand."""

    guards: frozenset[Guard]
    turns: Mapping[Field, Turn]

    def let_pass(
        self,
        field: Field,
        before: str | None,
        after: str | None,
        findings: Sequence[Finding],
        judge: Callable[[str], Sequence[Finding]],
    ) -> list[Finding]:
        """The findings, of which those that were let pass do not block.

        Where the book was edited since, what was foreseen is where the guards look from: `judge`
        tells what they find from there.
        """
        shown, expected = self.turns.get(field, (None, None))
        if expected is None or shown not in (None, before):
            return list(findings)
        guards = self.guards
        if after != expected:
            guards -= {each.guard for each in judge(expected)}
        return [replace(each, blocks=each.blocks and each.guard not in guards) for each in findings]


def of_skus(
    tx: Transaction, channel: str, skus: Collection[str], now: datetime
) -> dict[str, list[Foreseen]]:
    """By SKU, of the campaigns whose edges may be at work.

    No campaign is made whose prices could not go back, so how far they go was looked at then: a move
    back is too big where it is so from the price that was foreseen.
    """
    found: dict[str, list[Foreseen]] = {}
    open_ = {each.name: each for each in _not_over(tx, channel, now)}
    if not open_ or not skus:
        return found
    for name, entry in campaigns.named_with(tx, channel, skus):
        if (campaign := open_.get(name)) is None:
            continue
        guards = guards_of(campaign.allowed, entry.sku)
        if campaign.over(channel, now):
            guards |= _MOVES
        if guards:
            turns = _turns(campaign, entry, now)
            found.setdefault(entry.sku, []).append(Foreseen(guards, turns))
    return found


def any_open(tx: Transaction, channel: str, now: datetime) -> bool:
    """Whether edges of any campaign may be at work on a channel."""
    return bool(_not_over(tx, channel, now))


def uncounted(
    tx: Transaction, channel: str, now: datetime
) -> dict[Guard, frozenset[tuple[str, Field]]]:
    """Prices of SKUs that guards over a channel's changes as a whole leave out: a person let them pass
    for a campaign.
    """
    found: dict[Guard, frozenset[tuple[str, Field]]] = {}
    for campaign in _open(tx, channel, now):
        begun = campaign.edge(channel, Edge.START).begins_at <= now
        fields = PRICED_FIELDS if begun else (Field.SCHEDULED,)
        entries = list(campaigns.entries_of(tx, campaign.name, channel))
        own = frozenset((entry.sku, field) for entry in entries for field in fields)
        for guard in guards_of(campaign.allowed, channel):
            found[guard] = found.get(guard, frozenset()) | own
    return found


def told(tx: Transaction, channels: Iterable[str], now: datetime) -> list[str]:
    """What plans of these channels may let pass for campaigns, each with who said so and why."""
    found = {each.name: each for channel in channels for each in _open(tx, channel, now)}
    return [
        f"{', '.join(each.allowed)} of campaign {name} ({each.who}: {each.reason})"
        for name, each in sorted(found.items())
    ]


def guards_of(allowed: Collection[str], subject: str) -> frozenset[Guard]:
    """Those that `guard` or `guard:subject` lets pass; `subject` is a SKU or a channel."""
    names = (entry.partition(":") for entry in allowed)
    found = {Guard(name) for name, _, of in names if of in ("", subject)}
    return frozenset(found - NEVER_ALLOWED)


def _open(tx: Transaction, channel: str, now: datetime) -> list[Campaign]:
    """Those that were let pass a guard."""
    return [each for each in _not_over(tx, channel, now) if each.allowed]


def _not_over(tx: Transaction, channel: str, now: datetime) -> list[Campaign]:
    """Of which an edge may be at work, or which are to begin: what platforms are handed of those."""
    return [*campaigns.begun(tx, now, LASTS, channel), *campaigns.ahead(tx, now, channel)]


def _turns(campaign: Campaign, entry: CampaignEntry, now: datetime) -> dict[Field, Turn]:
    price, struck = str(entry.price), to_text(entry.compare_at)
    if campaign.over(entry.channel, now):
        return {
            Field.PRICE: (price, entry.after),
            Field.COMPARE_AT: (struck, entry.struck_after),
        }
    if now < campaign.edge(entry.channel, Edge.START).begins_at:
        return {Field.SCHEDULED: (None, price)}
    return {
        Field.PRICE: (None, price),
        Field.SCHEDULED: (None, price),
        Field.COMPARE_AT: (None, struck),
    }
