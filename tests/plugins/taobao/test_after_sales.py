from __future__ import annotations

from datetime import timedelta

import pytest

from mercer.core.after_sales import Case, CaseKind, CaseStatus
from mercer.core.contract import ReadsAfterSales
from mercer.core.order import OrderStatus
from mercer.core.shipping import Packed
from mercer.plugins.simulation import FaultKind
from mercer.plugins.taobao.simulator import checkout
from mercer.plugins.taobao.simulator.after_sales import moved

from .bench import Bench, cny, mug, tee


def sold(bench: Bench, *, shipped: bool = False) -> str:
    """Two tees and a mug."""
    bench.stock_with(tee(S=("99.00", 5)), mug())
    tid = bench.simulator.order([("示例T恤-S", 2), ("杯子-code", 1)])
    if shipped:
        checkout.ship(bench.simulator.shop, bench.simulator.trade(tid), bench.clock.now())
    return tid


async def only_case(bench: Bench) -> Case:
    (case,) = await bench.cases()
    return case


def on_shelf(bench: Bench) -> dict[str, int]:
    return {truth.merchant_code: truth.quantity for truth in bench.simulator.offers()}


async def test_a_cancellation_that_is_agreed_gives_its_units_back(either: Bench) -> None:
    tid = sold(either)
    id = either.simulator.ask_back(tid, [("示例T恤-S", 2)], CaseKind.CANCELLATION)
    line = (await either.order(tid)).lines[0].line
    case = await only_case(either)
    assert isinstance(either.adapter, ReadsAfterSales)
    assert (case.case, case.order) == (id, tid)
    assert (case.kind, case.status) == (CaseKind.CANCELLATION, CaseStatus.REQUESTED)
    assert case.lines == (Packed(line, 2),)
    assert case.amount == cny("198.00")
    assert case.deadline == case.opened_at + timedelta(days=2)
    either.simulator.settle_case(id, agreed=True)
    case = await only_case(either)
    assert (case.kind, case.status) == (CaseKind.CANCELLATION, CaseStatus.DONE)
    order = await either.order(tid)
    assert order.status is OrderStatus.PAID
    assert [each.quantity for each in order.lines] == [0, 1]
    assert on_shelf(either) == {"示例T恤-S": 5, "杯子-code": 7}


async def test_a_return_closes_the_order_and_the_shelf_stays_as_it_was(either: Bench) -> None:
    tid = sold(either, shipped=True)
    before = on_shelf(either)
    for code, units in (("示例T恤-S", 2), ("杯子-code", 1)):
        id = either.simulator.ask_back(tid, [(code, units)], CaseKind.RETURN)
        either.simulator.settle_case(id, agreed=True)
    cases = await either.cases()
    assert {case.kind for case in cases} == {CaseKind.RETURN}
    assert {case.status for case in cases} == {CaseStatus.DONE}
    assert all(case.no_reason for case in cases)
    assert sorted(packed.quantity for case in cases for packed in case.lines) == [1, 2]
    order = await either.order(tid)
    assert order.status is OrderStatus.COMPLETED
    assert [(line.quantity, line.shipped) for line in order.lines] == [(2, 2), (1, 1)]
    assert on_shelf(either) == before
    (truth,) = either.simulator.orders()
    assert (truth.units, truth.shipped) == ({"示例T恤-S": 2, "杯子-code": 1},) * 2


async def test_money_back_for_some_units_leaves_the_order_shipped(taobao: Bench) -> None:
    tid = sold(taobao, shipped=True)
    id = taobao.simulator.ask_back(tid, [("示例T恤-S", 1)], CaseKind.REFUND)
    taobao.simulator.settle_case(id, agreed=True)
    case = await only_case(taobao)
    assert (case.kind, case.status) == (CaseKind.REFUND, CaseStatus.DONE)
    assert (case.amount, case.lines) == (cny("99.00"), ())
    assert (await taobao.order(tid)).status is OrderStatus.SHIPPED


