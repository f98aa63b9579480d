"""Bytes to records: encodings, delimiters, and files that are broken as a whole or in a row."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mercer.core.errors import InputError
from mercer.files import read_stock
from mercer.files.reading import LARGEST_FILE

Save = Callable[..., Path]

CHINESE = "商家编码,库存,仓库\n红裙-大,5,上海仓\n蓝裙-小,7,北京仓\n"


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8-sig", b""),
        ("gb18030", b""),
        ("gbk", b""),
        ("utf-16", b""),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
    ],
)
def test_a_file_reads_the_same_in_every_encoding_spreadsheets_write(
    save: Save, encoding: str, mark: bytes
) -> None:
    read = read_stock(save(mark + CHINESE.encode(encoding)))
    assert read.faults == ()
    assert [(row.sku, row.location, row.quantity) for row in read.rows] == [
        ("红裙-大", "上海仓", 5),
        ("蓝裙-小", "北京仓", 7),
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_told_by_its_zero_bytes(save: Save, encoding: str) -> None:
    read = read_stock(save("sku,quantity\nA,5\n", encoding=encoding))
    assert [row.quantity for row in read.rows] == [5]


def test_gbk_is_noted_because_it_was_found_by_its_looks(save: Save) -> None:
    assert "GB18030" in str(read_stock(save(CHINESE, encoding="gbk")).notes[0])


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("sku,quantity\nCafé,5\n", "cp1252"),
        ("sku,quantity\nCaféteria,5\n", "cp1252"),
        ("商品編號,數量\n紅色長裙,5\n藍色連身裙與外套,7\n", "big5"),
        ("sku,quantity\nスカート,5\n", "shift-jis"),
    ],
)
def test_an_encoding_that_is_not_known_is_refused_with_the_way_to_save(
    save: Save, text: str, encoding: str
) -> None:
    read = read_stock(save(text, encoding=encoding))
    assert read.rows == ()
    assert "wrong encoding" in read.faults[0].message
    assert "UTF-8" in read.faults[0].fix


def test_bytes_broken_late_in_a_file_are_found_before_any_row_is_taken(save: Save) -> None:
    path = save(b"sku,quantity\n" + b"A,5\n" * 500_000 + b"\xff\xff,5\n")
    read = read_stock(path)
    assert read.rows == ()
    assert "wrong encoding" in read.faults[0].message
    assert read.faults[0].line == 500_002


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_taken_from_the_header(save: Save, delimiter: str) -> None:
    read = read_stock(save(f"sku{delimiter}quantity\nA{delimiter}5\n"))
    assert [(row.sku, row.quantity) for row in read.rows] == [("A", 5)]


@pytest.mark.parametrize(
    "header",
    [
        "SKU,Quantity,Location",
        " sku , QUANTITY , location ",
        "商家编码,库存,仓库",
        "ＳＫＵ,数量,库位",
        '"sku","quantity","location"',
    ],
)
def test_headers_are_known_in_english_and_chinese_in_any_form(save: Save, header: str) -> None:
    (row,) = read_stock(save(f"{header}\nA,5,east\n")).rows
    assert (row.sku, row.quantity, row.location) == ("A", 5, "east")


@pytest.mark.parametrize(
    ("content", "line", "message", "fix"),
    [
        (b"", 1, "the file is empty", "export it again"),
        (b"\n\n", 1, "no header", "line 1"),
        (b"sku,quantity\n", 1, "a header and no rows", "export"),
        (b"sku,quantity\n,\n\n", 1, "a header and no rows", "export"),
        (b"sku,amount\nA,5\n", 1, "column 'quantity' is missing", "sku, amount"),
        (b"sku,SKU,quantity\nA,B,5\n", 1, "'sku' and 'SKU' are the same column", "keep one"),
        ("sku,商家编码,quantity\nA,B,5\n".encode(), 1, "are the same column", "keep one"),
        (b'"sku"x,quantity\nA,5\n', 1, "a quote stands in the middle", "double"),
        (b"sku,quantity\nA,5\nB,6,7\n", 3, "the row has 3 cells, the header 2", "quotes"),
        (b"sku,quantity\nA\n", 2, "the row has 1 cells", "quotes"),
        (b'sku,quantity\nA,5\n"B"x,6\n', 3, "a quote stands in the middle", "double"),
        (b'sku,quantity\nA,5\n"B,6\n', 3, "never closed", "quotes"),
        (b"sku,quantity\nA\x00B,5\n", 2, "zero byte", "export"),
        (b'{"stock": [{"sku": "\\u0000", "quantity": 5}]}', 1, "zero byte", "export"),
        (b"PK\x03\x04...", 1, "Excel workbook", "CSV UTF-8"),
    ],
)
def test_a_broken_file_says_where_and_what_to_do(
    save: Save, content: bytes, line: int, message: str, fix: str
) -> None:
    (fault,) = read_stock(save(content)).faults
    assert (fault.file, fault.line) == ("file.csv", line)
    assert message in fault.message
    assert fix in fault.fix


def test_a_missing_column_is_named_as_such(save: Save) -> None:
    faults = read_stock(save("a,b\n1,2\n")).faults
    assert [fault.column for fault in faults] == ["sku", "quantity"]


def test_good_rows_around_a_broken_one_are_kept(save: Save) -> None:
    read = read_stock(save('sku,quantity\nA,5\n"B"x,6\nC,7,8\nD,9\n'))
    assert [row.sku for row in read.rows] == ["A", "D"]
    assert [fault.line for fault in read.faults] == [3, 4]


def test_an_endless_cell_is_a_fault_and_reading_goes_on_after_it(save: Save) -> None:
    read = read_stock(save('sku,quantity\n"A,5\n' + "x" * 140_000 + "\nB,6\n"))
    assert read.faults[0].line == 2
    assert "characters" in read.faults[0].message
    assert [row.sku for row in read.rows] == ["B"]


def test_lines_are_physical_lines_whatever_is_quoted(save: Save) -> None:
    read = read_stock(
        save('sku,quantity,note\r\nA,5,"one\r\ntwo\r\nthree"\r\n\r\nB,-1,""\r\nC,7,\r\n')
    )
    assert [(row.sku, row.line) for row in read.rows] == [("A", 2), ("C", 7)]
    assert [fault.line for fault in read.faults] == [6]


def test_columns_that_are_not_read_are_named(save: Save) -> None:
    read = read_stock(save("sku,quantity,colour,\nA,5,red,\n"))
    assert [str(note) for note in read.notes] == ["file.csv:1: these columns are not read: colour"]


def test_an_oversize_file_is_refused_unread(save: Save) -> None:
    path = save("sku,quantity\n")
    os.truncate(path, LARGEST_FILE + 1)
    (fault,) = read_stock(path).faults
    assert "209,715,201 bytes" in fault.message


@pytest.mark.parametrize("name", ["nowhere.csv", "."])
def test_a_path_that_is_no_file_is_a_wrong_argument(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_stock(tmp_path / name)


def test_a_fault_reads_as_one_line_with_its_place_and_the_fix(save: Save) -> None:
    (fault,) = read_stock(save("商家编码,库存\nA,-1\n")).faults
    assert str(fault) == (
        "file.csv:2: 库存: '-1' is negative, and no shelf holds less than nothing; "
        "write a whole number, such as 0 or 25"
    )


def test_a_fault_does_not_repeat_a_whole_page(save: Save) -> None:
    (fault,) = read_stock(save(f"sku,quantity\nA,{'9' * 5000}\n")).faults
    assert len(fault.value) == 80


def test_two_hundred_thousand_rows_are_read(save: Save) -> None:
    text = "sku,quantity\n" + "".join(f"SKU-{i},{i % 100}\n" for i in range(200_000))
    read = read_stock(save(text))
    assert (len(read.rows), read.faults) == (200_000, ())
    assert read.rows[-1].line == 200_001
