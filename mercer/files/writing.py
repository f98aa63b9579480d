"""Files out, so that the readers of this room take them back equal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

from pydantic import BaseModel

from mercer.core.cell import Nothing
from mercer.core.errors import InputError
from mercer.core.money import Money
from mercer.core.price import ALWAYS, FOREVER, UNKNOWN, Declared, PriceEntry, Unknown
from mercer.core.product import Product, Sku
from mercer.files.documents import NONE, MoneyDocument
from mercer.files.prices import PRICES, PriceDocument
from mercer.files.product_layout import (
    OPTIONS,
    PRODUCTS,
    OptionDocument,
    PartDocument,
    ProductDocument,
    SkuDocument,
)
from mercer.files.records import Cells, Layout
from mercer.files.stock import STOCK, StockDocument, StockRow
from mercer.files.targets import Format, Target, opened, write_rows


def write_prices(entries: Iterable[PriceEntry], target: Target, format: Format = "csv") -> None:
    _write(PRICES, map(price_document, entries), target, format)


def price_document(entry: PriceEntry) -> PriceDocument:
    return PriceDocument(
        sku=entry.sku,
        price=_money(entry.price) if entry.price else None,
        channel=entry.channel,
        compare_at=_compare_at(entry.compare_at),
        floor=_limit(entry.floor, entry.currency),
        ceiling=_limit(entry.ceiling, entry.currency),
        cost=_limit(entry.cost, entry.currency),
        starts_at="" if entry.starts_at == ALWAYS else entry.starts_at.isoformat(),
        ends_at="" if entry.ends_at == FOREVER else entry.ends_at.isoformat(),
    )


def write_stock(rows: Iterable[StockRow], target: Target, format: Format = "csv") -> None:
    documents = (
        StockDocument(sku=row.sku, quantity=row.quantity, location=row.location) for row in rows
    )
    _write(STOCK, documents, target, format)


def write_products(
    products: Iterable[Product],
    target: Target,
    format: Format = "csv",
    *,
    prices: Iterable[PriceEntry] = (),
    stock: Iterable[StockRow] = (),
) -> None:
    """With the base price and the quantity of each SKU, where given.

    Raise `InputError` for what such a file cannot hold: a price of one channel, a floor, stock at a
    location, a second price or quantity of a SKU, a product without SKUs, and but in JSON a SKU with
    over three options.
    """
    price_of: dict[str, PriceEntry] = {}
    for entry in prices:
        if entry.sku in price_of or not _is_plain(entry):
            raise InputError(
                f"a product file holds one base price of {entry.sku!r}, and no channel's or floor",
                hint="write prices to a file of their own",
            )
        price_of[entry.sku] = entry
    stock_of: dict[str, int] = {}
    for row in stock:
        if row.sku in stock_of or row.location:
            raise InputError(
                f"a product file holds one quantity of {row.sku!r}, and no location",
                hint="write stock to a file of its own",
            )
        stock_of[row.sku] = row.quantity
    documents = (_product(product, price_of, stock_of) for product in products)
    _write(PRODUCTS, documents, target, format)


def _product(
    product: Product, price_of: Mapping[str, PriceEntry], stock_of: Mapping[str, int]
) -> ProductDocument:
    if not product.skus:
        raise InputError(f"product {product.code!r} has no SKU", hint="give it at least one")
    return ProductDocument(
        product=product.code,
        title=product.title,
        description=product.description or "",
        status=product.status.value,
        vendor=product.vendor or "",
        kind=product.kind or "",
        tags=list(product.tags),
        images=list(product.images),
        skus=[_sku(sku, price_of.get(sku.sku), stock_of.get(sku.sku)) for sku in product.skus],
    )


def _sku(sku: Sku, price: PriceEntry | None, quantity: int | None) -> SkuDocument:
    return SkuDocument(
        sku=sku.sku,
        barcode=sku.barcode or "",
        options=[OptionDocument(name=name, value=value) for name, value in sku.options],
        parts=[PartDocument(sku=part, count=count) for part, count in sku.parts],
        price=_money(price.price) if price and price.price else None,
        compare_at=_compare_at(price.compare_at) if price else None,
        quantity=quantity,
    )


def _money(money: Money) -> MoneyDocument:
    return MoneyDocument(amount=money.plain, currency=money.currency)


def _compare_at(value: Money | Nothing | None) -> MoneyDocument | None:
    if isinstance(value, Nothing):
        return NONE
    return _money(value) if value else None


def _limit(value: Declared, currency: str) -> MoneyDocument | None:
    """One that is not known has no amount to tell its currency by."""
    if isinstance(value, Unknown):
        return MoneyDocument(amount=UNKNOWN.value, currency=currency)
    return _compare_at(value)


def _is_plain(entry: PriceEntry) -> bool:
    """A base price with nothing but a compare-at price."""
    beside = (entry.floor, entry.ceiling, entry.cost)
    return not (entry.channel or entry.dated or any(each is not None for each in beside))


def _write(layout: Layout, documents: Iterable[BaseModel], target: Target, format: Format) -> None:
    if format == "json":
        with opened(target, "utf-8") as stream:
            _write_json(layout.name, documents, stream)
    else:
        write_rows(layout, _unfolded(layout, documents), target, format)


def _write_json(name: str, documents: Iterable[BaseModel], stream: TextIO) -> None:
    """One document a line, so that a fault's line tells which, and two exports compare well."""
    stream.write(f'{{"{name}": [')
    for index, document in enumerate(documents):
        stream.write(",\n" if index else "\n")
        content = document.model_dump(exclude_defaults=True)
        stream.write(json.dumps(content, ensure_ascii=False))
    stream.write("\n]}\n")


def _unfolded(layout: Layout, documents: Iterable[BaseModel]) -> Iterator[Cells]:
    assert layout.unfold is not None
    for document in documents:
        for cells in layout.unfold(document):
            if f"option{len(OPTIONS) + 1}_name" in cells:
                raise InputError(
                    f"{cells['sku']!r} has more options than a row has room for ({len(OPTIONS)})",
                    hint="write the products as JSON",
                )
            yield cells
