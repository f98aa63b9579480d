from __future__ import annotations

from mercer.core.after_sales import CaseKind
from mercer.core.contract import EventKind, PollsMessages
from mercer.plugins.simulation import FaultKind

from .bench import Bench, mug

AGAIN = 301
"""Seconds after which a message that was not confirmed comes again."""


def sold(bench: Bench) -> str:
    bench.stock_with(mug())
    return bench.simulator.order([("杯子-code", 1)])


async def receipts(bench: Bench) -> list[str]:
    return [each.receipt for each in await bench.adapter.poll()]


async def test_the_adapter_polls_messages(taobao: Bench) -> None:
    assert isinstance(taobao.adapter, PollsMessages)
    assert await taobao.adapter.poll() == []


async def test_a_sale_is_told_until_it_is_acknowledged(taobao: Bench) -> None:
    tid = sold(taobao)
    told = await taobao.adapter.poll()
    assert {each.event.id for each in told if each.event} == {tid}
    assert {each.event.at for each in told if each.event} == {taobao.clock.now()}
    first = [each.receipt for each in told]
    assert len(first) == 2
    assert await receipts(taobao) == []
    taobao.clock.advance(AGAIN)
    assert await receipts(taobao) == first
    await taobao.adapter.acknowledge(first)
    await taobao.adapter.acknowledge(first)
    taobao.clock.advance(AGAIN)
    assert await receipts(taobao) == []


async def test_a_case_is_told_by_its_own_id(taobao: Bench) -> None:
    tid = sold(taobao)
    case = taobao.simulator.ask_back(tid, [("杯子-code", 1)], CaseKind.CANCELLATION)
    events = [each.event for each in await taobao.adapter.poll() if each.event]
    assert [each.id for each in events if each.kind is EventKind.CASE] == [case]


async def test_a_message_is_dropped_after_a_day(taobao: Bench) -> None:
    sold(taobao)
    taobao.clock.advance(24 * 3600 + 1)
    assert await receipts(taobao) == []


async def test_what_happened_in_another_shop_of_the_app_is_left_in_the_queue(
    taobao: Bench,
) -> None:
    tid = sold(taobao)
    await taobao.adapter.poll()
    taobao.clock.advance(AGAIN)
    taobao.simulator.shop.seller_id += 1  # the messages are now somebody else's
    assert await receipts(taobao) == []
    taobao.simulator.shop.seller_id -= 1
    taobao.clock.advance(AGAIN)
    told = await taobao.adapter.poll()
    assert {each.event.id for each in told if each.event} == {tid}


async def test_hundreds_of_messages_are_acknowledged_in_parts(taobao: Bench) -> None:
    taobao.stock_with(mug(quantity=500))
    tids = {taobao.simulator.order([("杯子-code", 1)]) for _ in range(150)}
    told = [*await taobao.adapter.poll(), *await taobao.adapter.poll()]
    assert {each.event.id for each in told if each.event} == tids
    await taobao.adapter.acknowledge([each.receipt for each in told])
    taobao.clock.advance(AGAIN)
    assert await receipts(taobao) == []


async def test_nothing_is_lost_when_an_answer_is(taobao: Bench) -> None:
    tid = sold(taobao)
    for kind in (FaultKind.THROTTLE, FaultKind.ERROR_AFTER, FaultKind.TIMEOUT):
        taobao.fault(kind)
    await taobao.adapter.poll()
    taobao.clock.advance(AGAIN)
    told = await taobao.adapter.poll()
    assert {each.event.id for each in told if each.event} == {tid}
    taobao.fault(FaultKind.ERROR_AFTER)
    await taobao.adapter.acknowledge([each.receipt for each in told])
    taobao.clock.advance(AGAIN)
    assert await receipts(taobao) == []


async def test_a_queue_that_nobody_polls_does_not_grow_for_ever(taobao: Bench) -> None:
    taobao.stock_with(mug(quantity=900_000))
    for _ in range(10_005):
        taobao.simulator.order([("杯子-code", 1)])
    assert len(taobao.simulator.shop.messages) == 20_000
