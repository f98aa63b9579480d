from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest

from mercer.core.contract import Adapter, Delivery, EventKind, PollsMessages
from mercer.core.errors import AuthExpired, PlatformError, ProtocolBroken, Throttled, Transient
from mercer.core.outcome import Result
from mercer.plugins.amazon import messages
from mercer.plugins.amazon.adapter import ListeningAdapter, connect
from mercer.plugins.amazon.queue import Message, _answer
from mercer.plugins.simulation import FaultKind
from mercer.plugins.transport import Reply

from .conftest import Rig, listings, product, stock_write, whole_order


async def emptied(rig: Rig, adapter: PollsMessages) -> list[Delivery]:
    """All that waits, acknowledged as the engine does it."""
    found: list[Delivery] = []
    while deliveries := await adapter.poll():
        found += deliveries
        await adapter.acknowledge([each.receipt for each in deliveries])
    return found


async def test_every_order_is_told_at_least_once_and_ids_tell_repeats(rig: Rig) -> None:
    rig.simulator.seed([product("A", quantity=50)])
    ids = {rig.simulator.order([("A", 1)]) for _ in range(30)}
    adapter = rig.adapter()
    await adapter.write_stock([stock_write((await listings(adapter))["A"], 9)], "key")
    found = await emptied(rig, adapter)
    events = {each.event.key: each.event for each in found if each.event}
    assert len(found) > len(events) == 31
    orders = [each for each in events.values() if each.kind is EventKind.ORDER]
    assert {each.id for each in orders} == ids
    assert {each.took for each in orders} == {(("A", 1),)}
    assert [each.id for each in events.values() if each.kind is EventKind.STOCK] == ["A"]
    assert rig.simulator.shop.seller.queue == {}


