"""What has gone wrong in real shops, pushed from the command line as then: the shops never show it."""

from __future__ import annotations

import pytest

from tests.commands.conftest import Mercer, Seller

CODES = [f"sku-{number:03}" for number in range(120)]
"""More than the absolute count below which a channel's share is not looked at."""


@pytest.fixture
def wide(seller: Seller, mercer: Mercer) -> Seller:
    """Two shops with much to lose, at 10.00 each."""
    rows = ["product,title,sku,price,quantity"]
    for code in CODES:
        seller.show(seller.north, code, code)
        seller.show(seller.south, code, code)
        rows.append(f"{code},Title of {code},{code},10.00,5")
    products = seller.file("products.csv", "\n".join(rows) + "\n")
    for words in (
        ("import", "products", products, "--currency", "CNY"),
        ("pull",),
        ("link",),
    ):
        assert mercer(*words).code == 0
    return seller


def push(seller: Seller, mercer: Mercer, header: str, row: str) -> str:
    """Push the row for every SKU, and sync afterwards; tell what stopped the first of them."""
    lines = [f"sku,{header}", *(f"{code},{row}" for code in CODES)]
    file = seller.file("prices.csv", "\n".join(lines) + "\n")
    answer = mercer("price", "push", file, "--currency", "CNY", "--yes", "--json")
    assert answer.json["apply"]["confirmed"] == 0
    assert mercer("sync").code == 0
    stopped: str = answer.json["plan"]["changes"][0]["guard"]
    return stopped


def shown(seller: Seller) -> set[str]:
    pages = [*seller.north.listings.values(), *seller.south.listings.values()]
    return {str(offer.price) for page in pages for offer in page.offers}


def test_a_whole_shop_at_one_penny_is_never_shown(wide: Seller, mercer: Mercer) -> None:
    """2014: repricing software put thousands of sellers' goods on sale at 0.01."""
    guard = push(wide, mercer, "price", "0.01")
    assert "big-move" in guard
    assert shown(wide) == {"10.00 CNY"}


def test_a_blank_minimum_lets_no_price_down_to_one_penny(wide: Seller, mercer: Mercer) -> None:
    """2012: a minimum price left blank was read as 0.01."""
    guard = push(wide, mercer, "price,floor", "9.90,unknown")
    assert "blank-floor" in guard
    assert shown(wide) == {"10.00 CNY"}


def test_prices_that_are_wrong_all_over_the_shop_wait_for_a_person(
    wide: Seller, mercer: Mercer
) -> None:
    """2024: wrong prices, each believable by itself, were live for twenty minutes."""
    guard = push(wide, mercer, "price", "7.50")
    assert "wide-change" in guard
    assert shown(wide) == {"10.00 CNY"}
