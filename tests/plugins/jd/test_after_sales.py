from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from mercer.core.after_sales import Case, CaseKind, CaseStatus
from mercer.core.errors import Rejected, Unsupported
from mercer.core.order import OrderStatus
from mercer.core.shipping import Packed
from mercer.plugins.jd import after_sales
from mercer.plugins.jd.simulator import JdSimulator, checkout, services
from mercer.plugins.jd.simulator.shop import Service
from mercer.plugins.simulation import FaultKind

from .bench import Bench, cny, mug

SLIPS = "jingdong.pop.afs.soa.refundapply.queryPageList"
SERVICES = "jingdong.asc.sync.list"
REFUNDS = "jingdong.asc.serviceAndRefund.view"


def sold(bench: Bench, units: int = 2, *, shipped: bool = True, quantity: int = 8) -> str:
    if not bench.simulator.shop.wares:
        bench.stock_with(mug(quantity=quantity))
    order_id = bench.simulator.order([("杯子-code", units)])
    if shipped:
        placed = bench.simulator.placed(order_id)
        checkout.ship(bench.simulator.shop, placed, bench.clock.now(), "467", f"SF{order_id}")
    return order_id


def asked(bench: Bench, order_id: str, kind: CaseKind, units: int = 2) -> str:
    return bench.simulator.ask_back(order_id, [("杯子-code", units)], kind)


def service(bench: Bench, case: str) -> Service:
    return bench.simulator.shop.services[int(case)]


async def the_case(bench: Bench, case: str) -> Case:
    return (await bench.cases())[case]


async def test_a_wish_to_cancel_is_a_case_that_holds_its_order(jd: Bench) -> None:
    order_id = sold(jd, shipped=False)
    case = asked(jd, order_id, CaseKind.CANCELLATION)
    found = await the_case(jd, case)
    assert (found.order, found.kind, found.status) == (
        order_id,
        CaseKind.CANCELLATION,
        CaseStatus.REQUESTED,
    )
    assert found.amount == cny("50.00")
    assert (await jd.adapter.read_order(order_id)).status is OrderStatus.HELD


@pytest.mark.parametrize(
    ("agreed", "case_status", "order_status"),
    [
        (True, CaseStatus.DONE, OrderStatus.CANCELLED),
        (False, CaseStatus.REFUSED, OrderStatus.PAID),
    ],
)
async def test_a_reviewed_slip_decides_about_its_order(
    jd: Bench, agreed: bool, case_status: CaseStatus, order_status: OrderStatus
) -> None:
    order_id = sold(jd, shipped=False)
    case = asked(jd, order_id, CaseKind.CANCELLATION)
    jd.clock.advance(60)
    jd.simulator.settle_case(case, agreed=agreed)
    found = await the_case(jd, case)
    assert (found.status, found.updated_at) == (case_status, jd.clock.now())
    assert (await jd.adapter.read_order(order_id)).status is order_status


async def test_a_slip_reviewed_long_after_it_was_asked_for_is_read_again(jd: Bench) -> None:
    case = asked(jd, sold(jd, shipped=False), CaseKind.CANCELLATION)
    jd.clock.advance(10 * 86400)
    assert case not in await jd.cases()
    jd.simulator.settle_case(case, agreed=False)
    assert (await the_case(jd, case)).status is CaseStatus.REFUSED


async def test_a_slip_that_is_withdrawn_without_a_date_is_read_all_the_same(jd: Bench) -> None:
    case = asked(jd, sold(jd, shipped=False), CaseKind.CANCELLATION)
    jd.clock.advance(86400)
    slip = next(iter(jd.simulator.shop.slips.values()))
    checkout.withdraw(jd.simulator.shop, slip, jd.clock.now())
    assert (await the_case(jd, case)).status is CaseStatus.WITHDRAWN


async def test_a_return_goes_from_request_to_money_and_its_units_stay_off_the_shelf(
    jd: Bench,
) -> None:
    order_id = sold(jd)
    before = [truth.quantity for truth in jd.simulator.offers()]
    case = asked(jd, order_id, CaseKind.RETURN)
    seen = [await the_case(jd, case)]
    for status in (services.AWAITED, services.ARRIVED):
        jd.clock.advance(60)
        services.step(service(jd, case), status, jd.clock.now())
        seen.append(await the_case(jd, case))
    jd.clock.advance(60)
    jd.simulator.settle_case(case, agreed=True)
    seen.append(await the_case(jd, case))
    assert [each.status for each in seen] == [
        CaseStatus.REQUESTED,
        CaseStatus.AGREED,
        CaseStatus.SENT_BACK,
        CaseStatus.DONE,
    ]
    assert [each.amount for each in seen] == [None, None, None, cny("50.00")]
    order = await jd.adapter.read_order(order_id)
    assert {each.lines for each in seen} == {(Packed(order.lines[0].line, 2),)}
    assert [truth.quantity for truth in jd.simulator.offers()] == before


