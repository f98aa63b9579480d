"""A sandbox stocked from a seller's own product file."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_UP, Decimal
from pathlib import Path

from mercer.core.cell import Nothing
from mercer.core.currency import minor_digits
from mercer.core.money import Money
from mercer.core.price import PriceEntry
from mercer.core.product import Product
from mercer.files.products import read_products
from mercer.sandbox.catalogue import CURRENCIES, Article


def read_articles(path: Path, currency: str | None) -> tuple[list[Article], list[str]]:
    """The file's products, and one line on each that the file is at fault with.

    A price keeps its number in every shop: 18.90 USD in the file costs 18.90 CNY in a shop that
    sells in yuan, because a sandbox knows no exchange rates. What a currency has no coins for is
    rounded up: it costs 19 JPY. A SKU without a price is left out; one without a quantity is sold out.
    """
    file = read_products(path, currency)
    entries = {entry.sku: entry for entry in file.entries}
    quantities = {row.sku: row.quantity for row in file.stock}
    articles = [
        _article(product, entries, quantities)
        for product in file.products
        if any(sku.sku in entries for sku in product.skus)
    ]
    return articles, [str(fault) for fault in file.faults]


def _article(
    product: Product, entries: dict[str, PriceEntry], quantities: dict[str, int]
) -> Article:
    priced = tuple(sku for sku in product.skus if sku.sku in entries)
    prices = {sku.sku: price for sku in priced if (price := entries[sku.sku].price) is not None}
    compare_at = {
        sku.sku: above
        for sku in priced
        if (above := entries[sku.sku].compare_at) is not None and not isinstance(above, Nothing)
    }
    return Article(
        product=replace(product, skus=priced),
        prices={currency: _in(currency, prices) for currency in CURRENCIES},
        compare_at={currency: _in(currency, compare_at) for currency in CURRENCIES},
        quantities={sku.sku: quantities.get(sku.sku, 0) for sku in priced},
    )


def _in(currency: str, prices: dict[str, Money]) -> dict[str, Money]:
    coin = Decimal(1).scaleb(-minor_digits(currency))
    return {
        sku: Money.of(price.amount.quantize(coin, ROUND_UP), currency)
        for sku, price in prices.items()
    }
