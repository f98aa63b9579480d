"""What desired values rest on, loaded for the SKUs and pages that are renewed together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mercer.core.account import Channel
from mercer.core.cell import Field
from mercer.core.listing import FulfilledBy
from mercer.core.product import Product
from mercer.store import cells
from mercer.store.database import Transaction
from mercer.sync.counted import Counted
from mercer.sync.desired import Inputs
from mercer.sync.pricing import books_of, pricing_of
from mercer.sync.session import Session
from mercer.sync.stock_rules import allocations, by_home, rule_of, stock_home


def load_inputs(
    tx: Transaction,
    session: Session,
    channel: Channel,
    skus: Iterable[str],
    products: Mapping[str, Product],
    summed: Counted | None = None,
    *,
    prices: bool = True,
) -> Inputs:
    """What the desired values of these SKUs and of pages of `products` rest on, on one channel;
    `prices` too.
    """
    wanted, sums = set(skus), summed or Counted(tx)
    parts = sums.parts(wanted)
    counted = {*(wanted - parts.keys()), *(part for each in parts.values() for part in each)}
    shares: dict[str, list[tuple[str, str]]] = {}
    for row in sums.offers(wanted, channel.name):
        if row.sku and row.fulfilled_by is FulfilledBy.SELLER:
            shares.setdefault(row.sku, []).append((row.listing, row.offer))
    balances = sums.balances(counted)
    own = sums.rules(wanted | counted)
    rules = {sku: rule_of(session, channel.name, own[sku]) for sku in own}
    rule = rule_of(session, channel.name, {})
    pricing = pricing_of(tx, session, channel) if prices else None
    watched = {sku for sku in shares if rules.get(sku, rule).delist_at is not None}
    return Inputs(
        channel,
        stock_home(session, channel.name),
        session.clock.now(),
        pricing,
        books_of(tx, pricing, wanted) if pricing else {},
        balances,
        parts,
        products,
        rule,
        rules,
        allocations(tx, session, own, balances),
        shares,
        _show_none(tx, channel.name, {sku: shares[sku] for sku in watched}),
        {
            sku: replace(deal, taken=by_home(session, deal.taken))
            for sku, deal in sums.deals(counted).items()
        },
    )


def _show_none(
    tx: Transaction, channel: str, shares: Mapping[str, list[tuple[str, str]]]
) -> frozenset[str]:
    """Those of these SKUs of which every offer should have shown none until now."""
    if not shares:
        return frozenset()
    pairs = {(channel, listing) for keys in shares.values() for listing, _ in keys}
    known: dict[tuple[str, str], list[str | None]] = {}
    for key, cell in cells.of_listings(tx, pairs, [Field.STOCK]).items():
        known.setdefault((key.listing, key.offer), []).append(cell.desired)
    found = set()
    for sku, keys in shares.items():
        shown = {text for key in keys for text in known.get(key, ())} - {None}
        if shown == {"0"}:
            found.add(sku)
    return frozenset(found)
