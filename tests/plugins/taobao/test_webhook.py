from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mercer.core.contract import Event, EventKind
from mercer.plugins.taobao.webhook import delivery


def message(topic: str, content: str, **more: object) -> dict[str, Any]:
    return {"id": 7200000000000000001, "topic": topic, "content": content, **more}


@pytest.mark.parametrize(
    ("topic", "content", "kind", "identity"),
    [
        ("taobao_trade_TradeBuyerPay", {"tid": 2**60, "oid": 1}, EventKind.ORDER, str(2**60)),
        ("taobao_refund_RefundSuccess", {"refund_id": 1, "tid": 5}, EventKind.CASE, "1"),
        ("taobao_item_ItemStockChanged", {"num_iid": 8}, EventKind.STOCK, "8"),
        ("taobao_item_ItemZeroStock", {"num_iid": 8}, EventKind.STOCK, "8"),
        ("taobao_item_ItemUpdate", {"num_iid": 8}, EventKind.LISTING, "8"),
    ],
)
def test_a_message_names_what_to_read_again(
    topic: str, content: dict[str, int], kind: EventKind, identity: str
) -> None:
    told = delivery(message(topic, json.dumps(content)))
    assert told.event == Event("7200000000000000001", kind, identity, topic)
    assert told.receipt == "7200000000000000001"


@pytest.mark.parametrize(
    ("topic", "content"),
    [
        ("taobao_logistics_LogsticDetailTrace", '{"tid":1}'),
        ("taobao_item_ItemUpdate", '{"nick":"x"}'),
        ("taobao_trade_TradeCreate", "not json"),
        ("taobao_trade_TradeCreate", "[1]"),
        ("", ""),
    ],
)
def test_a_message_that_names_nothing_can_still_be_confirmed(topic: str, content: str) -> None:
    told = delivery(message(topic, content))
    assert told.event is None
    assert told.receipt


@pytest.mark.parametrize(
    ("pub_time", "at"),
    [("2026-03-01 08:00:00", datetime(2026, 3, 1, tzinfo=UTC)), ("now", None), (None, None)],
)
def test_a_message_was_published_at_a_time_in_beijing(
    pub_time: str | None, at: datetime | None
) -> None:
    told = delivery(message("taobao_trade_TradeCreate", '{"tid":1}', pub_time=pub_time))
    assert told.event is not None
    assert told.event.at == at
