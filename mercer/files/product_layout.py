"""The shape of Mercer's own product file, as CSV columns and as JSON.

{"products": [
  {"product": "dress", "title": "Red dress", "description": "Long", "status": "active",
   "vendor": "Acme", "kind": "Dresses", "tags": ["red"], "images": ["https://..."],
   "skus": [
     {"sku": "D-S", "barcode": "690001", "options": [{"name": "Size", "value": "S"}],
      "price": {"amount": "12.30", "currency": "CNY"},
      "compare_at": {"amount": "20.00", "currency": "CNY"}, "quantity": 5},
     {"sku": "D-2", "parts": [{"sku": "D-S", "count": 2}],
      "price": {"amount": "24.00", "currency": "CNY"}, "compare_at": "none"}]}]}

A CSV file has a row for each SKU. What it says of the product stands in the product's first row.
Lists are joined with `;`, an item's own `;` or `\\` has a `\\` before it. Parts read `D-S*2;D-M*1`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel
from pydantic import Field as Entry

from mercer.files import columns
from mercer.files.cells import joined
from mercer.files.columns import Column, Kind
from mercer.files.documents import CompareAt, Document, MoneyDocument, price_cells
from mercer.files.records import Cells, Layout

OPTIONS: Final = (1, 2, 3)
"""A CSV file has columns for three options, as Shopify allows."""


class OptionDocument(Document):
    name: str
    value: str


class PartDocument(Document):
    sku: str
    count: int


class SkuDocument(Document):
    sku: str
    barcode: str = ""
    options: list[OptionDocument] = Entry(default=[])
    parts: list[PartDocument] = Entry(default=[])
    price: MoneyDocument | None = None
    compare_at: CompareAt = None
    quantity: int | None = None


class ProductDocument(Document):
    product: str
    title: str
    description: str = ""
    status: str = ""
    vendor: str = ""
    kind: str = ""
    tags: list[str] = Entry(default=[])
    images: list[str] = Entry(default=[])
    skus: list[SkuDocument] = Entry(min_length=1)


def _unfold(document: BaseModel) -> Iterator[Cells]:
    assert isinstance(document, ProductDocument)
    shared = {
        "title": document.title,
        "description": document.description,
        "status": document.status,
        "vendor": document.vendor,
        "kind": document.kind,
        "tags": joined(document.tags),
        "images": joined(document.images),
    }
    for sku in document.skus:
        yield {"product": document.product, **shared, **_sku_cells(sku)}
        shared = {}  # said once, in the first row: a person changes it in one place


def _sku_cells(sku: SkuDocument) -> dict[str, str]:
    cells = {
        "sku": sku.sku,
        "barcode": sku.barcode,
        "parts": joined(f"{part.sku}*{part.count}" for part in sku.parts),
        "quantity": "" if sku.quantity is None else str(sku.quantity),
        **price_cells(sku.price, compare_at=sku.compare_at),
    }
    for n, option in enumerate(sku.options, start=1):
        cells |= {f"option{n}_name": option.name, f"option{n}_value": option.value}
    return cells


PRODUCTS: Final = Layout(
    "products",
    {
        "product": Column(("product", "product code", "商品", "商品编码", "款号"), Kind.CODE),
        "title": Column(("title", "标题", "商品标题", "商品名称")),
        "description": Column(("description", "描述", "商品描述")),
        "status": Column(("status", "状态")),
        "vendor": Column(("vendor", "brand", "品牌")),
        "kind": Column(("kind", "类目", "分类")),
        "tags": Column(("tags", "标签")),
        "images": Column(("images", "图片")),
        "sku": Column(("sku", "sku code", "商家编码", "sku编码", "规格编码"), Kind.CODE),
        "barcode": Column(("barcode", "ean", "upc", "gtin", "条码", "条形码"), Kind.CODE),
        **{f"option{n}_name": Column((f"option{n} name", f"规格{n}名称")) for n in OPTIONS},
        **{f"option{n}_value": Column((f"option{n} value", f"规格{n}值")) for n in OPTIONS},
        "price": columns.PRICE,
        "compare_at": columns.COMPARE_AT,
        "currency": columns.CURRENCY,
        "quantity": columns.QUANTITY,
        "parts": Column(("parts", "组合", "组成")),
    },
    required=("product", "title", "sku"),
    document=ProductDocument,
    unfold=_unfold,
)
