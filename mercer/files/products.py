"""Product files: Mercer's own CSV and JSON, and Shopify's export as sellers have it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

from mercer.core.currency import minor_digits
from mercer.core.errors import InputError
from mercer.core.price import PriceEntry
from mercer.core.product import Product, ProductStatus, Sku
from mercer.files.cells import (
    NONE_WORDS,
    amount,
    barcode,
    compare_at,
    merchant_code,
    quantity,
    split,
)
from mercer.files.faults import Fault, Findings, Note
from mercer.files.prices import PriceRow, currency_of
from mercer.files.product_layout import OPTIONS, PRODUCTS
from mercer.files.reading import AS_IT_IS, Manner, open_table
from mercer.files.records import Record
from mercer.files.shopify import SHOPIFY, mercer_records
from mercer.files.stock import StockRow
from mercer.files.tables import Table


@dataclass(frozen=True, slots=True)
class ProductsFile:
    """`prices` are base prices, `stock` the opening quantities at the seller's one location."""

    products: tuple[Product, ...]
    prices: tuple[PriceRow, ...]
    stock: tuple[StockRow, ...]
    faults: tuple[Fault, ...]
    notes: tuple[Note, ...]
    sheet: str = ""

    @property
    def entries(self) -> tuple[PriceEntry, ...]:
        return tuple(row.entry for row in self.prices)


def read_products(
    path: Path, currency: str | None = None, manner: Manner = AS_IT_IS
) -> ProductsFile:
    """Read products with their SKUs, and the prices and quantities that the file has.

    `currency` is for prices that name none, as all of Shopify's. A fault withholds the value it
    names and what cannot stand without it: a bad price leaves the price unknown, a bad SKU leaves
    the SKU out, a bad title the product. In a Mercer file a blank compare_at declares nothing; in
    Shopify's it says that there is none. Raise `InputError` where there is no such file, or no
    currency for a price.
    """
    if currency is not None:
        minor_digits(currency)
    findings = Findings(path)
    table = open_table(path, (PRODUCTS, SHOPIFY), findings, manner)
    shelf = _Shelf(currency, findings)
    for record in _records(table, findings):
        shelf.take(record)
    products = tuple(shelf.products())
    kept = {sku.sku for product in products for sku in product.skus}
    return ProductsFile(
        products,
        tuple(row for row in shelf.prices if row.entry.sku in kept),
        tuple(row for row in shelf.stock if row.sku in kept),
        findings.faults,
        findings.notes,
        findings.sheet,
    )


def _records(table: Table | None, findings: Findings) -> Iterator[Record]:
    if table is None:
        return iter(())
    if table.layout is SHOPIFY:
        return mercer_records(table.records, findings)
    return table.records


_SHARED: Final = ("title", "description", "status", "vendor", "kind", "tags", "images")

_STATUSES: Final = {
    "": ProductStatus.ACTIVE,
    "上架": ProductStatus.ACTIVE,
    "下架": ProductStatus.DRAFT,
    "归档": ProductStatus.ARCHIVED,
    **{status.value: status for status in ProductStatus},
}


@dataclass(slots=True)
class _Draft:
    """A product while its rows come in: what they say of it, and each SKU that is sound."""

    record: Record
    shared: dict[str, str] = field(default_factory=dict)
    skus: list[Sku] = field(default_factory=list)


