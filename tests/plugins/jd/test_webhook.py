from __future__ import annotations

import pytest

from mercer.core.contract import EventKind
from mercer.core.errors import ProtocolBroken
from mercer.plugins.jd.simulator import checkout
from mercer.plugins.jd.webhook import TOPIC, events

from .bench import Bench, mug

PAGE = "jingdong.pop.afs.soa.refundapply.queryPageList"
REPLY = "jingdong.pop.afs.soa.refundapply.replyRefund"


async def test_a_wish_to_cancel_names_its_case_and_again_when_it_moves_on(jd: Bench) -> None:
    jd.stock_with(mug())
    order_id = jd.simulator.order([("杯子-code", 2)])
    shop = jd.simulator.shop
    slip = checkout.ask_refund(shop, jd.simulator.placed(order_id), jd.clock.now())
    asked = {"pageIndex": 1, "pageSize": 50}
    first = await jd.jos().call(PAGE, asked, verdict="queryResult")
    (event,) = events(first)
    assert (event.kind, event.id, event.topic) == (EventKind.CASE, f"cancel-{slip.id}", TOPIC)
    assert event.at == jd.clock.now()
    assert first["queryResult"]["result"][0]["applyRefundSum"] == 5000
    assert events(await jd.jos().call(PAGE, asked))[0].key == event.key
    refusal = {"id": slip.id, "status": 2, "checkUserName": "小王", "rejectType": 5}
    await jd.jos().call(REPLY, refusal, write=True)
    (later,) = events(await jd.jos().call(PAGE, asked))
    assert later.id == event.id
    assert later.key != event.key
    assert jd.simulator.placed(order_id).state == checkout.PAID


def test_no_slips_are_no_events() -> None:
    assert events({"queryResult": {"success": True, "totalCount": 0, "result": []}}) == []


def test_a_slip_without_its_number_breaks_the_contract() -> None:
    with pytest.raises(ProtocolBroken, match="id"):
        events({"queryResult": {"result": [{"orderId": 1, "status": 0}]}})
