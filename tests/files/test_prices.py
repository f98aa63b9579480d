"""Price files: what is declared, what is left alone, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mercer.core.cell import NOTHING
from mercer.core.errors import InputError
from mercer.core.money import Money
from mercer.core.price import PriceEntry
from mercer.files import read_prices

Save = Callable[..., Path]


def test_a_row_may_name_channel_compare_at_and_floor(save: Save) -> None:
    path = save(
        "sku,price,currency,channel,compare_at,floor\n"
        "A,12.30,CNY,,,\n"
        "A,13,CNY,tmall-flagship,20,9.90\n"
        "B,1500,JPY,,none,\n"
    )
    read = read_prices(path)
    assert read.faults == ()
    assert read.entries == (
        PriceEntry("A", Money(1230, "CNY")),
        PriceEntry(
            "A", Money(1300, "CNY"), "tmall-flagship", Money(2000, "CNY"), Money(990, "CNY")
        ),
        PriceEntry("B", Money(1500, "JPY"), compare_at=NOTHING),
    )
    assert [row.line for row in read.rows] == [2, 3, 4]


def test_chinese_headers_say_the_same(save: Save) -> None:
    path = save("商家编码,价格,币种,渠道,划线价,底价\nA,13,CNY,tmall,20,9\n", encoding="gbk")
    assert read_prices(path).entries == (
        PriceEntry("A", Money(1300, "CNY"), "tmall", Money(2000, "CNY"), Money(900, "CNY")),
    )


def test_the_argument_is_the_currency_of_rows_that_name_none(save: Save) -> None:
    path = save("sku,price,currency\nA,1,\nB,1,EUR\n")
    assert [entry.currency for entry in read_prices(path, "USD").entries] == ["USD", "EUR"]


@pytest.mark.parametrize("text", ["sku,price\nA,1\n", "sku,price,currency\nA,1,\n"])
def test_without_any_currency_the_option_is_named(save: Save, text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_prices(save(text))
    assert "--currency" in caught.value.hint


def test_a_currency_argument_that_is_none_is_a_wrong_argument(save: Save) -> None:
    with pytest.raises(InputError, match="'RMB'"):
        read_prices(save("sku,price\nA,1\n"), "RMB")


@pytest.mark.parametrize(
    ("row", "column", "value", "message", "fix"),
    [
        ("A,-5.00,CNY,,", "price", "-5.00", "negative", "above zero"),
        ("A,0,CNY,,", "price", "0", "zero", "blank where it is not known"),
        ("A,0.00,CNY,,", "price", "0.00", "zero", "blank where it is not known"),
        ("A,,CNY,,", "price", "", "not an amount", "a blank is unknown"),
        ('A,"1,299.00",CNY,,', "price", "1,299.00", "not an amount", "thousands separators"),
        ("A,1.2E+03,CNY,,", "price", "1.2E+03", "not an amount", "write the digits out"),
        ("A,12。30,CNY,,", "price", "12。30", "not an amount", "point"),
        ("A,$12,CNY,,", "price", "$12", "sign $, which is not CNY", "correct the currency"),
        ("A,1.234,CNY,,", "price", "1.234", "more decimals", "round it yourself"),
        ("A,1,RMB,,", "currency", "RMB", "not an ISO 4217", "three capitals"),
        ("A,1,cny,,", "currency", "cny", "not an ISO 4217", "three capitals"),
        (",1,CNY,,", "sku", "", "the SKU is blank", "商家编码"),
        ("6.9E+12,1,CNY,,", "sku", "6.9E+12", "long number", "format the column as text"),
        ("A,1,CNY,0,", "compare_at", "0", "zero", "blank"),
        ("A,1,CNY,no,", "compare_at", "no", "not an amount", "digits"),
        ("A,1,CNY,,-1", "floor", "-1", "negative", "above zero"),
    ],
)
def test_a_value_that_is_no_price_is_refused_and_its_row_left_out(
    save: Save, row: str, column: str, value: str, message: str, fix: str
) -> None:
    read = read_prices(save(f"sku,price,currency,compare_at,floor\n{row}\nZ,1,CNY,,\n"))
    assert [entry.sku for entry in read.entries] == ["Z"]
    (fault,) = read.faults
    assert (fault.line, fault.column, fault.value) == (2, column, value)
    assert message in fault.message
    assert fix in fault.fix


def test_a_second_price_for_sku_channel_and_currency_is_a_fault(save: Save) -> None:
    path = save("sku,price,currency,channel\nA,1,CNY,\nA,1,USD,\nA,1,CNY,eu\nA,2,CNY,\n")
    read = read_prices(path)
    assert len(read.rows) == 3
    (fault,) = read.faults
    assert (fault.line, fault.column, fault.value) == (5, "sku", "A")
    assert "line 2" in fault.message


def test_every_fault_of_a_row_is_told_at_once(save: Save) -> None:
    read = read_prices(save("sku,price,currency,floor\n,-1,CNY,x\n"))
    assert [fault.column for fault in read.faults] == ["sku", "price", "floor"]
