from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.errors import Rejected
from mercer.core.money import Money
from mercer.core.product import Product, ProductStatus, Sku
from mercer.plugins.buyers import chinese_buyer
from mercer.plugins.jd.simulator import JdSimulator, checkout
from mercer.plugins.jd.wire import node, rows
from mercer.plugins.simulation import Edit, ShopProduct

from .bench import Bench, cny, mug, tee


def quantities(bench: Bench) -> list[int]:
    return [truth.quantity for truth in bench.simulator.offers()]


@given(
    inside=st.booleans(),
    steps=st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.booleans()), max_size=12),
)
def test_no_unit_is_sold_twice_and_cancelling_gives_all_back(
    inside: bool, steps: list[tuple[int, bool, bool]]
) -> None:
    bench = Bench()
    bench.stock_with(mug())
    bench.simulator.shop.stock_holds_bookings = inside
    kept = []
    for count, paid, cancelled in steps:
        try:
            order_id = bench.simulator.order([("杯子-code", count)], paid=paid)
        except ValueError:
            continue
        if cancelled:
            bench.simulator.cancel(order_id)
        else:
            kept.append(order_id)
    sku = next(iter(bench.simulator.shop.wares.values())).skus[0]
    taken = sum(item.count for each in kept for item in bench.simulator.placed(each).items)
    assert sku.locked + sku.booked == taken
    assert sku.stock_num == (8 if inside else 8 - taken)
    assert taken <= 8
    for order_id in kept:
        bench.simulator.cancel(order_id)
    assert (sku.stock_num, sku.locked, sku.booked) == (8, 0, 0)


async def stores(bench: Bench) -> dict[str, int]:
    sku = next(iter(bench.simulator.shop.wares.values())).skus[0].sku_id
    body = await bench.jos().call("jingdong.ware.stock.sku.query", {"skuId": sku})
    (row,) = rows(node(node(body, "returnType"), "obj"), "skuStockInfos")
    return row


@pytest.mark.parametrize("inside", [True, False])
async def test_what_can_be_used_is_stock_less_the_bookings(jd: Bench, inside: bool) -> None:
    jd.stock_with(mug())
    jd.simulator.shop.stock_holds_bookings = inside
    jd.simulator.order([("杯子-code", 2)])
    jd.simulator.order([("杯子-code", 1)], paid=False)
    row = await stores(jd)
    assert (row["orderBookingNum"], row["appBookingNum"]) == (2, 1)
    assert row["stockNum"] == 8
    with pytest.raises(ValueError, match="on sale"):
        jd.simulator.order([("杯子-code", 6)])
    jd.simulator.order([("杯子-code", 5)])


async def test_where_the_number_holds_bookings_shipping_takes_them_off(jd: Bench) -> None:
    jd.stock_with(mug())
    jd.simulator.shop.stock_holds_bookings = True
    order_id = jd.simulator.order([("杯子-code", 2)])
    assert quantities(jd) == [8]
    checkout.ship(jd.simulator.shop, jd.simulator.placed(order_id), jd.clock.now())
    assert quantities(jd) == [6]
    assert (await stores(jd))["orderBookingNum"] == 0


async def test_a_number_with_a_key_that_was_taken_is_not_set_again(jd: Bench) -> None:
    jd.stock_with(mug())
    sku = next(iter(jd.simulator.shop.wares.values())).skus[0]
    for key, number, shown in (("a", 5, 5), ("a", 3, 5), ("b", 3, 3)):
        stocks = [{"skuId": sku.sku_id, "stockNum": number}]
        request = {"updateModel": "fullStockIn", "stockRfId": key, "skuStocks": stocks}
        await jd.jos().call("jingdong.ware.stock.sku.set", {"req": request}, write=True)
        assert sku.stock_num == shown


async def test_a_full_save_of_skus_deletes_those_left_out(jd: Bench) -> None:
    jd.stock_with(tee(S=("99.00", 5), M=("99.00", 5)))
    (ware,) = jd.simulator.shop.wares.values()
    kept, gone = ware.skus
    row = {"skuId": kept.sku_id, "jdPrice": 88.5, "stockNum": "4"}
    params = {"wareId": ware.ware_id, "skus": [row]}
    await jd.jos().call("jingdong.sku.write.saveWareSkus", params, write=True)
    assert gone.deleted
    assert [(each.price.plain, each.quantity) for each in jd.simulator.offers()] == [("88.50", 4)]
    with pytest.raises(Rejected):
        await jd.jos().call("jingdong.sku.read.findSkuById", {"skuId": gone.sku_id})