@pytest.mark.parametrize("kind", [CaseKind.RETURN, CaseKind.REFUND, CaseKind.EXCHANGE])
async def test_a_case_of_each_kind_ends_as_it_was_settled(jd: Bench, kind: CaseKind) -> None:
    ends = {}
    for agreed in (True, False):
        case = asked(jd, sold(jd), kind)
        jd.simulator.settle_case(case, agreed=agreed)
        ends[agreed] = await the_case(jd, case)
    assert {each.kind for each in ends.values()} == {kind}
    assert (ends[True].status, ends[False].status) == (CaseStatus.DONE, CaseStatus.REFUSED)
    paid = None if kind is CaseKind.EXCHANGE else cny("50.00")
    assert (ends[True].amount, ends[False].amount) == (paid, None)


async def test_only_changes_inside_the_window_are_read(jd: Bench) -> None:
    cases = []
    for _ in range(3):
        cases.append(asked(jd, sold(jd), CaseKind.RETURN))
        jd.clock.advance(60)
    middle = service(jd, cases[1]).changed
    pages = [page async for page in jd.adapter.read_after_sales(middle, middle)]
    assert [case.case for page in pages for case in page.cases] == [cases[1]]


async def test_many_pages_of_both_papers_are_read_without_gaps(jd: Bench) -> None:
    expected = set()
    for number in range(120):
        jd.clock.advance(1)
        kind = CaseKind.CANCELLATION if number % 2 else CaseKind.RETURN
        order_id = sold(jd, 1, shipped=kind is CaseKind.RETURN, quantity=500)
        expected.add(asked(jd, order_id, kind, 1))
    assert set(await jd.cases()) == expected


