"""What a cell should show, and why: pure functions over the catalogue, price book and ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from mercer.core.account import Channel
from mercer.core.cell import Field, to_text
from mercer.core.dealing import Deal
from mercer.core.derivation import NO_COMPARE_AT, Book, Derived, Pricing
from mercer.core.listing import ListingStatus
from mercer.core.product import Product, ProductStatus
from mercer.core.stock import Balance
from mercer.core.stock_rule import (
    Allocation,
    Published,
    StockRule,
    bundle_available,
    granted,
    shared_out,
)


@dataclass(frozen=True, slots=True)
class Desired:
    """`text` of `None` is unknown: the cell is blocked. `followed`: nothing was ever declared for
    this field, so the channel keeps its own.
    """

    text: str | None
    why: str
    followed: bool = False


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that the desired values of some listings rest on.

    `books`: what the price book says of each SKU; `pricing`: how a price is made of it; neither where no
    price is asked for. `balances`:
    SKU -> location -> what is there. `parts`: bundle -> part -> how many. `shares`: the keys of one
    SKU's living offers on this channel, in their fixed order. `home`: the channel whose number its
    stock is, and whose `rule` holds, but for SKUs with `rules` of their own. `allocations`: SKU -> what
    is left of each channel's, and where it may lie, the earliest first. `shows_none`: SKUs of which no
    offer shows any at present, as far as their rules ask for it. `deals`: what was dealt out of SKUs
    that sell fast; a channel's own part of it, where it has one, is in `home`'s name.
    """

    channel: Channel
    home: str
    now: datetime
    pricing: Pricing | None
    books: Mapping[str, Book]
    balances: Mapping[str, Mapping[str, Balance]]
    parts: Mapping[str, Mapping[str, int]]
    products: Mapping[str, Product]
    rule: StockRule
    rules: Mapping[str, StockRule] = field(default_factory=dict)
    allocations: Mapping[str, list[tuple[Allocation, set[str]]]] = field(default_factory=dict)
    shares: Mapping[str, list[tuple[str, str]]] = field(default_factory=dict)
    shows_none: frozenset[str] = frozenset()
    deals: Mapping[str, Deal] = field(default_factory=dict)
    _made: dict[str, Published | None] = field(default_factory=dict, repr=False, compare=False)
    _derived: dict[str, Derived] = field(default_factory=dict, repr=False, compare=False)

    def published(self, sku: str) -> Published | None:
        """What the channel may show of a SKU, by the rule that holds for it. `None`: it is not known.

        Made once, though a SKU's offers and their page all ask for it.
        """
        if sku not in self._made:
            self._made[sku] = _published(self, sku)
        return self._made[sku]

    def derived(self, sku: str) -> Derived:
        """What it should cost on the channel. Made once, though a SKU may have several offers."""
        if sku not in self._derived:
            assert self.pricing is not None  # loaded for cells of prices
            self._derived[sku] = self.pricing.derive(self.books[sku])
        return self._derived[sku]

    def rule_of(self, sku: str) -> StockRule:
        return self.rules.get(sku, self.rule)


_NO_COMPARE_AT: Final = Desired(None, NO_COMPARE_AT, followed=True)


def desired_price(derived: Derived) -> Desired:
    return Desired(to_text(derived.price), derived.why)