class _Shelf:
    def __init__(self, currency: str | None, findings: Findings) -> None:
        self._currency = currency
        self._findings = findings
        self._drafts: dict[str, _Draft] = {}
        self._lines: dict[str, int] = {}
        self.prices: list[PriceRow] = []
        self.stock: list[StockRow] = []

    def take(self, record: Record) -> None:
        code = record.text("product")
        if not code:
            message = "the product code is blank"
            self._findings.at(record, "product", message, "write the product's code in every row")
            return
        draft = self._drafts.setdefault(code, _Draft(record))
        self._share(draft, record)
        sku = self._sku(record)
        if sku is not None:
            draft.skus.append(sku)
            self._price(record, sku)
            self._quantity(record, sku)

    def _share(self, draft: _Draft, record: Record) -> None:
        """What is said of the product stands in its first row, or the same in several."""
        for column in _SHARED:
            said = record.verbatim(column)
            if said.strip() and draft.shared.setdefault(column, said) != said:
                message = f"the rows of product {record.text('product')!r} differ in this"
                fix = f"make it what line {draft.record.line} says, or leave it blank"
                self._findings.at(record, column, message, fix)

    def _sku(self, record: Record) -> Sku | None:
        before = self._findings.count
        code = self._findings.tried(record, "sku", merchant_code)
        if code is not None and code in self._lines:
            message = f"SKU {code!r} is already on line {self._lines[code]}"
            self._findings.at(record, "sku", message, "give each SKU a row and a code of its own")
        bars = self._findings.tried(record, "barcode", barcode)
        options = tuple(self._options(record))
        parts = self._findings.tried(record, "parts", partial(_parts, whole=code))
        if code is None or self._findings.count > before:
            return None
        self._lines[code] = record.line
        return Sku(code, bars, options, parts or ())

    def _options(self, record: Record) -> Iterator[tuple[str, str]]:
        for n in count(1):
            if n not in OPTIONS and f"option{n}_name" not in record.cells:
                return
            name, value = record.text(f"option{n}_name"), record.text(f"option{n}_value")
            if name and value:
                yield name, value
            elif name or value:
                column = f"option{n}_value" if name else f"option{n}_name"
                message = f"option {n} has only one of name and value"
                self._findings.at(record, column, message, "write both or neither")

    def _price(self, record: Record, sku: Sku) -> None:
        struck = record.text("compare_at")
        if not record.text("price"):
            if struck and struck.casefold() not in NONE_WORDS:
                message = "a compare-at price stands without a price"
                self._findings.at(record, "compare_at", message, "write the price too")
            return
        before = self._findings.count
        currency = currency_of(record, self._currency, self._findings)
        if currency is None:
            return
        price_of = partial(amount, currency=currency, style=record.style)
        struck_of = partial(compare_at, currency=currency, style=record.style)
        price = self._findings.tried(record, "price", price_of)
        was = self._findings.tried(record, "compare_at", struck_of)
        if price is not None and self._findings.count == before:
            entry = PriceEntry(sku.sku, price, compare_at=was)
            self.prices.append(PriceRow(entry, record.line))

    def _quantity(self, record: Record, sku: Sku) -> None:
        if not record.text("quantity"):
            return
        if sku.parts:
            message = "a bundle has no stock of its own; its parts have"
            self._findings.at(record, "quantity", message, "leave the quantity blank")
            return
        units = self._findings.tried(record, "quantity", partial(quantity, style=record.style))
        if units is not None:
            self.stock.append(StockRow(sku.sku, "", units, record.line))

    def products(self) -> Iterator[Product]:
        for code, draft in self._drafts.items():
            product = self._product(code, draft)
            if product is not None:
                yield product

    def _product(self, code: str, draft: _Draft) -> Product | None:
        said = draft.shared
        if "title" not in said:
            message = f"product {code!r} has no title"
            self._findings.at(draft.record, "title", message, "write it in the product's first row")
            return None
        status = _STATUSES.get(said.get("status", "").strip().casefold())
        if status is None:
            words = ", ".join(status.value for status in ProductStatus)
            message = f"{said['status']!r} is not a status"
            self._findings.at(draft.record, "status", message, f"write one of {words}")
            return None
        if not draft.skus:
            return None
        return Product(
            code,
            said["title"],
            said.get("description"),
            status,
            said.get("vendor", "").strip() or None,
            said.get("kind", "").strip() or None,
            split(said.get("tags", "")),
            split(said.get("images", "")),
            tuple(draft.skus),
        )


def _parts(text: str, whole: str | None) -> tuple[tuple[str, int], ...]:
    """`SKU-1*2;SKU-2*1`. Raise `InputError` for anything else."""
    parts = {}
    for item in split(text):
        sku, star, number = item.rpartition("*")
        if not star or not sku.strip():
            raise InputError(f"{item!r} is not a part", hint="write SKU*count, such as SKU-1*2")
        times = quantity(number.strip())
        if times == 0:
            raise InputError(f"{item!r} counts none", hint="take the part out")
        if sku.strip() in parts:
            raise InputError(f"part {sku.strip()!r} stands twice", hint="add the counts up")
        parts[sku.strip()] = times
    if whole in parts:
        raise InputError(f"{whole!r} is a part of itself", hint="name the SKUs it is made of")
    return tuple(parts.items())
