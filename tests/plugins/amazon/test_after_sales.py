from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mercer.core.after_sales import Case, CaseKind, CaseStatus
from mercer.core.contract import CasePage, ReadsAfterSales
from mercer.core.shipping import Packed
from mercer.plugins.amazon.after_sales_mapping import STATUSES, returned
from mercer.plugins.simulation import FaultKind

from .conftest import Rig, product, usd, whole_order


async def pages(rig: Rig) -> list[CasePage]:
    await rig.clock.sleep(150)
    until = rig.clock.now()
    adapter = rig.adapter()
    assert isinstance(adapter, ReadsAfterSales)
    return [page async for page in adapter.read_after_sales(until - timedelta(days=7), until)]


async def cases(rig: Rig) -> dict[str, Case]:
    found = await pages(rig)
    assert [each for page in found for each in page.unreadable] == []
    return {case.case: case for page in found for case in page.cases}


async def shipped(rig: Rig, units: int = 2) -> str:
    id = rig.simulator.order([("A", units)])
    await rig.adapter().ship(whole_order(rig, id))
    await rig.clock.sleep(90)
    return id


def line(rig: Rig, order: str) -> str:
    return rig.simulator.shop.orders[order].lines[0].id


# ---------------------------------------------------------------- cancellations


async def test_a_buyers_wish_to_cancel_is_a_case_that_waits_for_the_seller(rig: Rig) -> None:
    rig.simulator.seed([product("A", "B")])
    id = rig.simulator.order([("A", 2), ("B", 1)])
    case = rig.simulator.ask_back(id, [("A", 2)], CaseKind.CANCELLATION)
    found = (await cases(rig))[case]
    assert (found.order, found.kind, found.status) == (
        id,
        CaseKind.CANCELLATION,
        CaseStatus.REQUESTED,
    )
    assert found.lines == (Packed(line(rig, id), 2),)
    assert found.reason == ""
    assert (found.no_reason, found.deadline) == (False, None)


async def test_a_cancellation_that_the_seller_grants_is_done(rig: Rig) -> None:
    rig.simulator.seed([product("A", "B")])
    id = rig.simulator.order([("A", 2), ("B", 1)])
    case = rig.simulator.ask_back(id, [("A", 2)], CaseKind.CANCELLATION)
    rig.simulator.settle_case(case, agreed=True)
    assert (await cases(rig))[case].status is CaseStatus.DONE
    order = await rig.adapter().read_order(id)
    assert order is not None
    assert [each.quantity for each in order.lines] == [0, 1]
    assert (rig.shown("A").quantity, rig.shown("B").quantity) == (5, 4)


