"""Customers: known again by their key, and never shown."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import httpx
import pytest

from mercer.core.contract import ReadsOrders
from mercer.core.customer import Customer
from mercer.core.errors import PlatformError
from mercer.plugins.buyers import chinese_buyer, western_buyer
from mercer.plugins.simulation import Buyer
from mercer.testkit.bench import Bench, on_bench
from mercer.testkit.spoiling import NONSENSE, Spoiled
from mercer.testkit.suite.base import Contract, skip
from mercer.testkit.suite.trade import RECENT, recent_orders, sell

PATIENCE: Final = 20.0
"""Seconds, for an adapter that pages on and on."""


class CustomerContract(Contract):
    @on_bench
    async def test_a_customer_is_never_shown(self, bench: Bench) -> None:
        customer = await self._of_order_by(bench, _buyers(bench)[0])
        assert repr(customer) == str(customer) == f"{customer}" == "Customer(…)"

    @on_bench
    async def test_a_buyer_has_the_same_key_in_every_order_and_another_buyer_another(
        self, bench: Bench
    ) -> None:
        one, other = _buyers(bench)
        first, second, third = [await self._of_order_by(bench, each) for each in (one, one, other)]
        if first.key is None:
            skip(bench, "key of its buyers")
        assert first.key == second.key
        assert first.key != third.key

    @on_bench
    async def test_what_is_told_of_a_buyer_is_true_or_masked(self, bench: Bench) -> None:
        buyer = _buyers(bench)[0]
        customer = await self._of_order_by(bench, buyer)
        told = {
            (customer.name, buyer.name),
            (customer.phone, buyer.phone),
            (customer.email, buyer.email),
        }
        wrong = [pair for pair in told if pair[0] is not None and pair[0] != pair[1]]
        assert customer.masked or not wrong

    @on_bench
    async def test_nothing_of_a_buyer_reaches_the_log(self, bench: Bench) -> None:
        buyer = _buyers(bench)[0]
        await self._of_order_by(bench, buyer)
        assert bench.records.texts
        assert [text for text in bench.records.texts if _tells_of(buyer, text)] == []

    @pytest.mark.parametrize("nonsense", NONSENSE, ids=repr)
    def test_whatever_is_wrong_with_an_order_is_told_without_a_word_of_its_buyer(
        self, bench: Bench, nonsense: object
    ) -> None:
        """Every value that the platform tells of the order is nonsense once."""
        self.needs(bench, ReadsOrders)
        buyer = _buyers(bench)[0]

        async def spoil(_: object, bench: Bench) -> None:
            _, offer = await bench.first()
            order = sell(bench, offer.merchant_code, buyer=buyer)
            await recent_orders(bench)
            spoiled = Spoiled(bench.channel.name, bench.simulator, order, nonsense)
            told: list[str] = []
            while spoiled.advance():
                told += await _complaints(bench, spoiled)
            assert told, "nothing was found to be wrong"
            assert [text for text in told if _tells_of(buyer, text)] == []
            assert [text for text in bench.records.texts if _tells_of(buyer, text)] == []

        on_bench(spoil)(None, bench)

    async def _of_order_by(self, bench: Bench, buyer: Buyer) -> Customer:
        self.needs(bench, ReadsOrders)
        _, offer = await bench.first()
        order = sell(bench, offer.merchant_code, buyer=buyer)
        customer = (await recent_orders(bench))[order].customer
        if customer is None:
            skip(bench, "word about its buyers in the orders of this channel")
        return customer


def _buyers(bench: Bench) -> tuple[Buyer, Buyer]:
    made = chinese_buyer if bench.channel.currency == "CNY" else western_buyer
    return made(77), made(78)


def _tells_of(buyer: Buyer, text: str) -> bool:
    return any(each in text for each in (buyer.name, buyer.phone, buyer.email, buyer.street))


async def _complaints(bench: Bench, spoiled: Spoiled) -> list[str]:
    """What the adapter says of the spoiled answers, in all of its words."""
    adapter: Any = bench.reconnected(bench.settings, httpx.AsyncClient(transport=spoiled))
    until = bench.world.clock.now()
    try:
        async with asyncio.timeout(PATIENCE):
            pages = [page async for page in adapter.read_orders(until - RECENT, until)]
    except PlatformError as error:
        return [f"{error!r} {error.hint} {error.code} {error.words}"]
    except Exception as error:
        raise AssertionError(f"nonsense in {spoiled.place} is {error!r}") from error
    return [each.reason for page in pages for each in page.unreadable]
