from __future__ import annotations

import json
from typing import Any

import pytest

from mercer.core.contract import EventKind
from mercer.plugins.taobao.webhook import deliveries

from .bench import Bench, mug


def consumed(topic: str, content: str) -> dict[str, Any]:
    message = {"id": 7200000000000000001, "topic": topic, "content": content}
    return {"messages": {"tmc_message": [message]}}


@pytest.mark.parametrize(
    ("topic", "content", "kind", "identity"),
    [
        ("taobao_trade_TradeBuyerPay", {"tid": 2**60, "oid": 1}, EventKind.ORDER, str(2**60)),
        ("taobao_refund_RefundSuccess", {"refund_id": 1, "tid": 5}, EventKind.ORDER, "5"),
        ("taobao_item_ItemStockChanged", {"num_iid": 8}, EventKind.STOCK, "8"),
        ("taobao_item_ItemZeroStock", {"num_iid": 8}, EventKind.STOCK, "8"),
        ("taobao_item_ItemUpdate", {"num_iid": 8}, EventKind.LISTING, "8"),
    ],
)
def test_a_message_names_what_to_read_again(
    topic: str, content: dict[str, int], kind: EventKind, identity: str
) -> None:
    (delivery,) = deliveries(consumed(topic, json.dumps(content)))
    assert delivery.event is not None
    assert delivery.event.key == delivery.id == "7200000000000000001"
    assert (delivery.event.kind, delivery.event.id) == (kind, identity)
    assert delivery.event.topic == topic


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
    (delivery,) = deliveries(consumed(topic, content))
    assert delivery.event is None
    assert delivery.id


def test_an_empty_queue_has_no_deliveries() -> None:
    assert deliveries({"request_id": "r"}) == []


async def test_a_sale_is_told_until_it_is_confirmed(taobao: Bench) -> None:
    taobao.stock_with(mug())
    tid = taobao.simulator.order([("杯子-code", 1)])
    top = taobao.top()

    async def told() -> list[str]:
        body = await top.call("taobao.tmc.messages.consume", {"group_name": "default"})
        found = deliveries(body)
        assert {each.event.id for each in found if each.event} <= {tid}
        return [each.id for each in found]

    first = await told()
    assert len(first) == 2
    assert await told() == []
    taobao.clock.advance(301)
    assert await told() == first
    params = {"group_name": "default", "s_message_ids": ",".join(first)}
    await top.call("taobao.tmc.messages.confirm", params, write=True)
    taobao.clock.advance(301)
    assert await told() == []


async def test_a_message_is_dropped_after_a_day(taobao: Bench) -> None:
    taobao.stock_with(mug())
    taobao.simulator.order([("杯子-code", 1)])
    taobao.clock.advance(24 * 3600 + 1)
    body = await taobao.top().call("taobao.tmc.messages.consume", {"group_name": "default"})
    assert deliveries(body) == []
