"""What a cell should show, and why: pure functions over the catalogue, price book and ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mercer.core.account import Channel
from mercer.core.cell import Field, to_text
from mercer.core.listing import ListingStatus
from mercer.core.price import PriceEntry
from mercer.core.product import Product, ProductStatus
from mercer.core.stock import Balance, bundle_available, shared_out


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

    `prices` is by (SKU, channel or empty, currency). `parts`: bundle -> part -> how many. `shares`:
    the keys of one SKU's living offers on this channel, in their fixed order.
    """

    channel: Channel
    prices: Mapping[tuple[str, str, str], PriceEntry]
    balances: Mapping[str, Balance]
    parts: Mapping[str, Mapping[str, int]]
    products: Mapping[str, Product]
    shares: Mapping[str, list[tuple[str, str]]] = field(default_factory=dict)


def price_entry(inputs: Inputs, sku: str) -> PriceEntry | None:
    """The channel's own entry, else the base entry in the channel's currency."""
    currency = inputs.channel.currency
    own = inputs.prices.get((sku, inputs.channel.name, currency))
    return own or inputs.prices.get((sku, "", currency))


def desired_price(inputs: Inputs, sku: str) -> Desired:
    entry = price_entry(inputs, sku)
    if entry is None:
        return Desired(None, f"no price in {inputs.channel.currency} in the price book")
    return Desired(str(entry.price), _book(entry))


def desired_compare_at(inputs: Inputs, sku: str) -> Desired:
    entry = price_entry(inputs, sku)
    if entry is None or entry.compare_at is None:
        return Desired(None, "no compare-at price declared", followed=True)
    return Desired(to_text(entry.compare_at), _book(entry))


def _book(entry: PriceEntry) -> str:
    which = "channel price" if entry.channel else "base price"
    return f"price book v{entry.version}: {which} in {entry.price.currency}"


def available(inputs: Inputs, sku: str) -> int | None:
    """On hand less reserved; of a bundle, what its parts make up. `None`: some part is unknown."""
    parts = inputs.parts.get(sku)
    if not parts:
        balance = inputs.balances.get(sku)
        return None if balance is None else balance.available
    counted = {part: inputs.balances[part].available for part in parts if part in inputs.balances}
    if len(counted) < len(parts):
        return None
    return bundle_available(dict(parts), counted)


def desired_stock(inputs: Inputs, sku: str, listing: str, offer: str) -> Desired:
    rule = inputs.channel.stock_rule
    units = available(inputs, sku)
    if units is None:
        return Desired(None, "no opening balance: the stock is unknown, not 0")
    shares = inputs.shares.get(sku, [])
    shown = rule.published(units)
    why = f"rule {rule.id}: {units} available"
    if len(shares) > 1:
        shown = shared_out(shown, len(shares))[shares.index((listing, offer))]
        why = f"{why}, shared by {len(shares)} offers"
    return Desired(str(shown), why)


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
