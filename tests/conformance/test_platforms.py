"""The built-in platforms run the suite that every plugin author runs."""

from __future__ import annotations

from mercer.testkit.suite import Conformance


class TestAmazon(Conformance):
    platform = "amazon"
    currency = "USD"


class TestJd(Conformance):
    platform = "jd"
    currency = "CNY"


class TestShopify(Conformance):
    platform = "shopify"
    currency = "USD"


class TestTaobao(Conformance):
    platform = "taobao"
    currency = "CNY"
