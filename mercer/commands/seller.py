"""The demo's seller: what the shops show, moved on a little, as the files that a seller has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Final

from mercer.core.money import Money
from mercer.core.price import PriceEntry
from mercer.files import StockRow, write_prices, write_products
from mercer.sandbox.catalogue import Article

AT_HOME: Final = "CNY"
"""The currency of the prices in the product file; the others stand in the price list."""

MOVES: Final = ("0.90", "0.95", "1.05", "1.10")
"""The seller's new prices, as shares of the old: real ones, which no guard minds."""


def moved_on(articles: Sequence[Article], rng: Random) -> list[Article]:
    """The same goods: some with other prices, titles or quantities than the shops show."""
    return [_moved_on(article, rng) for article in articles]


def _moved_on(article: Article, rng: Random) -> Article:
    die = rng.random()
    if die < 0.2:
        ratio = Decimal(rng.choice(MOVES))
        return replace(
            article,
            prices=_scaled(article.prices, ratio),
            compare_at=_scaled(article.compare_at, ratio),
        )
    if die < 0.25:
        title = f"{article.product.title} 2026"
        return replace(article, product=replace(article.product, title=title))
    if die < 0.4:
        quantities = {
            sku: number + rng.randint(1, 30) for sku, number in article.quantities.items()
        }
        return replace(article, quantities=quantities)
    return article


def _scaled(amounts: dict[str, dict[str, Money]], ratio: Decimal) -> dict[str, dict[str, Money]]:
    return {
        currency: {sku: each.scaled(ratio) for sku, each in by_sku.items()}
        for currency, by_sku in amounts.items()
    }


def write_files(
    articles: Sequence[Article], abroad: Iterable[str], folder: Path
) -> tuple[Path, Path]:
    """The goods with what there is of them and yuan prices, and a price list in the other currencies."""
    products, prices = folder / "catalogue.csv", folder / "prices.csv"
    write_products(
        [article.product for article in articles],
        products,
        prices=[entry for article in articles for entry in _entries(article, AT_HOME)],
        stock=[
            StockRow(sku, "", number)
            for article in articles
            for sku, number in article.quantities.items()
        ],
    )
    write_prices(
        [
            entry
            for article in articles
            for currency in abroad
            for entry in _entries(article, currency)
        ],
        prices,
    )
    return products, prices


def _entries(article: Article, currency: str) -> list[PriceEntry]:
    above = article.compare_at.get(currency, {})
    return [
        PriceEntry(sku, price, compare_at=above.get(sku))
        for sku, price in article.prices[currency].items()
    ]
