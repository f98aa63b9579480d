"""Excel workbooks in: typed cells to exact values, the sheet that is meant, and what is refused."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from mercer.core.money import Money
from mercer.core.price import PriceEntry
from mercer.files import Manner, read_prices, read_products, read_shipments, read_stock
from mercer.files import archive as bounds
from mercer.files.numbers import STYLES
from mercer.files.prices import PricesFile
from tests.files.sheets import SHEET, Sheets, with_part, workbook

Save = Callable[..., Path]

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "shopify-product-csvs"

HEADER = ("sku", "price", "currency")


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    def made(sheets: Sheets, also: Callable[[Workbook], None] | None = None) -> Path:
        return workbook(tmp_path / "p.xlsx", sheets, also)

    return made


def prices(path: Path) -> list[str]:
    read = read_prices(path)
    assert read.faults == ()
    return [str(entry.price) for entry in read.entries]


def only_fault(read: PricesFile) -> tuple[str, int, str, str]:
    (fault,) = read.faults
    return fault.sheet, fault.line, fault.column, f"{fault.message}; {fault.fix}"


EAST_ASIAN_DATE = 31
"""A format known by its number alone."""


def one_price(book: Save, price: object, number_format: str | int = "") -> PricesFile:
    def also(made: Workbook) -> None:
        if number_format:
            shown = made.add_format({"num_format": number_format})
            made.worksheets()[0].write(1, 1, price, shown)

    return read_prices(book({"价格": [HEADER, ("A", price, "CNY")]}, also))


@pytest.mark.parametrize(
    ("number", "amount"),
    [
        (12.1, "12.10"),
        (0.07, "0.07"),
        (1299, "1299.00"),
        (19.99, "19.99"),
        (4.35 * 100, "435.00"),
        (0.1 + 0.2, "0.30"),
        (9999999999.99, "9999999999.99"),
    ],
)
def test_a_number_is_the_amount_that_excel_shows(book: Save, number: float, amount: str) -> None:
    assert prices(book({"a": [HEADER, ("A", number, "CNY")]})) == [f"{amount} CNY"]


def test_a_number_that_a_program_wrote_with_17_digits_is_still_that_amount(book: Save) -> None:
    path = book({"a": [HEADER, ("A", 12.1, "CNY")]})
    with_part(path, SHEET, lambda text: text.replace(">12.1<", ">12.099999999999999<"))
    assert prices(path) == ["12.10 CNY"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (12.345, "more decimals"),
        (-5, "negative"),
        (0, "zero"),
        (1e25, "not an amount"),
        (True, "not an amount"),
    ],
)
def test_a_number_that_is_no_price_is_refused_with_its_place(
    book: Save, number: object, words: str
) -> None:
    sheet, line, column, said = only_fault(one_price(book, number))
    assert (sheet, line, column) == ("价格", 2, "price")
    assert words in said


@pytest.mark.parametrize(
    ("number_format", "words"),
    [
        ("0%", "is a share"),
        ("[$$-409]#,##0.00", "the sign $, which is not CNY"),
        ('"€"0.00', "the sign €"),
        ("yyyy-mm-dd", "a date here, 1900"),
        (EAST_ASIAN_DATE, "a date here, 1900"),
        ("0.00", ""),
        ("[$¥-804]#,##0.00", ""),
        ('_ "¥"* #,##0.00_ ', ""),
        ("G/通用格式", ""),
        ("[Red]0.00", ""),
        ("0.00E+00", ""),
    ],
)
def test_the_format_of_a_cell_says_what_its_number_is(
    book: Save, number_format: str | int, words: str
) -> None:
    read = one_price(book, 112.5, number_format)
    if words:
        assert words in only_fault(read)[3]
    else:
        assert [str(entry.price) for entry in read.entries] == ["112.50 CNY"]


def test_codes_typed_as_numbers_are_their_digits_and_it_is_told_what_may_be_lost(
    book: Save,
) -> None:
    path = book({"a": [HEADER, (123.0, 1, "CNY"), (6901234567892, 2, "CNY")]})
    read = read_prices(path)
    assert [entry.sku for entry in read.entries] == ["123", "6901234567892"]
    (note,) = read.notes
    assert (note.sheet, note.line) == ("a", 2)
    assert "zeros at its start" in note.message


NEW_YEAR = datetime.fromisoformat("2026-01-01")


@pytest.mark.parametrize("sku", [1.2345678901234567e17, "1.23457E+12", NEW_YEAR])
def test_a_code_that_excel_has_changed_is_refused(tmp_path: Path, sku: object) -> None:
    def also(made: Workbook) -> None:
        if isinstance(sku, datetime):
            made.worksheets()[0].write(1, 0, sku, made.add_format({"num_format": "yyyy/m/d"}))

    rows = [HEADER, (None if isinstance(sku, datetime) else sku, 1, "CNY")]
    read = read_prices(workbook(tmp_path / "p.xlsx", {"a": rows}, also))
    assert read.rows == ()
    assert "format the column as text" in only_fault(read)[3]


def test_a_formula_counts_as_what_it_last_showed(book: Save) -> None:
    def also(made: Workbook) -> None:
        made.worksheets()[0].write_formula("B2", "=10*1.2", None, 12)
        made.worksheets()[0].write_formula("B3", '=HYPERLINK("http://x")', None, "13.50")

    assert prices(book({"a": [HEADER, ("A", None, "CNY"), ("B", None, "CNY")]}, also)) == [
        "12.00 CNY",
        "13.50 CNY",
    ]


@pytest.mark.parametrize(
    ("value", "words"), [("", "never worked out"), ("#N/A", "the cell shows #N/A")]
)
def test_a_formula_that_shows_nothing_is_refused_and_not_taken_for_a_blank(
    book: Save, value: str, words: str
) -> None:
    def also(made: Workbook) -> None:
        made.worksheets()[0].write_formula("D2", "=VLOOKUP(1,Z:Z,1)", None, value)

    path = book({"a": [(*HEADER, "floor"), ("A", 12, "CNY", None)]}, also)
    with_part(path, SHEET, lambda text: text.replace("<v></v>", "").replace(' t="str"', ""))
    read = read_prices(path)
    assert read.rows == ()
    assert only_fault(read)[:3] == ("a", 2, "floor")
    assert words in read.faults[0].message


def test_a_formula_that_shows_an_empty_text_is_a_blank(book: Save) -> None:
    def also(made: Workbook) -> None:
        made.worksheets()[0].write_formula("D2", '=IF(A2="","","")', None, "")

    path = book({"a": [(*HEADER, "floor"), ("A", 12, "CNY", None)]}, also)
    with_part(path, SHEET, lambda text: text.replace('<c r="D2">', '<c r="D2" t="str">'))
    assert prices(path) == ["12.00 CNY"]


def test_a_text_says_what_is_written_and_not_how_it_is_pronounced(book: Save) -> None:
    path = book({"a": [("product", "title", "sku"), ("p", "東京", "A")]})
    spoken = '<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh>'
    with_part(path, "xl/sharedStrings.xml", lambda text: text.replace("<t>東京</t>", spoken))
    assert read_products(path).products[0].title == "東京"


def test_a_sheet_that_says_a_wrong_size_or_none_is_read_whole(book: Save) -> None:
    path = book({"a": TABLE})
    size = '<dimension ref="A1:C2"/>'
    with_part(path, SHEET, lambda text: text.replace(size, '<dimension ref="A1"/>'))
    assert prices(path) == ["1.00 CNY"]
    with_part(path, SHEET, lambda text: text.replace('<dimension ref="A1"/>', ""))
    assert prices(path) == ["1.00 CNY"]


def test_merged_cells_of_the_table_are_refused_and_those_of_a_title_are_not(book: Save) -> None:
    def also(made: Workbook) -> None:
        made.worksheets()[0].merge_range("A1:C1", "十一月价格")
        made.worksheets()[0].merge_range("B4:B5", 12)

    rows = [(), HEADER, ("A", 1, "CNY"), ("B", None, "CNY"), ("C", None, "CNY"), ("D", 2, "CNY")]
    read = read_prices(book({"a": rows}, also))
    assert [entry.sku for entry in read.entries] == ["A", "D"]
    assert [(fault.line, fault.column) for fault in read.faults] == [(4, "price"), (5, "price")]
    assert "B4:B5 are merged" in read.faults[0].message


def test_notes_and_blank_rows_may_stand_above_the_header_and_between_rows(book: Save) -> None:
    rows = [
        ("请填写",),
        (),
        ("价格表", None, "2026"),
        HEADER,
        (),
        ("A", 1, "CNY"),
        (" ",),
        ("B", 2, "CNY"),
    ]
    read = read_prices(book({"a": rows}))
    assert [(row.entry.sku, row.line) for row in read.rows] == [("A", 6), ("B", 8)]


def test_what_has_no_header_is_not_read(book: Save) -> None:
    rows = [HEADER, ("A", 1, "CNY", "a remark"), ("B", 2, "CNY", None, 5)]
    assert prices(book({"a": rows})) == ["1.00 CNY", "2.00 CNY"]


def hide(name: str) -> Callable[[Workbook], None]:
    def also(made: Workbook) -> None:
        for sheet in made.worksheets():
            if sheet.name == name:
                sheet.hide()
            else:
                sheet.activate()

    return also


TABLE = [HEADER, ("A", 1, "CNY")]
OTHER = [HEADER, ("B", 2, "CNY")]


@pytest.mark.parametrize(
    ("sheets", "hidden", "named", "sku"),
    [
        ({"a": TABLE, "b": []}, "", None, "A"),
        ({"a": TABLE, "b": OTHER}, "b", None, "A"),
        ({"a": TABLE, "b": OTHER}, "", "b", "B"),
        ({"a": TABLE, "b": OTHER}, "b", "b", "B"),
        ({"说明": [("请看第二页",)], "a": TABLE}, "", None, "A"),
    ],
)
def test_the_sheet_is_the_one_named_or_the_only_one_that_can_be_meant(
    book: Save, sheets: Sheets, hidden: str, named: str | None, sku: str
) -> None:
    read = read_prices(book(sheets, hide(hidden) if hidden else None), manner=Manner(named))
    assert [entry.sku for entry in read.entries] == [sku]


@pytest.mark.parametrize(
    ("sheets", "named", "words"),
    [
        ({"a": TABLE, "b": OTHER}, None, "several sheets to read: a, b; name one with --sheet"),
        ({"a": TABLE}, "c", "no sheet 'c'; the sheets are: a"),
        ({"a": []}, None, "no sheet that is seen and not empty"),
        ({"a": [("x",)]}, None, "column 'sku' is missing"),
    ],
)
def test_which_sheet_is_meant_is_asked_where_it_is_not_clear(
    book: Save, sheets: Sheets, named: str | None, words: str
) -> None:
    read = read_prices(book(sheets), manner=Manner(named))
    assert words in f"{read.faults[0].message}; {read.faults[0].fix}"


def test_a_sheet_is_named_for_a_text_file_in_vain(save: Save) -> None:
    read = read_prices(save("sku,price,currency\nA,1,CNY\n"), manner=Manner("a"))
    assert "only a workbook has sheets" in read.faults[0].message


def test_numbers_of_a_workbook_are_the_same_in_every_locale(book: Save) -> None:
    path = book({"a": [HEADER, ("A", 1.25, "KWD"), ("B", "1.250,5", "KWD")]})
    read = read_prices(path, manner=Manner(style=STYLES["de"]))
    assert [str(entry.price) for entry in read.entries] == ["1.250 KWD", "1250.500 KWD"]


def test_every_kind_of_file_may_be_a_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", {"a": [("SKU", "数量"), ("A", 5.0)]})
    assert [(row.sku, row.quantity) for row in read_stock(path).rows] == [("A", 5)]
    rows: list[tuple[object, ...]] = [
        ("订单号", "快递公司", "快递单号"),
        (31415926535, "sf", "SF123"),
    ]
    (row,) = read_shipments(workbook(tmp_path / "y.xlsx", {"a": rows})).rows
    assert (row.order, row.tracking) == ("31415926535", "SF123")
    rows = [("product", "title", "sku", "barcode", "price"), ("p", 2024, "A", 690001, 9.9)]
    read = read_products(workbook(tmp_path / "z.xlsx", {"a": rows}), "CNY")
    assert (read.products[0].title, read.products[0].skus[0].barcode) == ("2024", "690001")
    assert read.entries == (PriceEntry("A", Money(990, "CNY")),)


def test_half_a_unit_is_no_quantity(tmp_path: Path) -> None:
    (fault,) = read_stock(
        workbook(tmp_path / "x.xlsx", {"a": [("SKU", "数量"), ("A", 5.5)]})
    ).faults
    assert "'5.5' is not whole" in fault.message


@pytest.mark.shared
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the reference files are not beside the project")
@pytest.mark.parametrize("name", ["apparel", "home-and-garden", "jewelery"])
def test_a_real_export_says_the_same_as_a_workbook(tmp_path: Path, name: str) -> None:
    """As a person makes one of it: figures become numbers."""
    source = SAMPLES / f"{name}.csv"
    with source.open(encoding="utf-8-sig", newline="") as file:
        rows = [[_typed(cell) for cell in row] for row in csv.reader(file)]
    read = read_products(workbook(tmp_path / "p.xlsx", {"a": rows}), "USD")
    expected = read_products(source, "USD")
    assert (read.faults, read.products) == ((), expected.products)
    assert (read.entries, read.stock) == (expected.entries, expected.stock)


def _typed(cell: str) -> object:
    return float(cell) if re.fullmatch(r"[1-9][0-9]*(?:\.[0-9]+)?", cell) else cell


# What strangers send.

ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
)


@pytest.mark.parametrize("dtd", ENTITIES)
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml"])
def test_entities_are_refused_before_any_is_looked_up(book: Save, dtd: str, part: str) -> None:
    path = book({"a": TABLE})
    with_part(path, part, lambda text: text.replace("?>", f"?>{dtd}", 1))
    read = read_prices(path)
    assert read.rows == ()
    assert "declares XML entities" in read.faults[0].message


@pytest.mark.parametrize(
    ("was", "becomes", "words"),
    [
        ("</sheetData>", "", "no Excel workbook that can be read"),
        ('<c r="C2"', '<c r="XFD2"', "beyond column 500"),
        ('<c r="C2"', '<c r="ABCD2"', "no Excel workbook that can be read"),
        ('<row r="2"', '<row r="2000000"', "beyond row 1,048,576"),
        ("<v>3</v>", "<v>99</v>", "no Excel workbook that can be read"),
        ("<v>3</v>", "<v>" + "9" * 2_000_000 + "</v>", "no Excel workbook that can be read"),
    ],
    ids=lambda text: str(text)[:24],
)
def test_a_broken_sheet_says_how_far_it_was_read(
    book: Save, was: str, becomes: str, words: str
) -> None:
    path = book({"a": TABLE})
    with_part(path, SHEET, lambda text: text.replace(was, becomes, 1))
    faults = read_prices(path).faults
    assert any(words in fault.message for fault in faults), faults


def test_a_number_of_endless_digits_costs_nothing(book: Save) -> None:
    path = book({"a": [HEADER, ("A", 7.25, "CNY")]})
    with_part(path, SHEET, lambda text: text.replace("<v>7.25</v>", "<v>1E999999999</v>"))
    assert "beyond reason" in only_fault(read_prices(path))[3]


def test_a_bomb_is_refused_by_what_it_says_it_holds(
    book: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book({"a": TABLE})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/big.xml", b"0" * 5_000_000)
    monkeypatch.setattr(bounds, "LARGEST_UNPACKED", 4_000_000)
    assert path.stat().st_size < 20_000
    assert "4,000,000 is the most" in only_fault(read_prices(path))[3]


def test_a_part_that_is_longer_than_it_says_is_not_read_to_its_end(book: Save) -> None:
    path = book({"a": [HEADER, *((f"S{n}", 1, "CNY") for n in range(3000))]})
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    content = bytearray(bytes(content).replace(size, (1000).to_bytes(4, "little")))
    path.write_bytes(content)
    read = read_prices(path)
    assert read.faults


def test_a_list_of_parts_without_end_is_not_read(
    book: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "_MOST_ENTRIES", 100)
    assert "no workbook that Excel wrote" in only_fault(read_prices(book({"a": TABLE})))[3]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old (.xls) or locked"),
        (b"PK\x03\x04 and no more", "no Excel workbook that can be read"),
    ],
)
def test_what_only_looks_like_a_workbook_is_refused(save: Save, content: bytes, words: str) -> None:
    assert words in only_fault(read_prices(save(content, "p.xlsx")))[3]


STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


def test_a_strict_workbook_is_refused_and_not_taken_for_an_empty_one(book: Save) -> None:
    path = book({"a": TABLE})
    usual = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    for part in (SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"):
        with_part(path, part, lambda text: text.replace(usual, STRICT))
    assert "save it again as `Excel workbook" in only_fault(read_prices(path))[3]


def test_another_zip_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert "no Excel workbook" in only_fault(read_prices(path))[3]