def desired_compare_at(derived: Derived) -> Desired:
    if derived.compare_at is None:
        return _NO_COMPARE_AT
    return Desired(to_text(derived.compare_at), derived.why)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a channel may draw on: `units` available to it; `held_back` is allocated to others."""

    units: int
    held_back: int = 0


def drawn(inputs: Inputs, sku: str, rule: StockRule) -> Drawn | None:
    """What is available of a SKU that is no bundle. `None`: it was counted at none of the locations."""
    there = inputs.balances.get(sku, {})
    places = rule.contributing(there)
    if not places:
        return None
    total = sum(there[place].available for place in places)
    others = inputs.allocations.get(sku)
    if not others:
        return Drawn(total)
    met = [allocation for allocation, lies in others if lies.intersection(places)]
    kept = granted(total, met)
    held_back = sum(units for channel, units in kept.items() if channel != inputs.home)
    return Drawn(total - held_back, held_back)


def dealt(inputs: Inputs, sku: str) -> int | None:
    """What the channel has left of its share of the last units. `None`: they are not dealt out.

    Of a bundle, what its parts' shares make up.
    """
    rule = inputs.rule_of(sku)
    found = []
    for part, each in (inputs.parts.get(sku) or {sku: 1}).items():
        deal, there = inputs.deals.get(part), drawn(inputs, part, rule)
        if deal is not None and there is not None and inputs.home in deal.units:
            found.append(deal.left(there.units)[inputs.home] // each)
    return min(found, default=None)


def available(inputs: Inputs, sku: str) -> Drawn | None:
    """On hand less reserved, and less what is others'; of a bundle, what its parts make up."""
    rule = inputs.rule_of(sku)
    parts = inputs.parts.get(sku)
    if not parts:
        return drawn(inputs, sku, rule)
    counted = {part: drawn(inputs, part, rule) for part in parts}
    known = {part: each.units for part, each in counted.items() if each is not None}
    return Drawn(bundle_available(parts, known)) if len(known) == len(parts) else None


def _published(inputs: Inputs, sku: str) -> Published | None:
    found = available(inputs, sku)
    if found is None:
        return None
    rule = inputs.rule_of(sku)
    made = rule.published(
        found.units,
        inputs.now,
        shows_none=sku in inputs.shows_none,
        dealt=dealt(inputs, sku) if inputs.deals else None,
    )
    if not found.held_back:
        return made
    return replace(made, lines=(f"{found.held_back} allocated to other channels", *made.lines))


def desired_stock(inputs: Inputs, sku: str, listing: str, offer: str) -> Desired:
    if inputs.home != inputs.channel.name:
        return Desired(None, f"its number is kept on {inputs.home}", followed=True)
    rule = inputs.rule_of(sku)
    made = inputs.published(sku)
    if made is None:
        return Desired(None, _unknown(inputs, sku, rule))
    shown, shares = made.units, inputs.shares.get(sku, ())
    why = f"rule {rule.id}: {', '.join(made.lines)}"
    if len(shares) > 1:
        shown = shared_out(shown, len(shares))[shares.index((listing, offer))]
        why = f"{why}, shared by {len(shares)} offers"
    return Desired(str(shown), why)


def _unknown(inputs: Inputs, sku: str, rule: StockRule) -> str:
    made_of = inputs.parts.get(sku) or [sku]
    if rule.locations is not None and all(inputs.balances.get(part) for part in made_of):
        return f"never counted at {', '.join(rule.locations)}: the stock there is unknown, not 0"
    return "no opening balance: the stock is unknown, not 0"


def desired_of_listing(
    inputs: Inputs, code: str | None, cell: Field, observed: str | None, units: int | None
) -> Desired:
    """A listing's own field. `units`: what all its offers together should show, if known."""
    product = inputs.products.get(code) if code else None
    if product is None:
        return Desired(None, "no product", followed=True)
    if cell is Field.TITLE:
        return Desired(product.title, f"title of {product.code}")
    if cell is Field.DESCRIPTION:
        if product.description is None:
            return Desired(None, "no description declared", followed=True)
        return Desired(product.description, f"description of {product.code}")
    return _status(product, observed, units)


def _status(product: Product, observed: str | None, units: int | None) -> Desired:
    """A page that the platform took off for want of stock stays so until there is some."""
    if product.status is not ProductStatus.ACTIVE:
        return Desired(ListingStatus.DELISTED.value, f"{product.code} is {product.status.value}")
    if observed == ListingStatus.SOLD_OUT.value and not units:
        return Desired(ListingStatus.SOLD_OUT.value, f"{product.code} is active, nothing to sell")
    return Desired(ListingStatus.LISTED.value, f"{product.code} is active")