async def test_a_refused_exchange_changes_nothing_and_may_be_asked_for_again(
    either: Bench,
) -> None:
    tid = sold(either, shipped=True)
    first = either.simulator.ask_back(tid, [("杯子-code", 1)], CaseKind.EXCHANGE)
    either.simulator.settle_case(first, agreed=False)
    case = await only_case(either)
    assert (case.kind, case.status) == (CaseKind.EXCHANGE, CaseStatus.REFUSED)
    second = either.simulator.ask_back(tid, [("杯子-code", 1)], CaseKind.EXCHANGE)
    assert {each.case for each in await either.cases()} == {first, second}
    assert (await either.order(tid)).status is OrderStatus.SHIPPED


async def test_a_return_goes_through_the_sellers_and_the_buyers_turn(taobao: Bench) -> None:
    tid = sold(taobao, shipped=True)
    id = taobao.simulator.ask_back(tid, [("杯子-code", 1)], CaseKind.RETURN)
    shop = taobao.simulator.shop
    seen = []
    for status, topic in (
        ("WAIT_BUYER_RETURN_GOODS", "RefundSellerAgreeAgreement"),
        ("WAIT_SELLER_CONFIRM_GOODS", "RefundBuyerReturnGoods"),
    ):
        taobao.clock.advance(60)
        moved(shop, shop.refunds[int(id)], status, topic, taobao.clock.now())
        case = await only_case(taobao)
        assert case.updated_at == taobao.clock.now()
        seen.append(case.status)
    assert seen == [CaseStatus.AGREED, CaseStatus.SENT_BACK]


async def test_a_paid_order_that_is_cancelled_has_its_cases(taobao: Bench) -> None:
    tid = sold(taobao)
    taobao.simulator.ask_back(tid, [("杯子-code", 1)], CaseKind.CANCELLATION)
    taobao.simulator.cancel(tid)
    cases = await taobao.cases()
    assert [(case.kind, case.status) for case in cases] == [
        (CaseKind.CANCELLATION, CaseStatus.DONE)
    ] * 2
    assert (await taobao.order(tid)).status is OrderStatus.CANCELLED
    assert on_shelf(taobao) == {"示例T恤-S": 5, "杯子-code": 8}


async def test_what_a_buyer_cannot_ask_for_is_refused(taobao: Bench) -> None:
    paid = sold(taobao)
    one = [("杯子-code", 1)]
    both = [*one, ("示例T恤-S", 2)]
    with pytest.raises(ValueError, match="return"):
        taobao.simulator.ask_back(paid, one, CaseKind.RETURN)
    with pytest.raises(ValueError, match="one line"):
        taobao.simulator.ask_back(paid, both, CaseKind.CANCELLATION)
    with pytest.raises(ValueError, match="1 units"):
        taobao.simulator.ask_back(paid, [("示例T恤-S", 1)], CaseKind.CANCELLATION)
    with pytest.raises(KeyError):
        taobao.simulator.ask_back(paid, [("nothing", 1)], CaseKind.CANCELLATION)
    id = taobao.simulator.ask_back(paid, one, CaseKind.CANCELLATION)
    with pytest.raises(ValueError, match="open"):
        taobao.simulator.ask_back(paid, one, CaseKind.CANCELLATION)
    taobao.simulator.settle_case(id, agreed=True)
    with pytest.raises(ValueError, match="SUCCESS"):
        taobao.simulator.settle_case(id, agreed=True)


# ---------------------------------------------------------------- windows and pages


def asked(bench: Bench, count: int) -> list[str]:
    """A second apart, oldest first."""
    bench.stock_with(mug(quantity=5000))
    cases = []
    for _ in range(count):
        bench.clock.advance(1)
        tid = bench.simulator.order([("杯子-code", 1)])
        cases.append(bench.simulator.ask_back(tid, [("杯子-code", 1)], CaseKind.CANCELLATION))
    return cases


async def test_many_pages_are_read_once_each_and_with_both_ends(taobao: Bench) -> None:
    ids = asked(taobao, 120)
    shop = taobao.simulator.shop
    first, last = (shop.refunds[int(id)].modified for id in (ids[0], ids[-1]))
    pages = [page async for page in taobao.adapter.read_after_sales(first, last)]
    found = [case.case for page in pages for case in page.cases]
    assert sorted(found) == sorted(ids)


