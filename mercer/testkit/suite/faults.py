"""When the platform fails: the right error, nothing done twice, nothing believed too early."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from mercer.core.contract import (
    ContentWrite,
    OfferPrice,
    PollsMessages,
    PriceWrite,
    StatusWrite,
    StockWrite,
    WritesContent,
    WritesPrices,
    WritesStatus,
    WritesStock,
)
from mercer.core.errors import AuthExpired, Rejected, Transient
from mercer.core.listing import Listing, ListingStatus, Offer
from mercer.core.money import Money
from mercer.core.outcome import Result
from mercer.plugins.simulation import FaultKind
from mercer.testkit.bench import Bench, on_bench
from mercer.testkit.suite.base import Contract

Write = Callable[[Bench, Listing, Offer], Coroutine[Any, Any, Any]]


async def _price(bench: Bench, listing: Listing, offer: Offer) -> Any:
    assert offer.price is not None
    price = offer.price + Money.of(1, offer.price.currency)
    return await bench.adapter.write_prices([PriceWrite(listing, (OfferPrice(offer, price),))])


async def _stock(bench: Bench, listing: Listing, offer: Offer) -> Any:
    seen = offer.stock[0]
    write = StockWrite(listing, offer, seen.location, seen.quantity + 1, seen.quantity)
    return await bench.adapter.write_stock([write], "fault-key")


async def _content(bench: Bench, listing: Listing, offer: Offer) -> Any:
    del offer
    return await bench.adapter.write_content([ContentWrite(listing, title="Under faults")])


async def _status(bench: Bench, listing: Listing, offer: Offer) -> Any:
    del offer
    return await bench.adapter.write_status([StatusWrite(listing, ListingStatus.DELISTED)])


WRITES: dict[type, Write] = {
    WritesPrices: _price,
    WritesStock: _stock,
    WritesContent: _content,
    WritesStatus: _status,
}


class FaultContract(Contract):
    @on_bench
    async def test_a_throttled_read_waits_and_goes_on(self, bench: Bench) -> None:
        bench.strike(FaultKind.THROTTLE, writes_only=False)
        assert (await bench.shop()).keys() == _listings(bench)

    @on_bench
    async def test_a_read_that_fails_is_read_again(self, bench: Bench) -> None:
        for kind in (FaultKind.ERROR_BEFORE, FaultKind.ERROR_AFTER, FaultKind.TIMEOUT):
            bench.strike(kind, writes_only=False)
            assert (await bench.shop()).keys() == _listings(bench)

    @pytest.mark.parametrize("capability", list(WRITES), ids=lambda each: each.__name__)
    def test_a_throttled_write_waits_and_goes_on(self, bench: Bench, capability: type) -> None:
        self.needs(bench, capability)
        _run(bench, self._throttled, WRITES[capability])

    async def _throttled(self, bench: Bench, write: Write) -> None:
        listing, offer = await bench.first()
        bench.strike(FaultKind.THROTTLE)
        began = bench.world.clock.now()
        outcomes = await write(bench, listing, offer)
        assert {each.result for each in outcomes} <= {Result.ACCEPTED, Result.CONFIRMED}
        assert bench.world.clock.now() > began

    @pytest.mark.parametrize("capability", list(WRITES), ids=lambda each: each.__name__)
    def test_a_write_that_may_have_happened_is_in_doubt(
        self, bench: Bench, capability: type
    ) -> None:
        self.needs(bench, capability)
        for kind in (FaultKind.ERROR_AFTER, FaultKind.TIMEOUT):
            _run(bench, self._doubted, WRITES[capability], kind)

    async def _doubted(self, bench: Bench, write: Write, kind: FaultKind) -> None:
        """Either it is told to be in doubt, or sending it again was safe and it is done."""
        listing, offer = await bench.first()
        bench.strike(kind, count=None)
        doubt: Transient | None = None
        try:
            outcomes = await write(bench, listing, offer)
        except Transient as error:
            doubt = error
        bench.calm()
        if doubt is None:
            assert {each.result for each in outcomes} <= {Result.ACCEPTED, Result.CONFIRMED}
        else:
            assert doubt.in_doubt

    @pytest.mark.parametrize("capability", list(WRITES), ids=lambda each: each.__name__)
    def test_a_write_that_was_taken_and_not_done_is_never_confirmed(
        self, bench: Bench, capability: type
    ) -> None:
        self.needs(bench, capability)
        _run(bench, self._lost, WRITES[capability])

    async def _lost(self, bench: Bench, write: Write) -> None:
        listing, offer = await bench.first()
        before = bench.simulator.offers()
        bench.strike(FaultKind.LOST_WRITE, count=None)
        outcomes = await write(bench, listing, offer)
        bench.calm()
        assert {each.result for each in outcomes} == {Result.ACCEPTED}
        assert bench.simulator.offers() == before

    @on_bench
    async def test_an_authorisation_that_has_ended_stops_the_channel(self, bench: Bench) -> None:
        bench.strike(FaultKind.EXPIRED, count=None, writes_only=False)
        with pytest.raises(AuthExpired):
            await _asked(bench.adapter)
        bench.calm()
        await _asked(bench.adapter)

    @on_bench
    async def test_a_wrong_credential_is_an_expired_authorisation_that_says_what_to_do(
        self, bench: Bench
    ) -> None:
        for name in bench.secrets:
            stranger: Any = bench.reconnected({**bench.settings, name: "not-the-right-one"})
            with pytest.raises((AuthExpired, Rejected)) as caught:
                await _asked(stranger)
            assert caught.value.channel == bench.channel.name
            assert caught.value.hint

    @on_bench
    async def test_no_secret_reaches_the_log_or_an_error(self, bench: Bench) -> None:
        await bench.shop()
        stranger: Any = bench.reconnected(
            {**bench.settings, **dict.fromkeys(bench.secrets, "another-planted-secret")}
        )
        with pytest.raises((AuthExpired, Rejected)) as caught:
            _ = [page async for page in stranger.read_listings()]
        assert bench.records.texts
        told = [*bench.records.texts, repr(caught.value), str(caught.value), caught.value.hint]
        for secret in (*bench.secrets.values(), "another-planted-secret"):
            assert [text for text in told if secret in text] == []

    @on_bench
    async def test_every_request_leaves_one_line_with_its_operation(self, bench: Bench) -> None:
        await bench.shop()
        lines = [text for text in bench.records.texts if "'operation'" in text]
        assert lines
        assert all("'channel': 'bench'" in line for line in lines)


async def _asked(adapter: Any) -> None:
    """A secret is one of the shop's, or one of the queue that keeps its messages."""
    _ = [page async for page in adapter.read_listings()]
    if isinstance(adapter, PollsMessages):
        await adapter.poll()


def _listings(bench: Bench) -> set[str]:
    """A product is one listing, or one for each of its SKUs, as the platform has it."""
    return {each.listing for each in bench.simulator.offers()}


def _run(bench: Bench, step: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
    async def wrapped(_: Any, bench: Bench) -> None:
        await step(bench, *args)

    on_bench(wrapped)(None, bench)
