"""Shopify's product CSV as sellers have it, in both generations of headers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mercer.core.cell import NOTHING
from mercer.core.errors import InputError
from mercer.core.money import Money
from mercer.core.price import PriceEntry
from mercer.core.product import Product, ProductStatus, Sku
from mercer.files import ProductsFile, StockRow, read_products

Save = Callable[..., Path]

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "shopify-product-csvs"

CLASSIC = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,"
    "Option2 Value,Variant SKU,Variant Inventory Qty,Variant Price,Variant Compare At Price,"
    "Variant Barcode,Image Src,Status\n"
)
NEWER = (
    "Title,URL handle,Description,Vendor,Type,Tags,Published on online store,Status,SKU,Barcode,"
    "Option1 name,Option1 value,Option2 name,Option2 value,Price,Compare-at price,"
    "Inventory quantity,Product image URL\n"
)

DRESS = Product(
    "red-dress",
    "Red Dress",
    "<p>Long,\nand red</p>",
    ProductStatus.ACTIVE,
    "Acme",
    "Dresses",
    ("red", "long"),
    ("https://x/1.jpg", "https://x/2.jpg"),
    (
        Sku("RD-S", "690001", (("Size", "S"), ("Colour", "Red"))),
        Sku("RD-M", None, (("Size", "M"), ("Colour", "Red"))),
    ),
)


def check_dress(read: ProductsFile) -> None:
    assert read.faults == ()
    assert read.products == (DRESS,)
    assert read.entries == (
        PriceEntry("RD-S", Money(1250, "USD"), compare_at=Money(2000, "USD")),
        PriceEntry("RD-M", Money(1300, "USD"), compare_at=NOTHING),
    )
    assert read.stock == (StockRow("RD-S", "", 5), StockRow("RD-M", "", 0))


def test_classic_headers_with_variants_and_image_rows(save: Save) -> None:
    rows = (
        'red-dress,Red Dress,"<p>Long,\nand red</p>",Acme,Dresses,"red, long",true,Size,S,Colour,'
        "Red,RD-S,5,12.50,20,690001,https://x/1.jpg,active\n"
        "red-dress,,,,,,,,M,,Red,RD-M,0,13,,,,\n"
        "red-dress,,,,,,,,,,,,,,,,https://x/2.jpg,\n"
    )
    read = read_products(save("\ufeff" + CLASSIC + rows), "USD")
    check_dress(read)
    assert [row.line for row in read.prices] == [2, 4]


def test_newer_headers_say_the_same(save: Save) -> None:
    rows = (
        'Red Dress,red-dress,"<p>Long,\nand red</p>",Acme,Dresses,"red, long",TRUE,Active,RD-S,'
        "690001,Size,S,Colour,Red,12.50,20,5,https://x/1.jpg\n"
        ",red-dress,,,,,,,RD-M,,,M,,Red,13,,0,\n"
        ",red-dress,,,,,,,,,,,,,,,,https://x/2.jpg\n"
    )
    check_dress(read_products(save(NEWER + rows), "USD"))


def shop(*variants: str, title: str = "Hat") -> str:
    """Rows of `option value,sku,price` for the handle `hat`."""
    header = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price\n"
    rows = [f"hat,{title if n == 0 else ''},Size,{row}\n" for n, row in enumerate(variants)]
    return header + "".join(rows)


def test_a_product_without_options_has_one_plain_sku(save: Save) -> None:
    text = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price\n"
    read = read_products(save(text + "hat,Hat,Title,Default Title,,9\n"), "USD")
    assert read.products[0].skus == (Sku("HAT"),)


def test_missing_skus_are_made_up_alike_each_time_and_told_by_line(save: Save) -> None:
    path = save(shop("S,,1", "Très Grand,,1", "L,L-1,1"))
    read = read_products(path, "USD")
    assert [sku.sku for sku in read.products[0].skus] == ["HAT-S", "HAT-TRES-GRAND", "L-1"]
    assert read_products(path, "USD") == read
    assert [(note.line, note.message) for note in read.notes] == [
        (2, "no SKU is given; it is called HAT-S"),
        (3, "no SKU is given; it is called HAT-TRES-GRAND"),
    ]


def test_made_up_skus_do_not_meet_each_other_or_those_given(save: Save) -> None:
    read = read_products(save(shop("S,,1", "s,,1", "M,HAT-S,1", "X/L,,1", "X L,,1")), "USD")
    codes = [sku.sku for sku in read.products[0].skus]
    assert codes == ["HAT-S-2", "HAT-S-3", "HAT-S", "HAT-X-L", "HAT-X-L-2"]


def test_options_in_other_scripts_still_give_ascii_skus_of_their_own(save: Save) -> None:
    read = read_products(save(shop("红色 XL,,1", "蓝色 XL,,1", "大,,1")), "USD")
    codes = [sku.sku for sku in read.products[0].skus]
    assert len(set(codes)) == 3
    assert all(code.isascii() and code.startswith("HAT-") for code in codes)
    assert codes[0].startswith("HAT-XL-")


@pytest.mark.parametrize(
    ("published", "status", "expected"),
    [
        ("true", "", ProductStatus.ACTIVE),
        ("", "", ProductStatus.ACTIVE),
        ("false", "", ProductStatus.DRAFT),
        ("FALSE", "draft", ProductStatus.DRAFT),
        ("true", "Archived", ProductStatus.ARCHIVED),
        ("true", "unlisted", ProductStatus.ACTIVE),
        ("false", "active", ProductStatus.ACTIVE),
    ],
)
def test_status_decides_and_published_stands_in_for_it(
    save: Save, published: str, status: str, expected: ProductStatus
) -> None:
    text = f"Handle,Title,Published,Status,Variant SKU\nhat,Hat,{published},{status},H\n"
    assert read_products(save(text)).products[0].status is expected


def test_an_active_product_hidden_from_the_online_store_is_noted(save: Save) -> None:
    text = "Handle,Title,Published,Status,Variant SKU,Variant Price\nhat,Hat,false,active,H,1\n"
    (note,) = read_products(save(text), "USD").notes
    assert "not published on the online store" in note.message


@pytest.mark.parametrize(
    ("rows", "line", "column", "value"),
    [
        (shop("S,A,1", "M,A,1"), 3, "Variant SKU", "A"),
        (shop("S,A,-1"), 2, "Variant Price", "-1"),
        (shop('S,A,"1,299.00"'), 2, "Variant Price", "1,299.00"),
        (shop("S,A,0.00"), 2, "Variant Price", "0.00"),
        (shop("S,A,1", title=""), 2, "Title", ""),
        ("Handle,Title,Status\nhat,Hat,sold\n", 2, "Status", "sold"),
        ("Handle,Title,Variant Inventory Qty\nhat,Hat,-3\n", 2, "Variant Inventory Qty", "-3"),
        ("Handle,Title,Variant SKU\nhat,Hat,A\n,Cap,B\n", 3, "Handle", ""),
    ],
)
def test_faults_use_the_headers_of_the_file(
    save: Save, rows: str, line: int, column: str, value: str
) -> None:
    (fault,) = read_products(save(rows), "USD").faults
    assert (fault.line, fault.column, fault.value) == (line, column, value)


def test_a_blank_price_stays_unknown_and_is_noted(save: Save) -> None:
    read = read_products(save(shop("S,A,")), "USD")
    assert (read.prices, read.faults) == ((), ())
    assert "stays unknown" in read.notes[0].message


def test_the_currency_must_be_said(save: Save) -> None:
    with pytest.raises(InputError) as caught:
        read_products(save(shop("S,A,1")))
    assert "--currency" in caught.value.hint


@pytest.mark.shared
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the reference files are not beside the project")
@pytest.mark.parametrize(
    ("name", "skus"), [("apparel", 22), ("home-and-garden", 21), ("jewelery", 23)]
)
def test_real_exports_come_in_whole(name: str, skus: int) -> None:
    read = read_products(SAMPLES / f"{name}.csv", "USD")
    assert read.faults == ()
    assert len(read.products) == 20
    codes = {sku.sku for product in read.products for sku in product.skus}
    assert len(codes) == skus
    assert {entry.sku for entry in read.entries} == codes
    assert {row.sku for row in read.stock} == codes
