"""What is written is read back equal, whatever it holds; and runs in no spreadsheet."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mercer.core.cell import NOTHING
from mercer.core.errors import InputError
from mercer.core.money import Money
from mercer.core.price import ALWAYS, FOREVER, UNKNOWN, Declared, PriceEntry
from mercer.core.product import Product, ProductStatus, Sku
from mercer.files import (
    Language,
    StockRow,
    read_prices,
    read_products,
    read_stock,
    write_price_template,
    write_prices,
    write_products,
    write_stock,
)
from mercer.files.cells import armed, disarmed, joined, merchant_code, split

formats = st.sampled_from(["csv", "json", "xlsx"])
Format = Literal["csv", "json", "xlsx"]

signs = st.sampled_from(list("=+-@'\"\\;,*\t\r\n＝ "))
letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
verbatim = st.text(signs | letters, max_size=12)
words = verbatim.map(str.strip)
named = words.filter(bool)
MIDNIGHT = datetime(2026, 11, 10, 16, tzinfo=UTC)


def _is_code(text: str) -> bool:
    try:
        return merchant_code(text) == text
    except InputError:
        return False


codes = named.filter(_is_code)
channels = st.sampled_from(["", "tmall", "=amazon"])
currencies = st.sampled_from(["CNY", "JPY", "KWD"])


@st.composite
def price_entries(draw: st.DrawFn, sku: str | None = None, base: bool = False) -> PriceEntry:
    currency = draw(currencies)
    money = st.integers(1, 10**9).map(lambda minor: Money(minor, currency))
    return PriceEntry(
        sku or draw(codes),
        draw(money),
        "" if base else draw(channels),
        draw(money | st.sampled_from([NOTHING, None])),
        None if base else draw(limits(money)),
        ceiling=None if base else draw(limits(money)),
        cost=None if base else draw(limits(money)),
        starts_at=ALWAYS if base else draw(st.sampled_from([ALWAYS, MIDNIGHT])),
        ends_at=FOREVER if base else draw(st.sampled_from([FOREVER, MIDNIGHT + timedelta(days=9)])),
    )


def limits(money: st.SearchStrategy[Money]) -> st.SearchStrategy[Declared]:
    return money | st.sampled_from([UNKNOWN, None])


stock_rows = st.builds(StockRow, codes, words, st.integers(0, 10**9 - 1))


@st.composite
def catalogues(draw: st.DrawFn) -> tuple[list[Product], list[PriceEntry], list[StockRow]]:
    taken = iter(draw(st.lists(codes, unique=True, min_size=12, max_size=12)))
    products, prices, stock = [], [], []
    for name in draw(st.lists(named, unique=True, min_size=1, max_size=3)):
        skus = []
        for _ in range(draw(st.integers(1, 3))):
            code = next(taken)
            options = st.lists(st.tuples(named, named), max_size=3).map(tuple)
            parts = draw(st.dictionaries(named, st.integers(1, 99), max_size=3))
            parts.pop(code, None)
            barcode = draw(st.none() | codes)
            skus.append(Sku(code, barcode, draw(options), tuple(parts.items())))
            if draw(st.booleans()):
                prices.append(draw(price_entries(code, base=True)))
            if not parts and draw(st.booleans()):
                stock.append(StockRow(code, "", draw(st.integers(0, 999))))
        tuples = st.lists(named, max_size=3).map(tuple)
        products.append(
            Product(
                name,
                draw(verbatim.filter(str.strip)),
                draw(verbatim.filter(str.strip) | st.none()),
                draw(st.sampled_from(ProductStatus)),
                draw(named | st.none()),
                draw(named | st.none()),
                draw(tuples),
                draw(tuples),
                tuple(skus),
            )
        )
    return products, prices, stock


same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@same_folder
@given(
    st.lists(
        price_entries(),
        min_size=1,
        unique_by=lambda e: (e.sku, e.channel, e.currency, e.starts_at, e.ends_at),
    ),
    formats,
)
def test_prices_come_back_equal(tmp_path: Path, entries: list[PriceEntry], format: Format) -> None:
    path = tmp_path / "prices"
    write_prices(entries, path, format)
    read = read_prices(path)
    assert read.faults == ()
    assert list(read.entries) == entries


@same_folder
@given(st.lists(stock_rows, min_size=1, unique_by=lambda row: (row.sku, row.location)), formats)
def test_stock_comes_back_equal(tmp_path: Path, rows: list[StockRow], format: Format) -> None:
    path = tmp_path / "stock"
    write_stock(rows, path, format)
    read = read_stock(path)
    assert read.faults == ()
    assert list(read.rows) == rows


@same_folder
@given(catalogues(), formats)
def test_products_come_back_equal(
    tmp_path: Path,
    catalogue: tuple[list[Product], list[PriceEntry], list[StockRow]],
    format: Format,
) -> None:
    products, prices, stock = catalogue
    path = tmp_path / "products"
    write_products(products, path, format, prices=prices, stock=stock)
    read = read_products(path)
    assert read.faults == ()
    assert list(read.products) == products
    assert list(read.entries) == prices
    assert list(read.stock) == stock


@given(verbatim)
def test_a_disarmed_cell_never_begins_with_a_sign_and_comes_back(text: str) -> None:
    cell = disarmed(text)
    assert cell.lstrip(" ")[:1] not in set("=+-@\t\r\n＝＋－＠") or not cell
    assert armed(cell) == text


@given(st.lists(named))
def test_a_list_in_a_cell_comes_back(items: list[str]) -> None:
    assert list(split(joined(items))) == items


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_no_cell_of_a_file_runs_as_a_formula(title: str) -> None:
    stream = io.StringIO(newline="")
    write_products([Product("p", title, skus=(Sku("A"),))], stream)
    (row,) = csv.DictReader(io.StringIO(stream.getvalue(), newline=""))
    assert row["title"] == f"'{title}"


def test_a_title_that_only_has_an_apostrophe_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text("product,title,sku\np,'Tis a hat,A\n", encoding="utf-8")
    assert read_products(path).products[0].title == "'Tis a hat"


def test_a_csv_file_carries_the_mark_that_excel_looks_for(tmp_path: Path) -> None:
    write_stock([StockRow("红", "", 1)], tmp_path / "stock.csv")
    assert (tmp_path / "stock.csv").read_bytes().startswith(b"\xef\xbb\xbfsku,quantity")


@pytest.mark.parametrize(
    ("prices", "stock"),
    [
        ([PriceEntry("A", Money(1, "CNY"), "tmall")], []),
        ([PriceEntry("A", Money(2, "CNY"), floor=Money(1, "CNY"))], []),
        ([PriceEntry("A", Money(1, "CNY")), PriceEntry("A", Money(1, "USD"))], []),
        ([], [StockRow("A", "east", 1)]),
        ([], [StockRow("A", "", 1), StockRow("A", "", 2)]),
    ],
)
def test_what_a_product_file_cannot_hold_is_refused_not_dropped(
    prices: list[PriceEntry], stock: list[StockRow]
) -> None:
    product = Product("p", "T", skus=(Sku("A"),))
    with pytest.raises(InputError, match="a product file holds one"):
        write_products([product], io.StringIO(), prices=prices, stock=stock)


def test_a_product_without_skus_is_not_written() -> None:
    with pytest.raises(InputError, match="has no SKU"):
        write_products([Product("p", "T")], io.StringIO(), "json")


def test_a_fourth_option_goes_into_json_only() -> None:
    options = tuple((f"N{n}", f"V{n}") for n in range(4))
    product = Product("p", "T", skus=(Sku("A", options=options),))
    with pytest.raises(InputError) as caught:
        write_products([product], io.StringIO())
    assert "JSON" in caught.value.hint
    stream = io.StringIO()
    write_products([product], stream, "json")
    assert "N3" in stream.getvalue()


def test_a_workbook_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    write_products([Product("p", "T", skus=(Sku("A"),))], path, "xlsx")
    before = path.read_bytes()
    long = Product("p", "T", "x" * 40_000, skus=(Sku("A"),))
    with pytest.raises(InputError, match="40,000 characters has no room in a cell"):
        write_products([long], path, "xlsx")
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["p.xlsx"]


def test_nothing_in_a_workbook_runs(tmp_path: Path) -> None:
    path = tmp_path / "s.xlsx"
    signs = ["=1+1", "+1", "-1", "@x", "\t=1", "＝1", "http://x", "'=1"]
    write_stock([StockRow("A", text, 1) for text in signs], path, "xlsx")
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert sheet.count("<t>'") + sheet.count('"preserve">\'') == len(signs) - 1
    assert [row.location for row in read_stock(path).rows] == [text.strip() for text in signs]


@pytest.mark.parametrize("minor", [995, 1, 123_456_789_012_345, 10**15 - 1])
def test_amounts_stand_in_a_workbook_digit_for_digit(tmp_path: Path, minor: int) -> None:
    path = tmp_path / "p.xlsx"
    price = Money(minor, "CNY")
    entry = PriceEntry("A", price)
    write_prices([entry], path, "xlsx")
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert f">{price.plain}<" in sheet
    assert list(read_prices(path).entries) == [entry]


@pytest.mark.parametrize("text", ["_x0041_", "_x000D_", "a\rb", "\x01", "\ufffe", " x ", "\ta\n"])
def test_signs_that_a_workbook_has_no_room_for_come_back(tmp_path: Path, text: str) -> None:
    path = tmp_path / "p.xlsx"
    product = Product("p", "T", text, skus=(Sku("A"),))
    write_products([product], path, "xlsx")
    assert read_products(path).products == (product,)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_codes_are_text_and_amounts_are_numbers_for_who_opens_a_workbook(
    tmp_path: Path, language: Language
) -> None:
    path = tmp_path / "p.xlsx"
    entry = PriceEntry("00123", Money(1210, "CNY"), compare_at=NOTHING)
    write_price_template(path, "xlsx", language, entries=[entry])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
        assert "xl/worksheets/sheet2.xml" in archive.namelist()
    assert "<v>12.10</v>" in sheet
    assert "<t>00123</t>" in sheet
    assert 'state="frozen"' in sheet
    assert 'numFmtId="49"' in styles, "49 is text"
    assert list(read_prices(path).entries) == [entry]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_template_saved_in_another_encoding_reads_the_same(tmp_path: Path, encoding: str) -> None:
    entries = [
        PriceEntry("红裙", Money(1210, "CNY"), "旗舰店", Money(2000, "CNY"), Money(900, "CNY"))
    ]
    stream = io.StringIO(newline="")
    write_price_template(stream, "csv", "zh", entries=entries)
    path = tmp_path / "p.csv"
    path.write_bytes(stream.getvalue().encode(encoding))
    read = read_prices(path)
    assert (read.faults, list(read.entries)) == ((), entries)
