"""Shopify's product CSV, classic or newer headers, as records of Mercer's own product file.

Source of the columns: help.shopify.com, "Using CSV files to import and export products". A product
starts with a row that has everything; further rows of the handle hold a variant, an image, or both.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from mercer.core.product import ProductStatus
from mercer.files.cells import NONE_WORD, joined
from mercer.files.columns import Column, Kind
from mercer.files.faults import Findings
from mercer.files.records import Layout, Record

_OPTIONS: Final = (1, 2, 3)

SHOPIFY: Final = Layout(
    "shopify",
    {
        "product": Column(("handle", "url handle"), Kind.CODE),
        "title": Column(("title",)),
        "description": Column(("body (html)", "description")),
        "status": Column(("status",)),
        "published": Column(("published", "published on online store")),
        "vendor": Column(("vendor",)),
        "kind": Column(("type",)),
        "tags": Column(("tags",)),
        "images": Column(("image src", "product image url")),
        "sku": Column(("variant sku", "sku"), Kind.CODE),
        "barcode": Column(("variant barcode", "barcode"), Kind.CODE),
        "price": Column(("variant price", "price"), Kind.AMOUNT),
        "compare_at": Column(("variant compare at price", "compare at price"), Kind.AMOUNT),
        "quantity": Column(("variant inventory qty", "inventory quantity"), Kind.QUANTITY),
        **{f"option{n}_name": Column((f"option{n} name",)) for n in _OPTIONS},
        **{f"option{n}_value": Column((f"option{n} value",)) for n in _OPTIONS},
    },
    required=("product", "title"),
    quoted=False,
)

_ABOUT_PRODUCT: Final = ("title", "description", "vendor", "kind")
_ABOUT_VARIANT: Final = ("barcode", "price", "quantity")


def mercer_records(records: Iterable[Record], findings: Findings) -> Iterator[Record]:
    """One record for each variant, in the order of the file; the first tells of the product."""
    products: dict[str, list[Record]] = {}
    for record in records:
        handle = record.text("product")
        if handle:
            products.setdefault(handle, []).append(record)
        else:
            findings.at(record, "product", "the handle is blank", "write the product's handle")
    rows = [record for rows in products.values() for record in rows]
    codes = _Codes({record.text("sku") for record in rows})
    for handle, rows in products.items():
        yield from _variants(handle, rows, codes, findings)


def _variants(
    handle: str, rows: list[Record], codes: _Codes, findings: Findings
) -> Iterator[Record]:
    names: dict[int, str] = {}
    first = rows[0]
    for row in rows:
        if row is not first and not _has_variant(row):
            continue
        cells = {"product": handle, **_product_cells(rows, findings)} if row is first else {}
        cells |= {name: row.text(name) for name in _ABOUT_VARIANT}
        options = _options(row, names)
        for n, (name, value) in enumerate(options, start=1):
            cells |= {f"option{n}_name": name, f"option{n}_value": value}
        cells |= {
            "product": handle,
            "compare_at": row.text("compare_at") or NONE_WORD,
            "sku": row.text("sku") or codes.made_up(handle, [value for _, value in options]),
        }
        if not row.text("sku"):
            findings.note(row.line, f"no SKU is given; it is called {cells['sku']}")
        if not row.text("price"):
            findings.note(row.line, f"no price is given for {cells['sku']}; it stays unknown")
        yield Record(row.line, cells, row.headers, row.style)


def _has_variant(row: Record) -> bool:
    """Else the row only adds an image."""
    return any(row.text(column) for column in ("sku", "price", "option1_value"))


def _product_cells(rows: list[Record], findings: Findings) -> dict[str, str]:
    first = rows[0]
    images = dict.fromkeys(url for row in rows if (url := row.text("images")))
    tags = dict.fromkeys(tag for each in first.text("tags").split(",") if (tag := each.strip()))
    return {
        **{name: first.verbatim(name) for name in _ABOUT_PRODUCT},
        "status": _status(first, findings),
        "tags": joined(tags),
        "images": joined(images),
    }


def _status(row: Record, findings: Findings) -> str:
    """`Status` decides where the file has it: `Published` speaks of the online store alone.

    `unlisted` is on sale, for those who have the link.
    """
    status = row.text("status").casefold()
    hidden = row.text("published").casefold() == "false"
    if not status:
        return (ProductStatus.DRAFT if hidden else ProductStatus.ACTIVE).value
    if status == "unlisted":
        status = ProductStatus.ACTIVE.value
    if hidden and status == ProductStatus.ACTIVE.value:
        findings.note(row.line, "active, though not published on the online store: taken as active")
    return status


def _options(row: Record, names: dict[int, str]) -> list[tuple[str, str]]:
    """Names stand only in the product's first row. `Title: Default Title` is no option at all."""
    options = []
    for n in _OPTIONS:
        if name := row.text(f"option{n}_name"):
            names[n] = name
        if value := row.text(f"option{n}_value"):
            options.append((names.get(n, ""), value))
    return [] if options == [("Title", "Default Title")] else options


class _Codes:
    """SKUs for variants that have none: the same file gives the same codes."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken

    def made_up(self, handle: str, values: list[str]) -> str:
        wanted = code = "-".join(_slug(part) for part in (handle, *values))
        count = 1
        while code in self._taken:
            count += 1
            code = f"{wanted}-{count}"
        self._taken.add(code)
        return code


def _slug(text: str) -> str:
    """Capitals and digits of ASCII. What has other letters is told apart by a short digest."""
    plain = unicodedata.normalize("NFKD", text)
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    slug = re.sub(r"[^A-Z0-9]+", "-", letters.upper()).strip("-")
    if slug and letters.isascii():
        return slug
    digest = hashlib.sha256(text.encode()).hexdigest()[:6].upper()
    return f"{slug}-{digest}" if slug else digest
