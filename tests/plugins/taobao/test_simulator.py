from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.after_sales import CaseKind
from mercer.core.money import Money
from mercer.core.product import Product, ProductStatus, Sku
from mercer.plugins.simulation import Edit, ShopProduct
from mercer.plugins.taobao.settings import SellerType
from mercer.plugins.taobao.simulator import TaobaoSimulator, checkout

from .bench import Bench, cny, mug, tee


def quantities(bench: Bench) -> list[int]:
    return [truth.quantity for truth in bench.simulator.offers()]


@pytest.mark.parametrize(
    ("seller", "after_order", "after_payment"), [("C", [6], [6]), ("B", [8], [6])]
)
def test_stock_is_taken_when_ordered_at_taobao_and_when_paid_at_tmall(
    seller: SellerType, after_order: list[int], after_payment: list[int]
) -> None:
    bench = Bench(seller)
    bench.stock_with(mug())
    tid = bench.simulator.order([("杯子-code", 2)], paid=False)
    assert quantities(bench) == after_order
    checkout.pay(bench.simulator.shop, bench.simulator.trade(tid), bench.clock.now())
    assert quantities(bench) == after_payment


@given(
    seller=st.sampled_from(["C", "B"]),
    steps=st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.booleans()), max_size=12),
)
def test_no_unit_is_sold_twice_and_cancelling_gives_all_back(
    seller: SellerType, steps: list[tuple[int, bool, bool]]
) -> None:
    bench = Bench(seller)
    bench.stock_with(mug())
    kept = []
    for count, paid, cancelled in steps:
        try:
            tid = bench.simulator.order([("杯子-code", count)], paid=paid)
        except ValueError:
            continue
        if cancelled:
            bench.simulator.cancel(tid)
        else:
            kept.append(tid)
    sku = next(iter(bench.simulator.shop.items.values())).skus[0]
    lines = [line for tid in kept for line in bench.simulator.trade(tid).lines]
    assert sku.quantity - sku.held == 8 - sum(line.num for line in lines)
    assert 0 <= sku.held <= sku.quantity
    for tid in kept:
        bench.simulator.cancel(tid)
    assert (sku.quantity, sku.held) == (8, 0)


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


def test_a_shipped_or_closed_order_cannot_be_cancelled() -> None:
    bench = Bench()
    bench.stock_with(mug())
    shipped, closed = (bench.simulator.order([("杯子-code", 1)]) for _ in range(2))
    checkout.ship(bench.simulator.shop, bench.simulator.trade(shipped), bench.clock.now())
    bench.simulator.cancel(closed)
    for tid in (shipped, closed):
        with pytest.raises(ValueError, match=tid):
            bench.simulator.cancel(tid)
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
    "edit", [Edit(price=cny("0.00")), Edit(quantity=-1), Edit(title=""), Edit(quantity=1_000_000)]
)
def test_an_edit_against_the_rules_is_refused_in_the_platforms_words(edit: Edit) -> None:
    bench = Bench()
    bench.stock_with(mug())
    before = bench.simulator.offers()
    with pytest.raises(ValueError, match=r"[价库标]"):
        bench.simulator.edit("杯子-code", edit)
    assert bench.simulator.offers() == before


def test_what_was_taken_down_for_a_violation_cannot_go_back() -> None:
    bench = Bench()
    bench.stock_with(mug())
    next(iter(bench.simulator.shop.items.values())).violation = True
    with pytest.raises(ValueError, match="违规"):
        bench.simulator.edit("杯子-code", Edit(listed=True))


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
    bench = Bench("B")
    bench.stock_with(mug(), tee(S=("99.00", 5), M=("109.00", 5)))
    bench.simulator.order([("杯子-code", 1), ("示例T恤-S", 1)])
    bench.simulator.order([("杯子-code", 1)], paid=False)
    tid = bench.simulator.order([("杯子-code", 1)])
    checkout.ship(bench.simulator.shop, bench.simulator.trade(tid), bench.clock.now())
    bench.simulator.ask_back(tid, [("杯子-code", 1)], CaseKind.RETURN)
    await bench.adapter.poll()
    await bench.listings()
    state = json.loads(json.dumps(bench.simulator.dump()))
    other = TaobaoSimulator(bench.channel, bench.world, "C")
    other.load(state)
    assert other.shop == bench.simulator.shop
    assert other.settings("http://x") == bench.simulator.settings("http://x")
    assert other.orders() == bench.simulator.orders()
    bench.wire.app = other.app
    assert set(await bench.listings()) == {"杯子", "示例T恤"}
    assert len(await bench.orders()) == 3
    assert len(await bench.cases()) == 1
    assert await bench.adapter.poll() == []
    other.order([("杯子-code", 1)])


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
    tid = bench.simulator.order([("示例T恤-S", 1)])
    (truth,) = bench.simulator.offers()
    assert min(int(tid), int(truth.offer), int(truth.listing)) > 2**53


def test_an_order_is_paid_once_and_only_if_it_was_placed() -> None:
    bench = Bench("B")
    bench.stock_with(mug())
    tid = bench.simulator.order([("杯子-code", 2)], paid=False)
    assert [(each.paid, each.cancelled) for each in bench.simulator.orders()] == [(False, False)]
    bench.simulator.pay(tid)
    (truth,) = bench.simulator.orders()
    assert (truth.order, truth.paid, dict(truth.units)) == (tid, True, {"杯子-code": 2})
    with pytest.raises(ValueError, match=tid):
        bench.simulator.pay(tid)
    with pytest.raises(KeyError):
        bench.simulator.pay("1")


def test_the_truth_counts_every_time_that_a_parcel_was_told() -> None:
    bench = Bench()
    bench.stock_with(mug(), mug("盘子"))
    tid = bench.simulator.order([("杯子-code", 1), ("盘子-code", 2)])
    trade = bench.simulator.trade(tid)
    for line in trade.lines:
        checkout.ship(bench.simulator.shop, trade, bench.clock.now(), [line], "顺丰速运", "SF1")
    (truth,) = bench.simulator.orders()
    assert truth.parcels == ("SF1", "SF1")
    assert truth.shipped == {"杯子-code": 1, "盘子-code": 2}
    assert bench.simulator.notices() == []
