"""Headers as sellers write them, and what becomes of one that is not known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mercer.core.money import Money
from mercer.core.price import PriceEntry
from mercer.files import read_prices, read_stock
from mercer.files.prices import PRICES
from mercer.files.product_layout import PRODUCTS
from mercer.files.records import Layout
from mercer.files.shipments import SHIPMENTS
from mercer.files.shopify import SHOPIFY
from mercer.files.stock import STOCK

Save = Callable[..., Path]

ENTRY = PriceEntry("A", Money(1300, "CNY"), "tmall", Money(2000, "CNY"), Money(900, "CNY"))


@pytest.mark.parametrize(
    "header",
    [
        "sku,price,currency,channel,compare_at,floor",
        "SKU,Price,Currency,Channel,Compare-at price,Floor",
        "商家编码,价格,币种,渠道,划线价,底价",
        "商品编码,售价,货币,店铺,划线价格,最低价",
        "货号, 销售价 ,币种,店铺名称,划线价,最低价格",
        "ＳＫＵ编码,价格*,币种,渠道,划线价,最低价",
        "\ufeffsku,价格,currency,渠道,compare at,最低价",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_column_is_known_by_each_of_its_usual_names(
    save: Save, header: str, encoding: str
) -> None:
    if encoding == "gb18030":
        header = header.lstrip("\ufeff")
    read = read_prices(save(f"{header}\nA,13,CNY,tmall,20,9\n", encoding=encoding))
    assert read.faults == ()
    assert read.entries == (ENTRY,)


def test_a_header_that_is_like_a_missing_one_is_taken_for_a_mistake(save: Save) -> None:
    read = read_prices(save("sku,price,currency,flooor\nA,13,CNY,9\n"))
    assert read.entries == ()
    (fault,) = read.faults
    assert (fault.line, fault.column) == (1, "flooor")
    assert "'floor'" in fault.message
    assert "take it out" in fault.fix


def test_a_header_that_is_somewhat_like_one_is_left_out_and_told(save: Save) -> None:
    read = read_prices(save("sku,price,currency,floors of house,colour\nA,13,CNY,9,red\n"))
    assert len(read.entries) == 1
    (note,) = read.notes
    assert note.message == "these columns are not read: floors of house, colour"
    (note,) = read_prices(save("sku,price,currency,渠道名\nA,13,CNY,9\n")).notes
    assert note.message == "these columns are not read: 渠道名 (like '渠道')"


def test_a_header_like_one_that_is_there_is_nobodys_mistake(save: Save) -> None:
    read = read_stock(save("sku,quantity,location,location 2\nA,1,x,y\n"))
    assert (read.faults, len(read.rows)) == ((), 1)


def test_a_missing_column_is_looked_for_among_the_others(save: Save) -> None:
    (fault,) = read_stock(save("sku,quantitee\nA,1\n")).faults
    assert fault.message == "the column 'quantity' is missing"
    assert "rename 'quantitee' if it is meant" in fault.fix


@pytest.mark.parametrize("header", ["价格(元)", "售价（CNY）", "Price [USD]"])
def test_a_unit_in_a_header_is_told_and_not_passed_over(save: Save, header: str) -> None:
    (fault,) = read_prices(save(f"sku,{header}\nA,1\n"), "CNY").faults
    assert fault.column == header
    assert "or take it out" in fault.fix
    (fault,) = read_prices(save("sku,price,最低价(元)\nA,2,1\n"), "CNY").faults
    assert "call it '最低价'" in fault.fix


def test_a_header_without_end_is_refused(save: Save) -> None:
    (fault,) = read_stock(save("sku,quantity" + ",a" * 499 + "\nA,1" + "," * 499 + "\n")).faults
    assert "501 columns; 500 is the most" in fault.message


def test_notes_may_stand_above_the_header_of_a_text_file_too(save: Save) -> None:
    read = read_prices(save("十一月价格表\n\n请核对,2026\nsku,price,currency\nA,1,CNY\n"))
    assert read.faults == ()
    assert [row.line for row in read.rows] == [5]


@pytest.mark.parametrize("layout", [PRICES, PRODUCTS, STOCK, SHIPMENTS, SHOPIFY])
def test_no_header_stands_for_two_columns(layout: Layout) -> None:
    headers = [name for column in layout.columns.values() for name in column.headers]
    assert len(headers) == len(set(headers))
    assert layout.recognise(headers).count(None) == 0
    if layout.quoted:
        assert layout.recognise(list(layout.columns)) == list(layout.columns)
        assert layout.recognise([column.chinese for column in layout.columns.values()]) == list(
            layout.columns
        )
