"""Mercer's own product CSV: rows to products, and what each fault withholds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mercer.core.cell import NOTHING
from mercer.core.errors import InputError
from mercer.core.money import Money
from mercer.core.price import PriceEntry
from mercer.core.product import Product, ProductStatus, Sku
from mercer.files import StockRow, read_products

Save = Callable[..., Path]

WHOLE = (
    "product,title,description,status,vendor,kind,tags,images,sku,barcode,option1_name,"
    "option1_value,option2_name,option2_value,price,compare_at,currency,quantity,parts\n"
    "dress,Red dress,Long,active,Acme,Dresses,red;long,https://x/1;https://x/2,D-S,690001,Size,S,"
    "Colour,Red,12.30,20,CNY,5,\n"
    "dress,,,,,,,,D-M,690002,Size,M,Colour,Red,13,none,CNY,0,\n"
    "set,Set,,draft,,,,,SET,,,,,,25,,CNY,,D-S*2;D-M*1\n"
)


def test_rows_become_products_prices_and_stock(save: Save) -> None:
    read = read_products(save(WHOLE))
    assert (read.faults, read.notes) == ((), ())
    assert read.products == (
        Product(
            "dress", "Red dress", "Long", ProductStatus.ACTIVE, "Acme", "Dresses",
            ("red", "long"), ("https://x/1", "https://x/2"),
            (
                Sku("D-S", "690001", (("Size", "S"), ("Colour", "Red"))),
                Sku("D-M", "690002", (("Size", "M"), ("Colour", "Red"))),
            ),
        ),
        Product(
            "set", "Set", status=ProductStatus.DRAFT,
            skus=(Sku("SET", parts=(("D-S", 2), ("D-M", 1))),),
        ),
    )  # fmt: skip
    assert read.entries == (
        PriceEntry("D-S", Money(1230, "CNY"), compare_at=Money(2000, "CNY")),
        PriceEntry("D-M", Money(1300, "CNY"), compare_at=NOTHING),
        PriceEntry("SET", Money(2500, "CNY")),
    )
    assert read.stock == (StockRow("D-S", "", 5), StockRow("D-M", "", 0))
    assert [row.line for row in read.stock] == [2, 3]


def test_chinese_headers_and_statuses_say_the_same(save: Save) -> None:
    path = save(
        "商品,标题,状态,商家编码,规格1名称,规格1值,价格,划线价,币种,库存\n"
        "裙,红裙,下架,Q-1,尺码,大,12.30,20,CNY,5\n"
    )
    read = read_products(path)
    assert read.faults == ()
    assert read.products == (
        Product(
            "裙", "红裙", status=ProductStatus.DRAFT, skus=(Sku("Q-1", options=(("尺码", "大"),)),)
        ),
    )
    assert read.entries == (PriceEntry("Q-1", Money(1230, "CNY"), compare_at=Money(2000, "CNY")),)


def test_a_catalogue_without_prices_needs_no_currency(save: Save) -> None:
    read = read_products(save("product,title,sku,price\np,T,A,\n"))
    assert (len(read.products), read.prices, read.stock, read.faults) == (1, (), (), ())


def test_a_price_without_any_currency_names_the_option(save: Save) -> None:
    with pytest.raises(InputError) as caught:
        read_products(save("product,title,sku,price\np,T,A,1\n"))
    assert "--currency" in caught.value.hint


HEADER = (
    "product,title,status,sku,barcode,option1_name,option1_value,price,compare_at,currency,"
    "quantity,parts"
)


@pytest.mark.parametrize(
    ("row", "column", "value", "message", "fix"),
    [
        ('p,T,,B,,,,"1,299.00",,CNY,1,', "price", "1,299.00", "not an amount", "separators"),
        ("p,T,,B,,,,1.2E+03,,CNY,1,", "price", "1.2E+03", "not an amount", "digits out"),
        ("p,T,,B,,,,-1,,CNY,1,", "price", "-1", "negative", "above zero"),
        ("p,T,,B,,,,0,,CNY,1,", "price", "0", "zero", "blank"),
        ("p,T,,B,,,,1,,XXX,1,", "currency", "XXX", "ISO 4217", "three capitals"),
        ("p,T,,B,,,,1,abc,CNY,1,", "compare_at", "abc", "not an amount", "digits"),
        ("p,T,,B,,,,,9,CNY,1,", "compare_at", "9", "without a price", "price too"),
    ],
)
def test_a_bad_price_is_withheld_and_the_rest_of_its_row_stands(
    save: Save, row: str, column: str, value: str, message: str, fix: str
) -> None:
    read = read_products(save(f"{HEADER}\n{row}\n"))
    assert [sku.sku for sku in read.products[0].skus] == ["B"]
    assert read.prices == ()
    assert read.stock == (StockRow("B", "", 1),)
    (fault,) = read.faults
    assert (fault.line, fault.column, fault.value) == (2, column, value)
    assert message in fault.message
    assert fix in fault.fix


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ("p,T,,B,,,,1,,CNY,some,", "quantity", "not a quantity"),
        ("p,T,,B,,,,1,,CNY,-2,", "quantity", "negative"),
        ("p,T,,B,,,,1,,CNY,3,X*2", "quantity", "a bundle has no stock of its own"),
    ],
)
def test_a_bad_quantity_leaves_the_stock_unknown(
    save: Save, row: str, column: str, message: str
) -> None:
    read = read_products(save(f"{HEADER}\n{row}\n"))
    assert (len(read.products), len(read.prices), read.stock) == (1, 1, ())
    assert read.faults[0].column == column
    assert message in read.faults[0].message


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ("p,,,A,,,,1,,CNY,1,", "sku", "'A' is already on line 2"),
        ("q,Q,,A,,,,1,,CNY,1,", "sku", "'A' is already on line 2"),
        ("p,,,,,,,1,,CNY,1,", "sku", "the SKU is blank"),
        ("p,,,B,6.9E+12,,,1,,CNY,1,", "barcode", "long number"),
        ("p,,,B,,Size,,1,,CNY,1,", "option1_value", "only one of name and value"),
        ("p,,,B,,,S,1,,CNY,1,", "option1_name", "only one of name and value"),
        ("p,,,B,,,,1,,CNY,,A", "parts", "not a part"),
        ("p,,,B,,,,1,,CNY,,*2", "parts", "not a part"),
        ("p,,,B,,,,1,,CNY,,A*0", "parts", "counts none"),
        ("p,,,B,,,,1,,CNY,,A*x", "parts", "not a quantity"),
        ("p,,,B,,,,1,,CNY,,A*1;A*2", "parts", "stands twice"),
        ("p,,,B,,,,1,,CNY,,B*2", "parts", "part of itself"),
        (",T,,B,,,,1,,CNY,1,", "product", "the product code is blank"),
    ],
)
def test_a_bad_sku_is_left_out_with_its_price_and_stock(
    save: Save, row: str, column: str, message: str
) -> None:
    read = read_products(save(f"{HEADER}\np,T,,A,,,,1,,CNY,1,\n{row}\n"))
    assert [sku.sku for product in read.products for sku in product.skus] == ["A"]
    assert [entry.sku for entry in read.entries] == ["A"]
    assert [row.sku for row in read.stock] == ["A"]
    (fault,) = read.faults
    assert (fault.line, fault.column) == (3, column)
    assert message in fault.message


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ("q,,,B,,,,1,,CNY,1,", "title", "'q' has no title"),
        ("q,Q,sold,B,,,,1,,CNY,1,", "status", "'sold' is not a status"),
    ],
)
def test_a_product_that_cannot_stand_takes_its_prices_and_stock_along(
    save: Save, row: str, column: str, message: str
) -> None:
    read = read_products(save(f"{HEADER}\np,T,,A,,,,1,,CNY,1,\n{row}\n"))
    assert [product.code for product in read.products] == ["p"]
    assert [entry.sku for entry in read.entries] == ["A"]
    assert [row.sku for row in read.stock] == ["A"]
    assert (read.faults[0].line, read.faults[0].column) == (3, column)
    assert message in read.faults[0].message


def test_rows_of_a_product_that_contradict_each_other_are_told(save: Save) -> None:
    read = read_products(save("product,title,sku\np,One,A\np,One,B\np,Two,C\n"))
    (fault,) = read.faults
    assert (fault.line, fault.column, fault.value) == (4, "title", "Two")
    assert "line 2" in fault.fix
    assert read.products[0].title == "One"


def test_rows_of_a_product_need_not_stand_together(save: Save) -> None:
    read = read_products(save("product,title,sku\np,P,A\nq,Q,B\np,,C\n"))
    assert [[sku.sku for sku in product.skus] for product in read.products] == [["A", "C"], ["B"]]


def test_a_file_that_cannot_be_read_brings_its_fault_and_nothing_else(save: Save) -> None:
    read = read_products(save("name,price\nHat,1\n"))
    assert (read.products, read.prices, read.stock) == ((), (), ())
    assert [fault.column for fault in read.faults] == ["product", "title", "sku"]
