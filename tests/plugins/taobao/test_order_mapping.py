from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mercer.core.errors import ProtocolBroken
from mercer.core.money import Money
from mercer.core.order import OrderStatus
from mercer.core.shipping import Packed, Parcel
from mercer.plugins.taobao.order_mapping import STATUSES, TRADE_FIELDS, order

LINE: dict[str, Any] = {
    "oid": 2600000000000000002,
    "num_iid": 730000000000000001,
    "sku_id": "510000000000000001",
    "outer_iid": "VASE",
    "outer_sku_id": "VASE-W",
    "title": "陶瓷花瓶",
    "num": 2,
    "price": "58.00",
    "discount_fee": "6.00",
    "adjust_fee": "0.00",
    "divide_order_fee": "100.00",
    "status": "WAIT_SELLER_SEND_GOODS",
}
TRADE: dict[str, Any] = {
    "tid": 2600000000000000001,
    "status": "WAIT_SELLER_SEND_GOODS",
    "created": "2026-03-01 08:00:00",
    "modified": "2026-03-01 08:05:00",
    "pay_time": "2026-03-01 08:05:00",
    "payment": "110.00",
    "total_fee": "116.00",
    "post_fee": "10.00",
    "discount_fee": "10.00",
    "orders": {"order": [LINE]},
}


def cny(fen: int) -> Money:
    return Money(fen, "CNY")


def test_a_trade_becomes_an_order() -> None:
    found = order(TRADE)
    assert (found.order, found.number, found.root) == ("2600000000000000001",) * 3
    assert found.status is OrderStatus.PAID
    assert found.created_at == datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
    assert found.paid_at == datetime(2026, 3, 1, 0, 5, tzinfo=UTC)
    assert found.cancelled_at is None
    (line,) = found.lines
    assert (line.listing, line.offer) == ("730000000000000001", "510000000000000001")
    assert line.merchant_code == "VASE-W"
    assert (line.ordered, line.quantity, line.shipped) == (2, 2, 0)
    assert (line.unit_price, line.total) == (cny(5800), cny(10000))


def test_the_totals_are_the_platforms_and_add_up_with_the_lines_discounts() -> None:
    totals = order(TRADE).totals
    assert (totals.grand, totals.goods, totals.shipping) == (cny(11000), cny(11600), cny(1000))
    assert totals.discount == cny(1600)
    assert totals.difference() == cny(0)


def test_a_discount_that_one_line_does_not_state_is_unknown() -> None:
    line = {name: value for name, value in LINE.items() if name != "discount_fee"}
    assert order(TRADE | {"orders": {"order": [line]}}).totals.discount is None


def test_a_line_without_a_sku_is_the_items_own() -> None:
    line = LINE | {"sku_id": None}
    found = order(TRADE | {"orders": {"order": [line]}}).lines[0]
    assert (found.offer, found.merchant_code) == ("730000000000000001", "VASE")


DOCUMENTED = {
    "TRADE_NO_CREATE_PAY": OrderStatus.AWAITING_PAYMENT,
    "WAIT_BUYER_PAY": OrderStatus.AWAITING_PAYMENT,
    "PAY_PENDING": OrderStatus.AWAITING_PAYMENT,
    "WAIT_PRE_AUTH_CONFIRM": OrderStatus.AWAITING_PAYMENT,
    "PAID_FORBID_CONSIGN": OrderStatus.HELD,
    "WAIT_SELLER_SEND_GOODS": OrderStatus.PAID,
    "SELLER_CONSIGNED_PART": OrderStatus.PARTLY_SHIPPED,
    "WAIT_BUYER_CONFIRM_GOODS": OrderStatus.SHIPPED,
    "TRADE_BUYER_SIGNED": OrderStatus.SHIPPED,
    "TRADE_FINISHED": OrderStatus.COMPLETED,
    "TRADE_CLOSED": OrderStatus.CANCELLED,
    "TRADE_CLOSED_BY_TAOBAO": OrderStatus.CANCELLED,
}


