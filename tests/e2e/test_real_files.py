"""The real files: in whole, on both shops, linked, priced, counted, and read back equal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Shops, sandbox

DATA = Path(__file__).parents[3] / "shared" / "data" / "shopify-product-csvs"
FILES = ("apparel", "home-and-garden", "jewelery")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.exists(), reason="the reference files are not here"),
]


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[Shops]:
    named = [part for name in FILES for part in ("--from", DATA / f"{name}.csv")]
    with sandbox(tmp_path, *named, "--currency", "USD") as shops:
        yield shops


def test_real_exports_are_kept_in_step_on_both_shops(shops: Shops) -> None:
    skus = 0
    for name in FILES:
        imported = shops.ok("import", "products", DATA / f"{name}.csv", "--currency", "USD")
        assert imported["faults"] == []
        skus += imported["skus"]
    pulled = shops.ok("pull")
    assert pulled["listings"]["shopify"]["complete"]
    assert pulled["listings"]["shopify"]["offers"] == skus
    assert pulled["listings"]["taobao"]["offers"] == skus
    linked = shops.ok("link")["channels"]
    assert {each["by_code"] for each in linked.values()} == {skus}

    every = sorted(shops.offers("shopify"))
    chosen = every[:: len(every) // 6]
    before = shops.offers("shopify"), shops.offers("taobao")
    rows = ["sku,price,currency,compare_at"]
    wanted: dict[tuple[str, str], str] = {}
    for channel, offers in zip(("shopify", "taobao"), before, strict=True):
        for sku in chosen:
            money = offers[sku]["price"]
            price = f"{float(money['amount']) * 1.1:.2f}"
            wanted[channel, sku] = price
            rows.append(f"{sku},{price},{money['currency']},{float(price) + 50:.2f}")
    prices = shops.file("prices.csv", "\n".join(rows) + "\n")
    stock = shops.file("stock.csv", "sku,quantity\n" + "".join(f"{sku},17\n" for sku in chosen))
    shops.ok("import", "prices", prices)
    shops.ok("import", "stock", stock)
    for channel in ("shopify", "taobao"):
        shops.ok("adopt", channel, "--ours")
    plan = shops.ok("plan")
    assert any("Taobao" in note and "strike-through" in note for note in plan["notes"])
    run = shops.ok("apply", plan["id"], "--yes")
    assert run["unconverged"] == run["rejected"] == run["stale"] == 0

    for channel in ("shopify", "taobao"):
        for sku, shown in shops.offers(channel).items():
            if sku in chosen:
                assert shown["price"]["amount"] == wanted[channel, sku]
                assert shown["quantity"] == 17
                if channel == "shopify":
                    above = f"{float(wanted[channel, sku]) + 50:.2f}"
                    assert shown["compare_at"]["amount"] == above
    assert (
        shops.ok("plan", "--field", "price,stock")["totals"]["changes"] == plan["totals"]["blocked"]
    )
