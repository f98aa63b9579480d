"""Rules for single SKUs: what one channel may show, and what others may therefore not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mercer.core.cell import Field
from mercer.core.contract import OrderPage
from mercer.core.errors import InputError
from mercer.core.order import OrderStatus
from mercer.core.product import Product, Sku
from mercer.core.stock_rule import StockRule
from mercer.store import cells
from mercer.store.stock_rules import SkuRule
from mercer.sync.catalogue import save_products
from mercer.sync.intake import take_in_orders
from mercer.sync.link import set_link
from mercer.sync.rule_changes import clear_rule, set_rule
from mercer.sync.stocktake import Count, take_stock
from tests.sync.conftest import Seller
from tests.sync.test_orders import told


def desired(seller: Seller, channel: str = "north", sku: str = "TEE-S") -> str | None:
    return seller.cell(channel, sku, Field.STOCK).desired


async def test_a_skus_rule_changes_only_what_it_names(seller: Seller) -> None:
    seller.rule("north", stock_rule=StockRule("n", percent=50, buffer=1))
    await seller.agree("tee", "TEE-S", "TEE-M", quantity=10)
    set_rule(seller.session, SkuRule("north", "TEE-S", buffer=3))
    assert (desired(seller), desired(seller, sku="TEE-M")) == ("2", "4")
    set_rule(seller.session, SkuRule("north", "TEE-S", maximum=1))
    assert desired(seller) == "1"
    assert seller.cell("north", "TEE-S", Field.STOCK).why.startswith("rule north/TEE-S: 10 avail")
    assert clear_rule(seller.session, "TEE-S", "north")
    assert not clear_rule(seller.session, "TEE-S", "north")
    assert desired(seller) == "4"


async def test_none_is_shown_at_delist_at_until_relist_at_is_reached(seller: Seller) -> None:
    seller.rule("north", stock_rule=StockRule("n", delist_at=2, relist_at=5))
    await seller.agree("tee", "TEE-S", quantity=6)
    shown = []
    for units in (3, 2, 3, 4, 5, 3):
        seller.count("TEE-S", units)
        shown.append(desired(seller))
    assert shown == ["3", "0", "0", "0", "5", "3"]


async def test_a_sku_that_is_disabled_is_shown_again_when_the_time_is_over(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", quantity=6)
    until = seller.clock.now() + timedelta(hours=1)
    with pytest.raises(InputError, match="needs a reason"):
        set_rule(seller.session, SkuRule("north", "TEE-S", disabled_until=until))
    rule = SkuRule("north", "TEE-S", disabled_until=until, reason="recalled")
    set_rule(seller.session, rule)
    assert (desired(seller), desired(seller, "south")) == ("0", "6")
    seller.later(1800)
    seller.plan()
    assert desired(seller) == "0"
    seller.later(1800)
    seller.plan()
    assert desired(seller) == "6"


async def test_units_allocated_to_one_channel_are_shown_by_no_other(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", quantity=10)
    set_rule(seller.session, SkuRule("north", "TEE-S", allocation=4))
    assert (desired(seller), desired(seller, "south")) == ("10", "6")
    assert "4 allocated to other channels" in seller.cell("south", "TEE-S", Field.STOCK).why
    seller.later()
    set_rule(seller.session, SkuRule("south", "TEE-S", allocation=9))
    assert (desired(seller), desired(seller, "south")) == ("4", "6"), "the earlier one comes first"


async def test_an_allocation_is_used_up_by_its_channels_orders_even_once_they_shipped(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S", quantity=10)
    seller.later()
    set_rule(seller.session, SkuRule("north", "TEE-S", allocation=4))
    seller.later()
    other = seller.sell("south", "TEE-S", 2)
    take_in_orders(seller.session, "south", OrderPage((other,)))
    assert (desired(seller), desired(seller, "south")) == ("8", "4")
    order = seller.sell("north", "TEE-S", 3)
    take_in_orders(seller.session, "north", OrderPage((order,)))
    assert (desired(seller), desired(seller, "south")) == ("5", "4")
    shipped = told(seller, order, shipped=3, status=OrderStatus.SHIPPED)
    take_in_orders(seller.session, "north", OrderPage((shipped,)))
    assert (desired(seller), desired(seller, "south")) == ("5", "4")
    # Another setting of the same rule does not begin the allocation anew.
    set_rule(seller.session, SkuRule("north", "TEE-S", maximum=100))
    assert desired(seller, "south") == "4"
    set_rule(seller.session, SkuRule("north", "TEE-S", allocation=0))
    assert desired(seller, "south") == "5"


async def test_a_cancelled_order_gives_its_allocation_back(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", quantity=10)
    seller.later()
    set_rule(seller.session, SkuRule("north", "TEE-S", allocation=4))
    seller.later()
    order = seller.sell("north", "TEE-S", 3)
    cancelled = told(seller, order, status=OrderStatus.CANCELLED)
    take_in_orders(seller.session, "north", OrderPage((order, cancelled)))
    assert (desired(seller), desired(seller, "south")) == ("10", "6")


async def test_an_allocation_at_other_locations_takes_nothing_from_a_channel(
    seller: Seller,
) -> None:
    seller.rule("north", stock_rule=StockRule("n", ("west",)))
    seller.rule("south", stock_rule=StockRule("s", ("east",)))
    await seller.agree("tee", "TEE-S", quantity=0)
    take_stock(seller.session, [Count("TEE-S", "west", 5), Count("TEE-S", "east", 5)])
    set_rule(seller.session, SkuRule("north", "TEE-S", allocation=4))
    assert (desired(seller), desired(seller, "south")) == ("5", "5")


async def test_an_allocated_part_is_missing_in_other_channels_bundles(seller: Seller) -> None:
    await seller.agree("cup", "CUP", quantity=10)
    bundle = Product("set", "Title of set", skus=(Sku("SET", parts=(("CUP", 2),)),))
    save_products(seller.session, [bundle])
    for channel in seller.channels:
        seller.show(channel, "set", "SET", quantity=5)
    await seller.pull()
    set_rule(seller.session, SkuRule("south", "CUP", allocation=4))
    assert (desired(seller, sku="SET"), desired(seller, "south", "SET")) == ("3", "5")
    with pytest.raises(InputError, match="is a bundle"):
        set_rule(seller.session, SkuRule("south", "SET", allocation=1))


async def test_a_rule_for_what_is_not_there_is_refused(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", quantity=10)
    with pytest.raises(InputError, match="no channel 'west'"):
        set_rule(seller.session, SkuRule("west", "TEE-S", buffer=1))
    with pytest.raises(InputError, match="no SKU 'NOPE'"):
        set_rule(seller.session, SkuRule("north", "NOPE", buffer=1))


async def test_a_shared_sku_is_withheld_on_all_its_offers_together(seller: Seller) -> None:
    seller.rule("north", stock_rule=StockRule("n", delist_at=1, relist_at=4))
    seller.own("tee", "TEE-S", quantity=2)
    seller.show("north", "tee", "TEE-S", quantity=2)
    seller.show("north", "tee2", "TEE-S", quantity=0)
    await seller.pull()

    def shown() -> list[str | None]:
        page = [seller.shops["north"].listings[code].offers[0].offer for code in ("tee", "tee2")]
        with seller.database.read() as tx:
            found = cells.of_listings(tx, [("north", "tee"), ("north", "tee2")], [Field.STOCK])
        return [
            cell.desired for offer in page for cell in found.values() if cell.key.offer == offer
        ]

    for offer in ("tee/TEE-S", "tee2/TEE-S"):
        set_link(seller.session, "north", offer, "TEE-S")
    assert shown() == ["1", "1"]
    counts = {}
    for units in (3, 1, 3, 5, 2):
        seller.count("TEE-S", units)
        counts[units] = shown()
    assert counts == {3: ["0", "0"], 1: ["0", "0"], 5: ["3", "2"], 2: ["1", "1"]}
