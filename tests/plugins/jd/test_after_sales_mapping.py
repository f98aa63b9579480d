from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from mercer.core.after_sales import CaseKind, CaseStatus
from mercer.core.errors import ProtocolBroken
from mercer.core.shipping import Packed
from mercer.plugins.jd.after_sales_mapping import (
    OTHER_SERVICES,
    SERVICE_KINDS,
    SERVICE_STATUSES,
    SLIP_STATUSES,
    refunded,
    service,
    slip,
)

from .bench import cny

SLIP: dict[str, Any] = {
    "id": 88812345,
    "orderId": "249786309732",
    "buyerName": "张**",
    "applyTime": "2026-01-02 10:00:00",
    "applyRefundSum": 1990,
    "status": 0,
    "checkTime": None,
    "reason": "不想要了，我是张三",
}
ROW: dict[str, Any] = {
    "serviceId": 1234567,
    "orderId": 249786309732,
    "applyTime": 1767319200000,
    "approveTime": 1767322800000,
    "customerExpect": 10,
    "serviceStatus": 10005,
    "serviceCount": 2,
    "skuId": 10054887745652,
    "skuUuid": "1012_x",
    "actualPayPrice": Decimal("9.95"),
    "customerName": "张**",
}
LINES = {"1012_x": "228886533499", "10054887745652": "228886533499"}


def test_a_slips_amount_is_fen_and_its_time_beijings() -> None:
    case = slip(SLIP)
    assert (case.case, case.order, case.kind) == (
        "cancel-88812345",
        "249786309732",
        CaseKind.CANCELLATION,
    )
    assert case.amount == cny("19.90")
    assert case.opened_at == case.updated_at == datetime(2026, 1, 2, 2, 0, tzinfo=UTC)
    assert case.status is CaseStatus.REQUESTED


def test_a_buyers_own_words_are_left_out() -> None:
    case = slip(SLIP)
    assert (case.reason, case.lines, case.deadline, case.no_reason) == ("", (), None, False)
    assert "张" not in repr(case) + repr(service(ROW, LINES, {}))


def test_a_review_moves_a_slip_on() -> None:
    case = slip(SLIP | {"status": 2, "checkTime": "2026-01-02 11:00:00"})
    assert case.status is CaseStatus.REFUSED
    assert case.updated_at == datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


def test_every_documented_slip_status_is_known_and_the_others_are_not_guessed_at() -> None:
    assert set(SLIP_STATUSES) == {str(number) for number in range(12)}
    for status in (16, 17, 18, 19, 27, 28, 40, None):
        with pytest.raises(ProtocolBroken, match="status"):
            slip(SLIP | {"status": status})


def test_a_service_order_is_a_case_about_units_of_one_line() -> None:
    case = service(ROW, LINES, {})
    assert (case.case, case.order, case.kind) == ("1234567", "249786309732", CaseKind.RETURN)
    assert case.status is CaseStatus.AGREED
    assert case.lines == (Packed("228886533499", 2),)
    assert case.opened_at == datetime(2026, 1, 2, 2, 0, tzinfo=UTC)
    assert case.updated_at == datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
    assert case.amount is None


def test_a_line_is_found_by_its_sku_where_the_finer_id_is_not_told() -> None:
    assert service(ROW | {"skuUuid": None}, LINES, {}).lines == (Packed("228886533499", 2),)
    assert service(ROW, {}, {}).lines == ()
    assert service(ROW | {"serviceCount": None}, LINES, {}).lines == ()


def test_every_documented_service_status_is_known_and_the_others_are_not_guessed_at() -> None:
    documented = {0, 1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 13, 41}
    assert set(SERVICE_STATUSES) == {str(10000 + number) for number in documented}
    with pytest.raises(ProtocolBroken, match="13000"):
        service(ROW | {"serviceStatus": 13000}, LINES, {})


def test_every_documented_wish_is_a_kind_of_case_or_left_out() -> None:
    assert SERVICE_KINDS.keys() | OTHER_SERVICES == {
        "10", "11", "20", "30", "40", "50", "60", "70", "80", "90", "100",
    }  # fmt: skip
    with pytest.raises(ProtocolBroken, match="customerExpect"):
        service(ROW | {"customerExpect": 77}, LINES, {})


@pytest.mark.parametrize(
    ("change", "kind", "status"),
    [
        ({"serviceStatus": 10010, "processResult": 100}, CaseKind.RETURN, CaseStatus.DONE),
        ({"serviceStatus": 10010, "processResult": 70}, CaseKind.RETURN, CaseStatus.REFUSED),
        ({"serviceStatus": 10041}, CaseKind.RETURN, CaseStatus.SENT_BACK),
        ({"customerExpect": 11, "serviceStatus": 10041}, CaseKind.REFUND, CaseStatus.AGREED),
        ({"approveResult": 91, "serviceStatus": 10010}, CaseKind.REFUND, CaseStatus.DONE),
        ({"customerExpect": 20, "serviceStatus": 10007}, CaseKind.EXCHANGE, CaseStatus.SENT_BACK),
    ],
)
def test_where_no_goods_come_back_none_are_expected(
    change: dict[str, int], kind: CaseKind, status: CaseStatus
) -> None:
    case = service(ROW | change, LINES, {})
    assert (case.kind, case.status) == (kind, status)


def test_only_what_was_really_paid_is_an_amount() -> None:
    bill = {"sameOrderServiceBill": {"serviceId": 1234567}}
    found: list[dict[str, Any]] = [
        {**bill, "status": 13, "refoundAmount": Decimal("10.5")},
        {**bill, "status": 13, "refoundAmount": "9.40"},
        {**bill, "status": 14, "refoundAmount": "99.00"},
        {**bill, "status": None, "refoundAmount": None},
        {"status": 13, "refoundAmount": "1.00"},
    ]
    paid = refunded(found)
    assert paid == {"1234567": cny("19.90")}
    assert service(ROW | {"serviceStatus": 10010}, LINES, paid).amount == cny("19.90")


@pytest.mark.parametrize(
    "change", [{"serviceId": None}, {"orderId": ""}, {"applyTime": None}, {"serviceCount": "many"}]
)
def test_a_service_order_that_cannot_be_understood_breaks_the_contract(
    change: dict[str, Any],
) -> None:
    with pytest.raises(ProtocolBroken):
        service(ROW | change, LINES, {})


@pytest.mark.parametrize("change", [{"id": None}, {"orderId": None}, {"applyTime": None}])
def test_a_slip_that_cannot_be_understood_breaks_the_contract(change: dict[str, Any]) -> None:
    with pytest.raises(ProtocolBroken):
        slip(SLIP | change)