async def test_an_orders_life_is_told_step_by_step(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    id = rig.simulator.order([("A", 2)], paid=False)
    rig.simulator.pay(id)
    adapter = rig.adapter()
    assert (await adapter.ship(whole_order(rig, id))).result is Result.ACCEPTED
    await rig.clock.sleep(90)
    found = {each.event.key: each.event for each in await emptied(rig, adapter) if each.event}
    assert [each.took for each in sorted(found.values(), key=lambda each: str(each.at))] == [
        (("A", 2),),
        (("A", 2),),
        (),
    ]
    assert {each.id for each in found.values()} == {id}


async def test_what_is_not_acknowledged_comes_again_within_ten_seconds(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.order([("A", 1)])
    adapter = rig.adapter()
    (first, *_) = await adapter.poll()
    assert await adapter.poll() == []
    rig.clock.advance(9)
    again = await adapter.poll()
    assert first.event in [each.event for each in again]
    assert first.receipt not in [each.receipt for each in again]
    await adapter.acknowledge([each.receipt for each in again])
    rig.clock.advance(9)
    assert await adapter.poll() == []


async def test_a_receipt_that_is_too_old_deletes_nothing(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.order([("A", 1)])
    adapter = rig.adapter()
    old = await adapter.poll()
    rig.clock.advance(31)
    await adapter.poll()
    await adapter.acknowledge([each.receipt for each in old])
    assert len(rig.simulator.shop.seller.queue) == len(old)


async def test_a_deletion_that_sqs_loses_brings_the_message_again(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.order([("A", 1)])
    adapter = rig.adapter()
    deliveries = await adapter.poll()
    rig.strike(FaultKind.LOST_WRITE)
    await adapter.acknowledge([each.receipt for each in deliveries])
    rig.clock.advance(31)
    assert len(await adapter.poll()) == len(deliveries)


@pytest.mark.parametrize("kind", [FaultKind.THROTTLE, FaultKind.ERROR_BEFORE, FaultKind.TIMEOUT])
async def test_a_queue_that_fails_is_asked_again(rig: Rig, kind: FaultKind) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.order([("A", 1)])
    rig.strike(kind, writes_only=False)
    adapter = rig.adapter()
    if not await adapter.poll():  # received, and the answer was lost
        rig.clock.advance(31)
        assert await adapter.poll()


async def test_nobody_reads_the_queue_with_another_key(rig: Rig) -> None:
    adapter = rig.adapter(aws_secret_access_key="wrong")
    with pytest.raises(AuthExpired) as caught:
        await adapter.poll()
    assert "aws_secret_access_key" in caught.value.hint
    assert not (await adapter.check())[-1].ok
    assert (await rig.adapter().check())[-1].ok


async def test_a_check_leaves_messages_where_they_are(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.order([("A", 1)])
    adapter = rig.adapter()
    await adapter.check()
    assert await adapter.poll()


async def test_a_request_is_signed_and_an_old_signature_is_refused(rig: Rig) -> None:
    await rig.adapter().poll()
    request = next(each for each, _ in rig.recorder.seen if "x-amz-target" in each.headers)
    assert json.loads(request.content)["QueueUrl"].endswith("mercer-notifications")
    again = httpx.Request("POST", request.url, headers=request.headers, content=request.content)
    assert (await rig.client.send(again)).status_code == 200
    forged = httpx.Request("POST", request.url, headers=request.headers, content=b"{}")
    forged.headers["content-length"] = "2"
    assert (await rig.client.send(forged)).status_code == 403
    rig.clock.advance(16 * 60)
    assert (await rig.client.send(again)).status_code == 403


async def test_without_a_queue_a_channel_polls_no_messages(rig: Rig) -> None:
    nothing = {"queue_url": "", "aws_access_key_id": "", "aws_secret_access_key": None}
    plain: Adapter = connect(rig.channel, rig.settings(**nothing), rig.transport(), rig.clock)
    assert not isinstance(plain, PollsMessages)
    full: Adapter = connect(rig.channel, rig.settings(), rig.transport(), rig.clock)
    assert isinstance(full, PollsMessages)
    assert isinstance(full, ListeningAdapter)


class Line:
    """A queue that hands out what it is given, a few at a time."""

    def __init__(self, *batches: list[Message]) -> None:
        self.batches = list(batches)
        self.deleted: list[str] = []

    async def receive(self) -> list[Message]:
        return self.batches.pop(0) if self.batches else []

    async def delete(self, receipts: object) -> None:
        raise AssertionError("polling deletes nothing")


def notice(rig: Rig, receipt: str, marketplace: str, minutes_ago: int = 0) -> Message:
    at = (rig.clock.now() - timedelta(minutes=minutes_ago)).isoformat()
    change = {
        "SellerId": rig.simulator.shop.seller.id,
        "AmazonOrderId": "1",
        "Summary": {"MarketplaceId": marketplace},
    }
    body = {
        "NotificationType": "ORDER_CHANGE",
        "EventTime": at,
        "Payload": {"OrderChangeNotification": change},
        "NotificationMetadata": {"NotificationId": receipt},
    }
    return Message(receipt, json.dumps(body))


async def test_what_concerns_another_marketplace_is_left_for_its_channel(rig: Rig) -> None:
    here = rig.simulator.shop.marketplace
    queue = Line([notice(rig, "theirs", "A1PA6795UKMFR9")], [notice(rig, "ours", here)])
    found = await messages.poll(queue, rig.settings(), rig.clock.now())
    assert [each.receipt for each in found] == ["ours"]


async def test_what_nobody_took_for_an_hour_is_thrown_away(rig: Rig) -> None:
    queue = Line([notice(rig, "theirs", "A1PA6795UKMFR9", minutes_ago=61)])
    (found,) = await messages.poll(queue, rig.settings(), rig.clock.now())
    assert found.receipt == "theirs"


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [
        (500, b"<html>", Transient),
        (200, b"[]", ProtocolBroken),
        (400, b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no"}', PlatformError),
        (400, b'{"__type":"com.amazonaws.sqs#RequestThrottled"}', Throttled),
        (403, b"", AuthExpired),
        (400, b'{"__type":"com.amazon.coral.service#UnrecognizedClientException"}', PlatformError),
        (400, b'{"__type":"com.amazon.coral.service#InvalidSignatureException"}', AuthExpired),
    ],
)
def test_sqs_refusals_are_errors_by_what_can_be_done_about_them(
    status: int, content: bytes, error: type[PlatformError]
) -> None:
    with pytest.raises(error):
        _answer(Reply(status, {}, content))
