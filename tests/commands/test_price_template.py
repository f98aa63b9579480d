"""Price files to fill in, send back, and change nothing but what was filled in."""

from __future__ import annotations

import csv
import io

import pytest

from tests.commands.conftest import Mercer, Seller


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))


def test_an_empty_template_has_headers_and_imports_nothing(stocked: Seller, mercer: Mercer) -> None:
    before = mercer("export", "prices").out
    for lang, header in (("en", "sku"), ("zh", "商家编码")):
        for name in ("t.csv", "t.xlsx"):
            file = stocked.folder / name
            assert mercer("price", "template", file, "--lang", lang).code == 0
            answer = mercer("import", "prices", file)
            assert answer.code == 1
            assert "a header and no rows" in answer.err
        assert rows(mercer("price", "template", "--lang", lang).out)[0][0] == header
    assert mercer("export", "prices").out == before


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_filled_template_sent_back_as_it_is_changes_nothing(
    stocked: Seller, mercer: Mercer, name: str, lang: str
) -> None:
    mercer("price", "set", "MUG", "8.10", "CNY", "--channel", "north", "--compare-at", "none")
    book = mercer("price", "set", "MUG", "9.90", "USD", "--floor", "9.05", "--json").json
    before = mercer("export", "prices").out
    file = stocked.folder / name
    assert mercer("price", "template", file, "--filled", "--lang", lang).code == 0
    answer = mercer("import", "prices", file, "--json")
    assert answer.code == 0, answer.err
    assert mercer("export", "prices").out == before
    assert answer.json["prices"] == len(rows(before)) - 1
    assert answer.json["price_book"] == book["price_book"], "plans made before hold"


def test_a_template_of_a_channel_has_the_prices_of_its_own(stocked: Seller, mercer: Mercer) -> None:
    del stocked
    mercer("price", "set", "MUG", "8.10", "CNY", "--channel", "north")
    filled = rows(mercer("price", "template", "--filled", "--channel", "north").out)
    assert [row[:4] for row in filled[1:]] == [["MUG", "8.10", "CNY", "north"]]


def test_a_template_of_a_channel_lists_what_it_sells_and_is_refused_until_it_is_filled_in(
    stocked: Seller, mercer: Mercer
) -> None:
    file = stocked.folder / "t.csv"
    answer = mercer("price", "template", file, "--channel", "north", "--json")
    listed = rows(file.read_text("utf-8"))[1:]
    assert answer.json["rows"] == len(listed) > 0
    assert {(row[1], row[3]) for row in listed} == {("", "north")}
    answer = mercer("import", "prices", file, "--currency", "CNY")
    assert answer.code == 1
    assert "nothing was imported" in answer.err


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("t.json",), 2, "a template is CSV or XLSX"),
        (("t.xls",), 1, "call it .xlsx or .csv"),
        (("t.csv", "--channel", "west"), 1, "no channel 'west'"),
        (("t.csv", "--lang", "de"), 2, "'en', 'zh'"),
        (("nowhere/t.csv",), 1, "cannot be written"),
        (("nowhere/t.xlsx",), 1, "cannot be written"),
    ],
)
def test_a_template_that_cannot_be_made_says_why(
    stocked: Seller, mercer: Mercer, args: tuple[str, ...], code: int, words: str
) -> None:
    del stocked
    answer = mercer("price", "template", *args)
    assert answer.code == code
    assert words in answer.err


def test_a_workbook_is_exported_under_either_name_of_its_place(
    stocked: Seller, mercer: Mercer
) -> None:
    one, other = stocked.folder / "a.xlsx", stocked.folder / "b.xlsx"
    assert mercer("export", "prices", one).code == 0
    assert mercer("export", "prices", "--output", other).code == 0
    assert one.read_bytes()[:4] == other.read_bytes()[:4] == b"PK\x03\x04"


def test_sheet_and_locale_are_told_on_the_command_line(stocked: Seller, mercer: Mercer) -> None:
    file = stocked.file("p.csv", 'sku;price\nTEE-S;"1.011,50"\n')
    answer = mercer("import", "prices", file, "--currency", "CNY")
    assert "--locale de" in answer.err
    answer = mercer("import", "prices", file, "--currency", "CNY", "--locale", "de_DE")
    assert answer.code == 0, answer.err
    assert "TEE-S,1011.50,CNY" in mercer("export", "prices").out
    assert mercer("import", "prices", file, "--locale", "xx").code == 2
    book = stocked.folder / "b.xlsx"
    mercer("price", "template", book, "--filled")
    answer = mercer("import", "prices", book, "--sheet", "price")
    assert "the sheets are: prices, notes" in answer.err


def test_a_fault_of_a_workbook_names_its_sheet(stocked: Seller, mercer: Mercer) -> None:
    del stocked
    mercer("price", "template", "t.xlsx", "--channel", "north")
    args = ("import", "prices", "t.xlsx", "--currency", "CNY")
    assert mercer(*args, "--json").json["faults"][0]["sheet"] == "prices"
    assert "t.xlsx[prices]:2: price: the cell is blank" in mercer(*args).err