async def test_one_ware_and_one_sku_are_read_by_id(jd: Bench) -> None:
    jd.stock_with(mug())
    (ware,) = jd.simulator.shop.wares.values()
    params = {"wareId": ware.ware_id, "field": "title"}
    body = await jd.jos().call("jingdong.ware.read.findWareById", params)
    assert body["ware"] == {"title": "杯子"}
    params = {"skuId": ware.skus[0].sku_id, "field": "outerId,stockNum"}
    body = await jd.jos().call("jingdong.sku.read.findSkuById", params)
    assert body["sku"] == {"outerId": "杯子-code", "stockNum": 8}


def test_an_order_takes_all_its_lines_or_none() -> None:
    bench = Bench()
    bench.stock_with(mug("甲"), mug("乙", quantity=1))
    with pytest.raises(ValueError, match="乙-code"):
        bench.simulator.order([("甲-code", 1), ("乙-code", 2)])
    with pytest.raises(ValueError, match="甲-code"):
        bench.simulator.order([("甲-code", 5), ("甲-code", 5)])
    with pytest.raises(KeyError):
        bench.simulator.order([("丙", 1)])
    assert quantities(bench) == [8, 1]


def test_what_is_off_the_shelf_cannot_be_bought() -> None:
    bench = Bench()
    bench.stock_with(mug())
    bench.simulator.edit("杯子-code", Edit(listed=False))
    with pytest.raises(ValueError, match="on sale"):
        bench.simulator.order([("杯子-code", 1)])


def test_a_shipped_or_cancelled_order_cannot_be_cancelled() -> None:
    bench = Bench()
    bench.stock_with(mug())
    shipped, cancelled = (bench.simulator.order([("杯子-code", 1)]) for _ in range(2))
    checkout.ship(bench.simulator.shop, bench.simulator.placed(shipped), bench.clock.now())
    bench.simulator.cancel(cancelled)
    for order_id in (shipped, cancelled):
        with pytest.raises(ValueError, match=order_id):
            bench.simulator.cancel(order_id)
    for unknown in ("1", "nobody"):
        with pytest.raises(KeyError):
            bench.simulator.cancel(unknown)


def test_a_back_office_edit_reaches_every_offer_with_the_code() -> None:
    bench = Bench()
    bench.stock_with(mug(), mug(), tee(S=("99.00", 5), M=("109.00", 5)))
    bench.simulator.edit("杯子-code", Edit(price=cny("30.00"), quantity=2, title="新杯子"))
    bench.simulator.edit("示例T恤-M", Edit(price=cny("9.00")))
    shown = [(each.title, each.price.plain, each.quantity) for each in bench.simulator.offers()]
    assert shown == [
        ("新杯子", "30.00", 2),
        ("新杯子", "30.00", 2),
        ("示例T恤", "99.00", 5),
        ("示例T恤", "9.00", 5),
    ]
    with pytest.raises(KeyError):
        bench.simulator.edit("nobody", Edit(quantity=1))


@pytest.mark.parametrize(
    "edit",
    [Edit(price=cny("0.00")), Edit(quantity=-1), Edit(title=""), Edit(quantity=100_000_000)],
)
def test_an_edit_against_the_rules_is_refused_in_the_platforms_words(edit: Edit) -> None:
    bench = Bench()
    bench.stock_with(mug())
    before = bench.simulator.offers()
    with pytest.raises(ValueError, match=r"[价库标]"):
        bench.simulator.edit("杯子-code", edit)
    assert bench.simulator.offers() == before


def test_a_draft_is_seeded_off_the_shelf() -> None:
    bench = Bench()
    product = Product("x", "草稿", status=ProductStatus.DRAFT, skus=(Sku("x"),))
    bench.stock_with(ShopProduct(product, {"x": cny("1.00")}, {"x": 5}))
    assert [each.status for each in bench.simulator.offers()] == ["delisted"]


def test_a_shop_sells_in_yuan_only() -> None:
    product = Product("x", "杯子", skus=(Sku("x"),))
    with pytest.raises(ValueError, match="USD"):
        Bench().stock_with(ShopProduct(product, {"x": Money.of("1", "USD")}, {"x": 5}))


