"""Which stock rule holds for a SKU on a channel, and what other channels have set aside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from mercer.core.stock_rule import Allocation, StockRule
from mercer.store import channels, stock_rules
from mercer.store.database import Transaction
from mercer.store.stock_rules import SkuRule
from mercer.sync.session import Session

SkuRules = Mapping[str, Mapping[str, SkuRule]]
"""SKU -> channel -> what is different there."""

_EVER = datetime.min.replace(tzinfo=UTC)


def stock_home(session: Session, channel: str) -> str:
    """The channel whose number it is: its own, or that of the channel which it shares stock with."""
    known = session.channels.get(channel)
    return known.stock_with if known is not None and known.stock_with else channel


def at_home(session: Session, home: str) -> set[str]:
    """The channels whose sales move this channel's number, itself among them."""
    sharing = {name for name, each in session.channels.items() if each.stock_with == home}
    return {home, *sharing}


def by_home(session: Session, taken: Mapping[str, int]) -> dict[str, int]:
    """Units that channels' orders took, by the channel whose number they moved."""
    found: dict[str, int] = {}
    for channel, units in taken.items():
        home = stock_home(session, channel)
        found[home] = found.get(home, 0) + units
    return found


def orders_known_until(tx: Transaction, session: Session, home: str) -> datetime | None:
    """Until when all orders are known that move this channel's number; `None`: not at all."""
    marks = [channels.state_of(tx, name).orders_watermark for name in at_home(session, home)]
    known = [mark for mark in marks if mark is not None]
    return min(known) if len(known) == len(marks) else None


def rule_of(session: Session, channel: str, own: Mapping[str, SkuRule]) -> StockRule:
    """`own`: the rules of one SKU by channel. A channel that is no longer there has no rule."""
    home = stock_home(session, channel)
    known = session.channels.get(home)
    rule = known.stock_rule if known is not None else StockRule("all")
    return own[home].over(rule) if home in own else rule


def allocations(
    tx: Transaction, session: Session, rules: SkuRules, counted: Mapping[str, Iterable[str]]
) -> dict[str, list[tuple[Allocation, set[str]]]]:
    """SKU -> what is left of each channel's allocation and where it may lie, the earliest first.

    `counted`: where each SKU lies.
    """
    allocated = {
        sku: [each for each in own.values() if each.allocation and each.channel in session.channels]
        for sku, own in rules.items()
    }
    skus = [sku for sku, own in allocated.items() if own]
    if not skus:
        return {}
    used = stock_rules.used(tx, skus)
    found: dict[str, list[tuple[Allocation, set[str]]]] = {}
    for sku in skus:
        for each in sorted(
            allocated[sku], key=lambda own: (own.allocated_at or _EVER, own.channel)
        ):
            gone = sum(
                used.get((sku, each.channel, by), 0) for by in at_home(session, each.channel)
            )
            left = max((each.allocation or 0) - max(gone, 0), 0)
            places = set(
                rule_of(session, each.channel, rules[sku]).contributing(counted.get(sku, ()))
            )
            found.setdefault(sku, []).append((Allocation(each.channel, left), places))
    return found