async def test_a_case_changed_between_two_pages_hides_no_other(taobao: Bench) -> None:
    ids = asked(taobao, 120)
    until = taobao.clock.now()
    taobao.clock.advance(3600)
    pages_read = 0

    def settle_the_newest(params: dict[str, str]) -> None:
        nonlocal pages_read
        if params.get("use_has_next") == "true":
            pages_read += 1
            if pages_read == 2:
                taobao.simulator.settle_case(ids[-1], agreed=True)

    taobao.wire.before = settle_the_newest
    window = taobao.adapter.read_after_sales(until - timedelta(hours=1), until)
    found = [case.case async for page in window for case in page.cases]
    assert set(ids) - set(found) <= {ids[-1]}
    assert len(found) == len(set(found))


async def test_only_changes_inside_the_window_are_read(taobao: Bench) -> None:
    ids = asked(taobao, 3)
    middle = taobao.simulator.shop.refunds[int(ids[1])].modified
    pages = [page async for page in taobao.adapter.read_after_sales(middle, middle)]
    assert [case.case for page in pages for case in page.cases] == [ids[1]]


async def test_cases_of_every_type_of_trade_are_asked_for(taobao: Bench) -> None:
    tid = sold(taobao)
    taobao.simulator.trade(tid).type = "tmall_i18n"
    taobao.simulator.ask_back(tid, [("杯子-code", 1)], CaseKind.CANCELLATION)
    assert len(await taobao.cases()) == 1


async def test_the_windows_are_declared(taobao: Bench) -> None:
    reads = taobao.adapter.declared.after_sales
    assert reads is not None
    assert reads.span == timedelta(days=1)


# ---------------------------------------------------------------- what is odd


async def test_a_case_that_cannot_be_understood_is_named_and_the_others_are_read(
    taobao: Bench,
) -> None:
    ids = asked(taobao, 3)
    refund = taobao.simulator.shop.refunds[int(ids[1])]
    refund.status = "ON_THE_MOON"
    now = taobao.clock.now()
    (page,) = [
        page async for page in taobao.adapter.read_after_sales(now - timedelta(hours=1), now)
    ]
    assert {case.case for case in page.cases} == {ids[0], ids[2]}
    (aside,) = page.unreadable
    assert (aside.id, "ON_THE_MOON" in aside.reason) == (ids[1], True)
    assert ids[1] in aside.payload


async def test_repairs_are_left_out(taobao: Bench) -> None:
    ids = asked(taobao, 2)
    taobao.simulator.shop.refunds[int(ids[0])].dispute_type = "REPAIR"
    assert [case.case for case in await taobao.cases()] == [ids[1]]


async def test_a_case_of_a_trade_too_old_to_be_read_is_still_told(taobao: Bench) -> None:
    tid = sold(taobao, shipped=True)
    taobao.clock.advance(timedelta(days=91).total_seconds())
    taobao.simulator.ask_back(tid, [("杯子-code", 1)], CaseKind.REFUND)
    assert await taobao.adapter.read_order(tid) is None
    assert (await only_case(taobao)).kind is CaseKind.REFUND


async def test_the_buyers_own_words_are_never_read(taobao: Bench) -> None:
    ids = asked(taobao, 1)
    taobao.simulator.shop.refunds[int(ids[0])].status = "ON_THE_MOON"
    now = taobao.clock.now()
    (page,) = [page async for page in taobao.adapter.read_after_sales(now, now)]
    assert "139" not in page.unreadable[0].payload


async def test_reading_cases_survives_every_fault_that_passes(taobao: Bench) -> None:
    ids = asked(taobao, 60)
    for kind in (
        FaultKind.THROTTLE,
        FaultKind.ERROR_BEFORE,
        FaultKind.ERROR_AFTER,
        FaultKind.TIMEOUT,
    ):
        taobao.fault(kind)
    assert {case.case for case in await taobao.cases()} == set(ids)