async def test_a_shop_put_away_as_json_is_taken_up_where_it_stood() -> None:
    bench = Bench()
    bench.stock_with(mug(), tee(S=("99.00", 5), M=("109.00", 5)))
    bench.simulator.order([("杯子-code", 1), ("示例T恤-S", 1)])
    bench.simulator.order([("杯子-code", 1)], paid=False)
    bench.simulator.cancel(bench.simulator.order([("杯子-code", 1)]))
    await bench.listings()
    state = json.loads(json.dumps(bench.simulator.dump()))
    other = JdSimulator(bench.channel, bench.world, "routerjson")
    other.load(state)
    assert other.shop == bench.simulator.shop
    assert other.settings("http://x") == bench.simulator.settings("http://x")
    bench.wire.app = other.app
    assert set(await bench.listings()) == {"杯子", "示例T恤"}


def test_the_same_seed_makes_the_same_shop() -> None:
    shops = []
    for _ in range(2):
        bench = Bench()
        bench.stock_with(tee(S=("99.00", 5)))
        bench.simulator.order([("示例T恤-S", 1)])
        shops.append(bench.simulator.dump())
    assert shops[0] == shops[1]


def test_every_id_exceeds_what_a_double_can_hold() -> None:
    bench = Bench()
    bench.stock_with(tee(S=("99.00", 5)))
    order_id = bench.simulator.order([("示例T恤-S", 1)])
    (truth,) = bench.simulator.offers()
    assert min(int(order_id), int(truth.offer), int(truth.listing)) > 2**53


def test_the_shop_tells_every_order_as_it_stands() -> None:
    bench = Bench()
    bench.stock_with(mug("甲"), mug("乙"))
    unpaid, paid, cancelled, split = (
        bench.simulator.order([("甲-code", 1), ("乙-code", 1)], paid=bool(number))
        for number in range(4)
    )
    shop, now = bench.simulator.shop, bench.clock.now()
    placed = bench.simulator.placed(paid)
    checkout.ship(shop, placed, now, "467", "SF1", {placed.items[0].id: 1})
    bench.simulator.cancel(cancelled)
    children = checkout.split(shop, bench.simulator.placed(split), now)
    truth = {each.order: each for each in bench.simulator.orders()}
    both = {"甲-code": 1, "乙-code": 1}
    assert (truth[unpaid].paid, truth[unpaid].units) == (False, both)
    assert (truth[paid].units, truth[paid].shipped) == (both, {"甲-code": 1})
    assert truth[paid].parcels == ("SF1",)
    assert (truth[cancelled].cancelled, truth[cancelled].units) == (True, {})
    assert (truth[split].cancelled, truth[split].units) == (True, {})
    assert [truth[str(child.order_id)].units for child in children] == [
        {"甲-code": 1},
        {"乙-code": 1},
    ]


def test_an_unpaid_order_is_paid_once() -> None:
    bench = Bench()
    bench.stock_with(mug())
    order_id = bench.simulator.order([("杯子-code", 1)], paid=False)
    bench.simulator.pay(order_id)
    assert [each.paid for each in bench.simulator.orders()] == [True]
    with pytest.raises(ValueError, match=order_id):
        bench.simulator.pay(order_id)
    with pytest.raises(KeyError):
        bench.simulator.pay("nobody")


def test_what_has_shipped_in_part_is_neither_cancelled_nor_split() -> None:
    bench = Bench()
    bench.stock_with(mug("甲"), mug("乙"))
    order_id = bench.simulator.order([("甲-code", 1), ("乙-code", 1)])
    placed = bench.simulator.placed(order_id)
    goods = {placed.items[0].id: 1}
    checkout.ship(bench.simulator.shop, placed, bench.clock.now(), "467", "SF1", goods)
    with pytest.raises(ValueError, match="in part"):
        bench.simulator.cancel(order_id)
    with pytest.raises(ValueError, match="in part"):
        checkout.split(bench.simulator.shop, placed, bench.clock.now())


def test_buyers_come_in_turn_or_as_they_are_named() -> None:
    bench = Bench()
    bench.stock_with(mug())
    ids = [bench.simulator.order([("杯子-code", 1)]) for _ in range(2)]
    named = bench.simulator.order([("杯子-code", 1)], buyer=chinese_buyer(77))
    keys = [bench.simulator.placed(order_id).buyer.key for order_id in (*ids, named)]
    assert keys == [chinese_buyer(number).key for number in (0, 1, 77)]


def test_jd_calls_nobody() -> None:
    bench = Bench()
    bench.stock_with(mug())
    bench.simulator.order([("杯子-code", 1)])
    assert bench.simulator.notices() == []