async def test_more_slips_than_can_be_walked_are_read_in_halves(
    jd: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(after_sales, "_DEEPEST", 60)
    expected = set()
    for _ in range(130):
        jd.clock.advance(600)
        order_id = sold(jd, 1, shipped=False, quantity=500)
        expected.add(asked(jd, order_id, CaseKind.CANCELLATION, 1))
    assert set(await jd.cases()) == expected


async def test_a_case_that_changes_between_two_pages_hides_no_other(jd: Bench) -> None:
    cases = []
    for _ in range(110):
        jd.clock.advance(1)
        cases.append(asked(jd, sold(jd, 1, quantity=500), CaseKind.RETURN, 1))
    until = jd.clock.now()
    jd.clock.advance(60)
    asked_for = 0

    def change_the_first(name: str, _params: dict[str, Any]) -> None:
        nonlocal asked_for
        asked_for += name == SERVICES
        if asked_for == 2 and service(jd, cases[0]).status == services.TO_REVIEW:
            services.step(service(jd, cases[0]), services.AWAITED, jd.clock.now())

    jd.wire.before = change_the_first
    window = jd.adapter.read_after_sales(until - timedelta(minutes=30), until)
    found = {case.case async for page in window for case in page.cases}
    assert set(cases) - found <= {cases[0]}
    assert (await the_case(jd, cases[0])).status is CaseStatus.AGREED


async def test_a_case_that_cannot_be_understood_is_kept_aside_and_the_others_are_read(
    jd: Bench,
) -> None:
    slip_case = asked(jd, sold(jd, shipped=False), CaseKind.CANCELLATION)
    next(iter(jd.simulator.shop.slips.values())).status = 27
    good, bad = (asked(jd, sold(jd, 1), CaseKind.RETURN, 1) for _ in range(2))
    service(jd, bad).status = 13000
    now = jd.clock.now()
    pages = [page async for page in jd.adapter.read_after_sales(now - timedelta(hours=1), now)]
    aside = {each.id: each for page in pages for each in page.unreadable}
    assert [case.case for page in pages for case in page.cases] == [good]
    assert aside.keys() == {slip_case, bad}
    assert "13000" in aside[bad].reason
    buyer = jd.simulator.placed(str(service(jd, bad).order_id)).buyer
    assert f"{buyer.name[:1]}**" in aside[bad].payload
    assert buyer.name[:1] not in aside[bad].reason + repr(aside[bad])


async def test_a_repair_is_no_case(jd: Bench) -> None:
    case = asked(jd, sold(jd), CaseKind.RETURN)
    service(jd, case).expect = 30
    now = jd.clock.now()
    pages = [page async for page in jd.adapter.read_after_sales(now - timedelta(hours=1), now)]
    assert not any(page.cases or page.unreadable for page in pages)


async def test_an_order_that_is_not_handed_out_leaves_its_cases_lines_untold(jd: Bench) -> None:
    order_id = sold(jd)
    case = asked(jd, order_id, CaseKind.RETURN)

    def hide(name: str, _params: dict[str, Any]) -> None:
        if name == "jingdong.pop.order.get":
            jd.simulator.shop.orders.pop(int(order_id), None)

    jd.wire.before = hide
    assert (await the_case(jd, case)).lines == ()


async def test_a_missing_permission_is_told_and_not_taken_for_no_cases(jd: Bench) -> None:
    jd.simulator.shop.denied.add(SERVICES)
    with pytest.raises(Unsupported) as caught:
        await jd.cases()
    assert "permission package" in caught.value.hint


async def test_reading_cases_survives_every_fault_that_passes(jd: Bench) -> None:
    case = asked(jd, sold(jd), CaseKind.RETURN)
    for kind in (
        FaultKind.THROTTLE,
        FaultKind.ERROR_BEFORE,
        FaultKind.ERROR_AFTER,
        FaultKind.TIMEOUT,
    ):
        jd.fault(kind)
    assert set(await jd.cases()) == {case}


# ---------------------------------------------------------------- the simulator


@pytest.mark.parametrize(
    ("method", "params"),
    [
        (SLIPS, {"pageIndex": 101, "pageSize": 50}),
        (SLIPS, {"pageIndex": 1, "pageSize": 51}),
        (SERVICES, {"operatePin": "x", "operateNick": "x"}),
        (SERVICES, {"buId": "shop", "operateNick": "x"}),
        (SERVICES, {"buId": "shop", "operatePin": "x", "operateNick": "x", "pageSize": 51}),
        (
            SERVICES,
            {
                "buId": "shop",
                "operatePin": "x",
                "operateNick": "x",
                "updateTimeBegin": "2026-11-01 00:00:00",
            },
        ),
        (REFUNDS, {"buId": "shop", "operatePin": "x", "operateNick": "x"}),
        (
            REFUNDS,
            {
                "buId": "shop",
                "operatePin": "x",
                "operateNick": "x",
                "applyTimeBegin": "2026-10-01 00:00:00",
                "applyTimeEnd": "2026-10-09 00:00:00",
            },
        ),
    ],
)
async def test_the_platform_refuses_what_is_outside_its_limits(
    jd: Bench, method: str, params: dict[str, Any]
) -> None:
    vender = str(jd.simulator.shop.vender_id)
    sent = {name: vender if value == "shop" else value for name, value in params.items()}
    with pytest.raises(Rejected):
        await jd.jos().call(method, sent)


def test_the_shop_opens_only_cases_that_jd_has() -> None:
    bench = Bench()
    shipped, unshipped = sold(bench), sold(bench, shipped=False)
    wrong: list[tuple[str, list[tuple[str, int]], CaseKind]] = [
        (shipped, [("杯子-code", 2)], CaseKind.CANCELLATION),
        (unshipped, [("杯子-code", 1)], CaseKind.CANCELLATION),
        (unshipped, [("杯子-code", 2)], CaseKind.RETURN),
        (shipped, [("杯子-code", 3)], CaseKind.RETURN),
        (shipped, [("壶-code", 1)], CaseKind.RETURN),
        (shipped, [("杯子-code", 1), ("杯子-code", 1)], CaseKind.RETURN),
    ]
    for order_id, lines, kind in wrong:
        with pytest.raises(ValueError, match=r"\w"):
            bench.simulator.ask_back(order_id, lines, kind)
    assert not bench.simulator.shop.services
    assert not bench.simulator.shop.slips


def test_units_are_asked_back_once_unless_they_were_refused() -> None:
    bench = Bench()
    order_id = sold(bench)
    case = asked(bench, order_id, CaseKind.RETURN)
    with pytest.raises(ValueError, match="so many"):
        asked(bench, order_id, CaseKind.RETURN, 1)
    bench.simulator.settle_case(case, agreed=False)
    with pytest.raises(ValueError, match=case):
        bench.simulator.settle_case(case, agreed=True)
    assert asked(bench, order_id, CaseKind.RETURN) != case
    for unknown in ("1", "cancel-1", "nobody"):
        with pytest.raises(KeyError):
            bench.simulator.settle_case(unknown, agreed=True)


async def test_cases_and_parcels_put_away_as_json_are_taken_up_where_they_stood(jd: Bench) -> None:
    case = asked(jd, sold(jd), CaseKind.RETURN)
    jd.simulator.settle_case(case, agreed=True)
    asked(jd, sold(jd, shipped=False), CaseKind.CANCELLATION)
    other = JdSimulator(jd.channel, jd.world, "routerjson")
    other.load(json.loads(json.dumps(jd.simulator.dump())))
    assert other.shop == jd.simulator.shop
    before = await jd.cases()
    jd.wire.app = other.app
    assert await jd.cases() == before
