"""JSON files: exact values, known names, and the line of everything that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mercer.core.cell import NOTHING
from mercer.core.money import Money
from mercer.core.price import PriceEntry
from mercer.core.product import Product, Sku
from mercer.files import read_prices, read_products, read_stock

Save = Callable[..., Path]

PRICE = '{"sku": "A", "price": {"amount": "12.30", "currency": "CNY"}'


def test_a_product_may_have_everything_a_row_has(save: Save) -> None:
    path = save("""
        {"products": [
          {"product": "dress", "title": "Red dress", "tags": ["a;b", "c"], "skus": [
            {"sku": "D", "options": [{"name": "Size", "value": "S"}], "quantity": 5,
             "price": {"amount": "12.30", "currency": "CNY"}, "compare_at": "none"},
            {"sku": "SET", "parts": [{"sku": "D", "count": 2}]}
          ]}
        ]}
    """)
    read = read_products(path)
    assert read.faults == ()
    assert read.products == (
        Product(
            "dress",
            "Red dress",
            tags=("a;b", "c"),
            skus=(Sku("D", options=(("Size", "S"),)), Sku("SET", parts=(("D", 2),))),
        ),
    )
    assert read.entries == (PriceEntry("D", Money(1230, "CNY"), compare_at=NOTHING),)
    assert [(row.sku, row.quantity, row.line) for row in read.stock] == [("D", 5, 3)]


def test_more_options_than_a_csv_holds_are_read(save: Save) -> None:
    options = ", ".join(f'{{"name": "N{n}", "value": "V{n}"}}' for n in range(5))
    skus = f'[{{"sku": "A", "options": [{options}]}}]'
    text = f'{{"products": [{{"product": "p", "title": "T", "skus": {skus}}}]}}'
    (product,) = read_products(save(text)).products
    assert len(product.skus[0].options) == 5


@pytest.mark.parametrize("amount", ["12.30", "1e3", "12.0"])
def test_a_bare_decimal_number_is_refused_with_its_own_digits(save: Save, amount: str) -> None:
    text = f'{{"prices": [\n{{"sku": "A", "price": {{"amount": {amount}, "currency": "CNY"}}}}]}}'
    (fault,) = read_prices(save(text)).faults
    assert (fault.line, fault.column) == (2, "price.amount")
    assert "in quotes" in fault.fix


def test_a_whole_number_is_exact_and_taken(save: Save) -> None:
    text = '{"prices": [{"sku": "A", "price": {"amount": 12, "currency": "CNY"}}]}'
    assert read_prices(save(text)).entries == (PriceEntry("A", Money(1200, "CNY")),)


def test_the_argument_is_the_currency_of_money_that_names_none(save: Save) -> None:
    text = '{"prices": [{"sku": "A", "price": {"amount": "12"}}]}'
    assert read_prices(save(text), "USD").entries == (PriceEntry("A", Money(1200, "USD")),)


@pytest.mark.parametrize(
    ("element", "column", "message"),
    [
        (PRICE + ', "prise": 1}', "prise", "no such name"),
        ('{"price": {"amount": "1", "currency": "CNY"}}', "sku", "missing"),
        ('{"sku": 5, "price": {"amount": "1", "currency": "CNY"}}', "sku", "valid string"),
        ('{"sku": "A", "price": "12.30"}', "price", "an object"),
        ('{"sku": "A", "price": {"amount": true}}', "price.amount", "valid string"),
        ('{"sku": "\\ud800", "price": {"amount": "1"}}', "sku", "valid string"),
        (PRICE + ', "\\ud800": 1}', "", "valid string"),
        (PRICE + ', "floor": {"amount": "1", "currency": "USD"}}', "currency", "'CNY and USD'"),
        ('{"sku": "A", "price": {"amount": "0", "currency": "CNY"}}', "price", "zero"),
        ("7", "", "an object"),
    ],
)
def test_a_document_of_the_wrong_shape_is_told_and_the_others_read(
    save: Save, element: str, column: str, message: str
) -> None:
    text = f'{{"prices": [\n{element},\n{PRICE.replace("A", "Z")}}}\n]}}'
    read = read_prices(save(text), "CNY")
    assert [entry.sku for entry in read.entries] == ["Z"]
    (fault,) = read.faults
    assert (fault.line, fault.column) == (2, column)
    assert message in fault.message
    str(fault).encode()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[]", 1, "no 'stock'"),
        ('{"prices": []}', 1, "no 'stock'"),
        ('{"stock": []}', 1, "has no entries"),
        ('{"stock": [', 1, "not JSON"),
        ('{"stock": [\n{"sku": "A",\n "quantity": 05}]}', 3, "not JSON"),
        ('{"stock": [\n{"sku": "A", "quantity": 5}\n{"sku"', 2, "is missing here"),
        ('{"stock": [\n{"sku": "A", "quantity": 5}], "more": 1}', 2, "is missing here"),
        ('{"stock": [\n{"sku": "A", "quantity": 5, "sku": "B"}]}', 2, "'sku' is given twice"),
        ('{"stock": [\n{"sku": "A", "quantity": NaN}]}', 2, "NaN is not a number"),
        ('{"stock": [\n' + "[" * 100_000, 2, "beyond reason"),
        ('{"stock": [\n{"sku": "A", "quantity": ' + "9" * 5000 + "}]}", 2, "beyond reason"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_broken_json_says_where_reading_stopped(
    save: Save, text: str, line: int, message: str
) -> None:
    (fault,) = read_stock(save(text, "stock.json")).faults
    assert fault.line == line
    assert message in fault.message


def test_what_was_read_before_the_break_is_kept(save: Save) -> None:
    read = read_stock(save('{"stock": [{"sku": "A", "quantity": 5},\n{"sku": '))
    assert [row.sku for row in read.rows] == ["A"]
    assert len(read.faults) == 1


def test_duplicates_on_one_line_are_found(save: Save) -> None:
    element = '{"sku": "A", "quantity": 5}'
    read = read_stock(save(f'{{"stock": [{element}, {element}]}}'))
    assert len(read.rows) == 1
    assert "already have a quantity" in read.faults[0].message


def test_a_product_without_skus_is_told(save: Save) -> None:
    (fault,) = read_products(
        save('{"products": [{"product": "p", "title": "T", "skus": []}]}')
    ).faults
    assert fault.column == "skus"
