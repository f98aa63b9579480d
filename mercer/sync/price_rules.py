"""What the price rules of a channel touch."""

from __future__ import annotations

from collections import Counter

from mercer.core.account import Channel
from mercer.store import catalogue, offers
from mercer.store.database import Transaction


def touched(tx: Transaction, channel: Channel) -> list[int]:
    """How many linked offers each rule concerns, in the order of the rules."""
    every = offers.count(tx, channel.name, only_linked=True) if channel.price_rules else 0
    found = [0 if rule.tags else every for rule in channel.price_rules]
    if not any(rule.tags for rule in channel.price_rules):
        return found
    for skus in offers.skus_by_page(tx, channel.name):
        times = Counter(skus)
        for sku, tags in catalogue.tags_of(tx, times).items():
            for index, rule in enumerate(channel.price_rules):
                if rule.tags and rule.concerns(tags):
                    found[index] += times[sku]
    return found
