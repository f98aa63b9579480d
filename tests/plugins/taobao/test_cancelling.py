from __future__ import annotations

import pytest

from mercer.core.contract import CancelsOrders
from mercer.core.errors import Transient
from mercer.core.order import OrderStatus
from mercer.core.outcome import Result
from mercer.plugins.simulation import FaultKind
from mercer.plugins.taobao.cancelling import REASONS

from .bench import Bench, mug


def placed(bench: Bench, *, paid: bool) -> str:
    bench.stock_with(mug())
    tid = bench.simulator.order([("杯子-code", 2)], paid=paid)
    bench.clock.advance(60)
    return tid


def left(bench: Bench) -> int:
    """Of the mug: what is for sale."""
    sku = next(iter(bench.simulator.shop.items.values())).skus[0]
    return sku.quantity - sku.held


@pytest.mark.parametrize("reason", ["缺货", "out of stock", ""])
async def test_an_unpaid_order_is_closed_and_its_units_are_for_sale_again(
    either: Bench, reason: str
) -> None:
    tid = placed(either, paid=False)
    assert left(either) == 6
    outcome = await either.adapter.cancel_order(tid, reason)
    assert (outcome.result, outcome.listing) == (Result.ACCEPTED, tid)
    assert (await either.order(tid)).status is OrderStatus.CANCELLED
    assert left(either) == 8


async def test_a_paid_order_cannot_be_closed(taobao: Bench) -> None:
    tid = placed(taobao, paid=True)
    outcome = await taobao.adapter.cancel_order(tid, "缺货")
    assert outcome.result is Result.REJECTED
    assert "未付款" in outcome.words
    assert (await taobao.order(tid)).status is OrderStatus.PAID
    assert "paid" in taobao.adapter.declared.notes["cancel"]


async def test_an_unknown_order_is_rejected(taobao: Bench) -> None:
    outcome = await taobao.adapter.cancel_order("7", "缺货")
    assert (outcome.result, outcome.code) == (Result.REJECTED, "isv.trade-not-exist")


async def test_an_order_of_this_moment_is_closed_once_it_is_old_enough(taobao: Bench) -> None:
    taobao.stock_with(mug())
    tid = taobao.simulator.order([("杯子-code", 1)], paid=False)
    before = taobao.clock.now()
    assert (await taobao.adapter.cancel_order(tid, "缺货")).result is Result.ACCEPTED
    assert (taobao.clock.now() - before).total_seconds() >= 10
    assert taobao.simulator.orders()[0].cancelled


async def test_a_cancellation_whose_answer_is_lost_is_in_doubt(taobao: Bench) -> None:
    tid = placed(taobao, paid=False)
    taobao.fault(FaultKind.ERROR_AFTER, writes_only=True)
    with pytest.raises(Transient) as caught:
        await taobao.adapter.cancel_order(tid, "缺货")
    assert caught.value.in_doubt
    assert isinstance(taobao.adapter, CancelsOrders)


async def test_the_gateway_takes_only_its_own_reasons(taobao: Bench) -> None:
    tid = placed(taobao, paid=False)
    params = {"tid": tid, "close_reason": "whatever"}
    with pytest.raises(Exception, match="closereason_wrong"):
        await taobao.top().call("taobao.trade.close", params, write=True)
    assert len(REASONS) == 7