async def test_a_cancellation_is_refused_by_shipping_all_the_same(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    id = rig.simulator.order([("A", 2)])
    case = rig.simulator.ask_back(id, [("A", 2)], CaseKind.CANCELLATION)
    rig.simulator.settle_case(case, agreed=False)
    assert (await cases(rig))[case].status is CaseStatus.REFUSED
    assert rig.shown("A").quantity == 3


async def test_an_order_that_nobody_wants_cancelled_is_no_case(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.order([("A", 1)])
    assert await cases(rig) == {}


# ------------------------------------------------------------ those who send back


async def test_a_return_is_told_with_its_line_units_and_reason(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    id = await shipped(rig)
    case = rig.simulator.ask_back(id, [("A", 1)], CaseKind.RETURN)
    found = (await cases(rig))[case]
    assert (found.order, found.kind, found.status) == (id, CaseKind.RETURN, CaseStatus.AGREED)
    assert found.lines == (Packed(line(rig, id), 1),)
    assert (found.amount, found.reason) == (None, "CR-UNWANTED_ITEM")
    assert found.opened_at.date() == rig.clock.now().date()


async def test_a_return_that_is_paid_back_is_done_and_the_shelf_stays_as_it_was(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    case = rig.simulator.ask_back(await shipped(rig), [("A", 1)], CaseKind.RETURN)
    rig.simulator.settle_case(case, agreed=True)
    found = (await cases(rig))[case]
    assert (found.status, found.amount) == (CaseStatus.DONE, usd("20.00"))
    assert rig.shown("A").quantity == 3


async def test_a_return_that_is_denied_is_refused(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    case = rig.simulator.ask_back(await shipped(rig), [("A", 1)], CaseKind.RETURN)
    rig.simulator.settle_case(case, agreed=False)
    assert (await cases(rig))[case].status is CaseStatus.REFUSED


async def test_a_return_is_told_as_long_as_it_is_younger_than_sixty_days(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    case = rig.simulator.ask_back(await shipped(rig), [("A", 1)], CaseKind.RETURN)
    rig.clock.advance(59 * 86400)
    assert case in await cases(rig)
    rig.clock.advance(2 * 86400)
    assert case not in await cases(rig)


async def test_a_return_of_an_unknown_status_is_set_aside_and_the_others_go_on(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    id = await shipped(rig)
    odd = rig.simulator.ask_back(id, [("A", 1)], CaseKind.RETURN)
    good = rig.simulator.ask_back(id, [("A", 1)], CaseKind.RETURN)
    rig.simulator.shop.returns[odd].status = "Teleported"
    found = await pages(rig)
    assert [case.case for page in found for case in page.cases] == [good]
    (unreadable,) = [each for page in found for each in page.unreadable]
    assert unreadable.id == odd
    assert "Teleported" in unreadable.reason
    assert '"Return quantity": "1"' in unreadable.payload


async def test_faults_of_reads_are_overcome(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    case = rig.simulator.ask_back(await shipped(rig), [("A", 1)], CaseKind.RETURN)
    rig.strike(FaultKind.ERROR_BEFORE, count=3, writes_only=False)
    assert case in await cases(rig)


@pytest.mark.parametrize("kind", [CaseKind.REFUND, CaseKind.EXCHANGE, CaseKind.RETURN])
async def test_amazon_has_no_such_case_for_an_order_that_has_not_left(
    rig: Rig, kind: CaseKind
) -> None:
    rig.simulator.seed([product("A")])
    id = rig.simulator.order([("A", 1)])
    with pytest.raises(ValueError, match=kind.value):
        rig.simulator.ask_back(id, [("A", 1)], kind)


# ---------------------------------------------------------------- rows of the report

ROW = {
    "Order ID": "113-6277818-6289068",
    "Return request date": "14-Jul-2026",
    "Return request status": "Approved",
    "Amazon RMA ID": "DfqRyqfBRRMA",
    "Currency code": "USD",
    "Merchant SKU": "A",
    "Return quantity": "2",
    "Return Reason": "CR-DEFECTIVE",
    "Return delivery date": "",
    "Refunded Amount": "",
    "Order Item ID": "05015851154158",
}


def test_rows_of_one_return_are_one_case() -> None:
    second = {
        **ROW,
        "Order Item ID": "05015851154159",
        "Return quantity": "1",
        "Refunded Amount": "5.50",
        "Return request status": "Completed",
    }
    case = returned([{**ROW, "Refunded Amount": "20.00"}, second], "USD")
    assert case.lines == (Packed("05015851154158", 2), Packed("05015851154159", 1))
    assert (case.amount, case.status) == (usd("25.50"), CaseStatus.DONE)


def test_an_approved_return_whose_goods_have_arrived_waits_for_the_seller() -> None:
    case = returned([{**ROW, "Return delivery date": "2026-07-20"}], "USD")
    assert case.status is CaseStatus.SENT_BACK
    assert case.opened_at == datetime(2026, 7, 14, tzinfo=UTC)
    assert case.updated_at == datetime(2026, 7, 20, tzinfo=UTC)


def test_nothing_paid_back_is_no_refund() -> None:
    case = returned([{**ROW, "Refunded Amount": "0.00"}], "USD")
    assert (case.amount, case.status) == (None, CaseStatus.AGREED)


def test_a_report_without_order_items_tells_no_lines() -> None:
    row = {name: cell for name, cell in ROW.items() if name != "Order Item ID"}
    assert returned([row], "USD").lines == ()


@pytest.mark.parametrize(
    "part", [{"Return request status": "Odd"}, {"Return request date": "07/14/2026"}]
)
def test_what_is_not_known_is_not_guessed(part: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"Odd|07/14/2026"):
        returned([{**ROW, **part}], "USD")


@pytest.mark.parametrize(("word", "status"), STATUSES.items())
def test_every_status_of_the_table_is_read(word: str, status: CaseStatus) -> None:
    assert returned([{**ROW, "Return request status": word}], "USD").status is status
