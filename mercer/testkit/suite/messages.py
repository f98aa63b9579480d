"""Messages: believed when they are signed, kept until they are dealt with, naming what to read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import pytest

from mercer.core.contract import Delivery, Event, EventKind, PollsMessages, VerifiesWebhooks
from mercer.core.errors import AuthExpired
from mercer.plugins.simulation import Notice
from mercer.testkit.bench import Bench, on_bench
from mercer.testkit.suite.base import Contract, skip
from mercer.testkit.suite.trade import sell

HIDDEN: Final = timedelta(hours=1)
"""Longer than a queue hides a message that was received and not acknowledged."""

POLLS: Final = 50
"""More than it takes to empty the queue of a few orders."""


class MessageContract(Contract):
    @on_bench
    async def test_a_signed_notice_names_the_order_that_it_is_about(self, bench: Bench) -> None:
        order, _, notices = self._noticed(bench)
        events = _verified(bench, notices)
        assert [each for each in events if _names(each, order)]
        assert all(each.topic and each.key for each in events)

    @on_bench
    async def test_a_notice_that_was_changed_in_one_byte_is_refused(self, bench: Bench) -> None:
        _, _, notices = self._noticed(bench)
        for notice in notices:
            for place in (0, len(notice.body) // 2, len(notice.body) - 1):
                body = bytearray(notice.body)
                body[place] ^= 1
                with pytest.raises(AuthExpired):
                    bench.adapter.verify(notice.headers, bytes(body))

    @on_bench
    async def test_a_notice_that_nobody_signed_is_refused(self, bench: Bench) -> None:
        _, _, (notice, *_) = self._noticed(bench)
        for headers in ({}, dict.fromkeys(notice.headers, "")):
            with pytest.raises(AuthExpired):
                bench.adapter.verify(headers, notice.body)

    @on_bench
    async def test_a_notice_twice_is_one_event_and_another_order_is_another(
        self, bench: Bench
    ) -> None:
        _, _, notices = self._noticed(bench)
        _, _, others = self._noticed(bench)
        first = [each.key for each in _verified(bench, notices)]
        assert first == [each.key for each in _verified(bench, notices)]
        assert not set(first) & {each.key for each in _verified(bench, others)}

    @on_bench
    async def test_what_a_notice_says_was_bought_is_what_was_bought(self, bench: Bench) -> None:
        order, code, notices = self._noticed(bench)
        for event in _verified(bench, notices):
            if _names(event, order):
                _agrees(bench, event, code)

    @on_bench
    async def test_a_polled_message_names_the_order_that_it_is_about(self, bench: Bench) -> None:
        order, code = await self._queued(bench)
        about = [each for each in await _waiting(bench) if each.event and _names(each.event, order)]
        assert about
        for each in about:
            assert each.event
            _agrees(bench, each.event, code)

    @on_bench
    async def test_a_message_comes_again_until_it_is_acknowledged(self, bench: Bench) -> None:
        await self._queued(bench)
        first = _keys(await _waiting(bench))
        await bench.world.clock.sleep(HIDDEN.total_seconds())
        again = await _waiting(bench)
        assert first
        assert first <= _keys(again)
        await bench.adapter.acknowledge([each.receipt for each in again])
        await bench.world.clock.sleep(HIDDEN.total_seconds())
        assert not first & _keys(await _waiting(bench))

    def _noticed(self, bench: Bench) -> tuple[str, str, list[Notice]]:
        """An order of two units, what was bought, and the notices that it causes."""
        self.needs(bench, VerifiesWebhooks)
        code = _on_sale(bench)
        bench.simulator.notices()
        order = sell(bench, code, 2)
        notices = bench.simulator.notices()
        if not notices:
            skip(bench, "webhooks of its own: its messages are polled")
        return order, code, notices

    async def _queued(self, bench: Bench) -> tuple[str, str]:
        """An order of two units and what was bought, with nothing older left in the queue."""
        self.needs(bench, PollsMessages)
        code = _on_sale(bench)
        await bench.adapter.acknowledge([each.receipt for each in await _waiting(bench)])
        order = sell(bench, code, 2)
        await bench.world.clock.sleep(60)
        return order, code


def _on_sale(bench: Bench) -> str:
    offers = bench.simulator.offers()
    return next(each.merchant_code for each in offers if each.quantity > 5)


def _verified(bench: Bench, notices: Sequence[Notice]) -> list[Event]:
    return [event for each in notices for event in bench.adapter.verify(each.headers, each.body)]


def _names(event: Event, order: str) -> bool:
    return (event.kind, event.id) == (EventKind.ORDER, order)


def _agrees(bench: Bench, event: Event, code: str) -> None:
    assert event.took in ((), ((code, 2),))
    if event.at is not None:
        assert abs(bench.world.clock.now() - event.at) < HIDDEN


async def _waiting(bench: Bench) -> list[Delivery]:
    """What waits in the queue, however many polls it takes."""
    found: dict[str, Delivery] = {}
    for _ in range(POLLS):
        polled: Sequence[Delivery] = await bench.adapter.poll()
        if {each.receipt for each in polled} <= found.keys():
            break
        found |= {each.receipt: each for each in polled}
    return list(found.values())


def _keys(deliveries: Sequence[Delivery]) -> set[str]:
    return {each.event.key for each in deliveries if each.event}
