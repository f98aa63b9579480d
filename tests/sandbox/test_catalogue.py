from __future__ import annotations

from itertools import pairwise

import pytest

from mercer.core.money import Money
from mercer.sandbox.catalogue import CURRENCIES, generate


def test_the_same_seed_makes_the_same_goods_and_another_seed_others() -> None:
    assert generate(50, 1) == generate(50, 1)
    assert generate(50, 1) != generate(50, 2)


def test_fewer_products_are_the_first_of_more() -> None:
    assert generate(80, 3)[:20] == generate(20, 3)


def test_a_product_has_about_two_skus() -> None:
    articles = generate(2000, 1)
    skus = sum(len(article.product.skus) for article in articles)
    assert 2.1 < skus / len(articles) < 2.3


def test_every_code_barcode_and_set_of_options_is_there_once() -> None:
    products = [article.product for article in generate(500, 1)]
    skus = [sku for product in products for sku in product.skus]
    assert len({product.code for product in products}) == len(products)
    assert len({sku.sku for sku in skus}) == len(skus)
    assert len({sku.barcode for sku in skus}) == len(skus)
    for product in products:
        assert len({sku.options for sku in product.skus}) == len(product.skus)


def test_a_barcode_passes_its_own_check_digit() -> None:
    for article in generate(50, 1):
        for sku in article.product.skus:
            assert sku.barcode
            assert len(sku.barcode) == 13
            weighted = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(sku.barcode))
            assert weighted % 10 == 0


def test_every_sku_has_a_price_in_each_currency_and_a_quantity() -> None:
    for article in generate(300, 1):
        skus = {sku.sku for sku in article.product.skus}
        for currency in CURRENCIES:
            shop = article.on(currency)
            assert set(shop.prices) == set(shop.quantities) == skus
            assert all(p.currency == currency and p.minor > 0 for p in shop.prices.values())
            assert all(above > shop.prices[sku] for sku, above in shop.compare_at.items())


def test_prices_look_like_prices() -> None:
    for article in generate(100, 1):
        assert all(price.plain.endswith("9.00") for price in article.prices["CNY"].values())
        assert all(price.plain.endswith(".90") for price in article.prices["USD"].values())
        for currency in ("EUR", "GBP", "PLN"):
            assert all(p.plain.endswith(".99") for p in article.prices[currency].values())
        assert all(price.plain.endswith("80") for price in article.prices["JPY"].values())


def test_a_price_is_worth_about_the_same_in_every_currency() -> None:
    fen = {"CNY": 100, "USD": 710, "EUR": 780, "GBP": 920, "PLN": 183, "JPY": 470}
    for article in generate(100, 1):
        for sku, yuan in article.prices["CNY"].items():
            if yuan < Money.of(100, "CNY"):
                continue  # the tag's own ending outweighs it
            for currency, worth in fen.items():
                ratio = article.prices[currency][sku].minor * worth / yuan.minor / 100
                assert 0.9 < ratio < 1.1, (currency, ratio)


def test_a_title_fits_the_shortest_limit_of_a_platform() -> None:
    titles = [article.product.title for article in generate(500, 1)]
    assert max(len(title.encode("gb18030")) for title in titles) <= 60
    assert all(title.isprintable() for title in titles)


def test_a_currency_without_prices_is_an_error_and_not_an_empty_shop() -> None:
    with pytest.raises(KeyError):
        generate(1, 1)[0].on("CHF")


def test_sizes_stand_in_their_order() -> None:
    order = ["S", "M", "L", "XL"]
    for article in generate(300, 1):
        sizes = [
            value for sku in article.product.skus for name, value in sku.options if name == "Size"
        ]
        assert all(order.index(a) < order.index(b) for a, b in pairwise(sizes))
