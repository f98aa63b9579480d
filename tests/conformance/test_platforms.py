"""The built-in platforms run the suite that every plugin author runs."""

from __future__ import annotations

from mercer.testkit.suite import Conformance


class TestShopify(Conformance):
    platform = "shopify"
    currency = "USD"


class TestTaobao(Conformance):
    platform = "taobao"
    currency = "CNY"
