"""Campaign files: prices alone, read as price files are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mercer.core.cell import NOTHING
from mercer.core.money import Money
from mercer.core.price import PriceEntry
from mercer.files import read_campaign

Save = Callable[..., Path]


def test_chinese_headers_gbk_and_full_width_digits_are_read(save: Save) -> None:
    path = save(
        "商家编码,售价,币种,店铺,划线价\nA,７９．００,CNY,tmall,９９\nB,8,CNY,,无\n", encoding="gbk"
    )
    read = read_campaign(path)
    assert read.faults == ()
    assert read.entries == (
        PriceEntry("A", Money(7900, "CNY"), "tmall", Money(9900, "CNY")),
        PriceEntry("B", Money(800, "CNY"), compare_at=NOTHING),
    )


def test_every_fault_is_named_by_line_and_column(save: Save) -> None:
    path = save("sku,price,currency,floor,starts_at\nA,,CNY,,\nB,1,CNY,1,\nC,0,CNY,,\nD,1,CNY,,x\n")
    read = read_campaign(path)
    assert [(fault.line, fault.column) for fault in read.faults] == [
        (2, "price"),
        (3, "floor"),
        (4, "price"),
        (5, "starts_at"),
    ]
    assert read.entries == ()


def test_columns_of_a_price_file_that_are_left_blank_do_no_harm(save: Save) -> None:
    read = read_campaign(save("sku,price,currency,floor,cost,ends_at\nA,1,CNY,,,\n"))
    assert read.entries == (PriceEntry("A", Money(100, "CNY")),)
