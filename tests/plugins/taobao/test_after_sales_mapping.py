from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mercer.core.after_sales import CaseKind, CaseStatus
from mercer.core.errors import ProtocolBroken
from mercer.core.money import Money
from mercer.core.shipping import Packed
from mercer.plugins.taobao.after_sales_mapping import KINDS, OTHER_DISPUTES, STATUSES, case

LINE: dict[str, Any] = {
    "oid": 5,
    "num": 2,
    "divide_order_fee": "180.00",
    "consign_time": "2026-03-01 12:00:00",
}
REFUND: dict[str, Any] = {
    "refund_id": "98000000000001",
    "tid": 4,
    "oid": 5,
    "status": "WAIT_SELLER_AGREE",
    "created": "2026-03-02 08:00:00",
    "modified": "2026-03-02 09:00:00",
    "refund_fee": "180.00",
    "has_good_return": True,
    "dispute_type": "REFUND_AND_RETURN",
    "reason": "7天无理由退换货",
    "num": 2,
    "refund_remind_timeout": {"exist_timeout": True, "timeout": "2026-03-07 08:00:00"},
}


def test_a_refund_becomes_a_case() -> None:
    found = case(REFUND, LINE)
    assert (found.case, found.order) == ("98000000000001", "4")
    assert (found.kind, found.status) == (CaseKind.RETURN, CaseStatus.REQUESTED)
    assert found.opened_at == datetime(2026, 3, 2, 0, tzinfo=UTC)
    assert found.updated_at == datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert found.deadline == datetime(2026, 3, 7, 0, tzinfo=UTC)
    assert found.amount == Money(18000, "CNY")
    assert found.lines == (Packed("5", 2),)
    assert found.no_reason
    assert found.reason == "7天无理由退换货"


MEANINGS = {
    "WAIT_SELLER_AGREE": CaseStatus.REQUESTED,
    "WAIT_BUYER_RETURN_GOODS": CaseStatus.AGREED,
    "WAIT_SELLER_CONFIRM_GOODS": CaseStatus.SENT_BACK,
    "SUCCESS": CaseStatus.DONE,
    "SELLER_REFUSE_BUYER": CaseStatus.REFUSED,
    "CLOSED": CaseStatus.WITHDRAWN,
    "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS": CaseStatus.SENT_BACK,
    "EXCHANGE_TRANSFORM_TO_REFUND": CaseStatus.WITHDRAWN,
    "WAIT_SELLER_CONSIGN_GOODS": CaseStatus.SENT_BACK,
}


@pytest.mark.parametrize(("status", "expected"), MEANINGS.items())
def test_each_status_has_its_meaning(status: str, expected: CaseStatus) -> None:
    assert case(REFUND | {"status": status}, LINE).status is expected


def test_the_tables_hold_every_documented_word_and_no_other() -> None:
    assert STATUSES.keys() == MEANINGS.keys()
    assert KINDS.keys() | OTHER_DISPUTES == {
        "REFUND",
        "REFUND_AND_RETURN",
        "TMALL_EXCHANGE",
        "TAOBAO_EXCHANGE",
        "REPAIR",
        "RESHIPPING",
        "OTHERS",
    }


@pytest.mark.parametrize(
    ("change", "shipped", "kind"),
    [
        ({"dispute_type": "REFUND"}, True, CaseKind.REFUND),
        ({"dispute_type": "REFUND"}, False, CaseKind.CANCELLATION),
        ({"dispute_type": "TMALL_EXCHANGE"}, True, CaseKind.EXCHANGE),
        ({"dispute_type": "TAOBAO_EXCHANGE"}, True, CaseKind.EXCHANGE),
        ({"dispute_type": None}, True, CaseKind.RETURN),
        ({"dispute_type": None, "has_good_return": False}, True, CaseKind.REFUND),
    ],
)
def test_what_is_asked_for_says_the_dispute_and_whether_it_shipped(
    change: dict[str, Any], shipped: bool, kind: CaseKind
) -> None:
    line = LINE if shipped else LINE | {"consign_time": None}
    assert case(REFUND | change, line).kind is kind


def test_a_refund_of_a_trade_that_is_gone_stays_a_refund() -> None:
    found = case(REFUND | {"dispute_type": "REFUND", "num": 1}, None)
    assert found.kind is CaseKind.REFUND
    assert found.lines == (Packed("5", 1),)


@pytest.mark.parametrize(
    ("change", "bought", "lines"),
    [
        ({"refund_fee": "90.00"}, 2, ()),
        ({"refund_fee": None}, 2, ()),
        ({"refund_fee": "90.00"}, 1, (Packed("5", 1),)),
        ({"oid": None}, 1, ()),
    ],
)
def test_units_are_told_only_where_they_are_known(
    change: dict[str, Any], bought: int, lines: tuple[Packed, ...]
) -> None:
    assert case(REFUND | change, LINE | {"num": bought}).lines == lines


def test_a_case_that_ended_has_no_deadline() -> None:
    assert case(REFUND | {"status": "CLOSED"}, LINE).deadline is None
    assert case(REFUND | {"refund_remind_timeout": None}, LINE).deadline is None


@pytest.mark.parametrize(
    "change",
    [
        {"status": "ON_THE_MOON"},
        {"dispute_type": "ON_THE_MOON"},
        {"created": None},
        {"modified": "soon"},
        {"refund_id": None},
        {"refund_fee": "much"},
    ],
)
def test_a_refund_outside_the_platforms_contract_says_so(change: dict[str, Any]) -> None:
    with pytest.raises(ProtocolBroken):
        case(REFUND | change, LINE)