@pytest.mark.parametrize(("status", "expected"), DOCUMENTED.items())
def test_each_status_has_its_meaning(status: str, expected: OrderStatus) -> None:
    assert order(TRADE | {"status": status}).status is expected


def test_the_table_holds_every_documented_status_and_no_other() -> None:
    assert STATUSES.keys() == DOCUMENTED.keys()


@pytest.mark.parametrize("hold", [{"is_sh_ship": True}, {"top_hold": 1}])
def test_a_paid_trade_that_must_not_ship_is_held(hold: dict[str, Any]) -> None:
    assert order(TRADE | hold).status is OrderStatus.HELD


def test_a_closed_line_gives_its_units_back_and_the_others_stay() -> None:
    closed = LINE | {"oid": 1, "status": "TRADE_CLOSED"}
    shipped = LINE | {"oid": 2, "status": "WAIT_BUYER_CONFIRM_GOODS"}
    lines = order(TRADE | {"orders": {"order": [closed, shipped]}}).lines
    assert [(line.quantity, line.ordered, line.shipped) for line in lines] == [(0, 2, 0), (2, 2, 2)]


def test_a_line_of_a_status_never_heard_of_still_counts() -> None:
    line = LINE | {"status": "ON_THE_MOON"}
    assert order(TRADE | {"orders": {"order": [line]}}).lines[0].quantity == 2


def test_a_closed_trade_was_cancelled_when_it_ended() -> None:
    closed = TRADE | {"status": "TRADE_CLOSED", "end_time": "2026-03-02 08:00:00"}
    assert order(closed).cancelled_at == datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "ON_THE_MOON"},
        {"orders": {}},
        {"payment": None},
        {"payment": "free"},
        {"created": None},
        {"orders": {"order": [LINE | {"num": None}]}},
    ],
)
def test_a_trade_outside_the_platforms_contract_says_so(change: dict[str, Any]) -> None:
    with pytest.raises(ProtocolBroken):
        order(TRADE | change)


def test_what_was_refunded_after_it_shipped_is_complete_and_not_cancelled() -> None:
    line = LINE | {"status": "TRADE_CLOSED", "consign_time": "2026-03-02 08:00:00"}
    found = order(TRADE | {"status": "TRADE_CLOSED", "orders": {"order": [line]}})
    assert (found.status, found.cancelled_at) == (OrderStatus.COMPLETED, None)
    assert (found.lines[0].quantity, found.lines[0].shipped) == (2, 2)


def test_the_first_sub_order_that_is_due_says_by_when_to_ship() -> None:
    times = ("2026-03-04 08:00:00", "付款后3天内", None, "2026-03-03 08:00:00")
    lines = [LINE | {"oid": oid, "estimate_con_time": time} for oid, time in enumerate(times, 1)]
    found = order(TRADE | {"orders": {"order": lines}})
    assert found.ship_by == datetime(2026, 3, 3, tzinfo=UTC)
    assert order(TRADE).ship_by is None


def test_sub_orders_that_left_together_are_one_parcel() -> None:
    parcels = (("SF1", "顺丰速运"), ("YT2", "圆通速递"), ("SF1", "顺丰速运"), (None, None))
    lines = [
        LINE | {"oid": oid, "invoice_no": number, "logistics_company": company}
        for oid, (number, company) in enumerate(parcels, 1)
    ]
    assert order(TRADE | {"orders": {"order": lines}}).parcels == (
        Parcel("SF1", "顺丰速运", (Packed("1", 2), Packed("3", 2))),
        Parcel("YT2", "圆通速递", (Packed("2", 2),)),
    )


def test_what_the_buyer_wrote_and_is_called_is_not_asked_for() -> None:
    personal = ("buyer_nick", "buyer_message", "buyer_email", "alipay", "memo")
    assert not any(word in TRADE_FIELDS for word in personal)
