from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from mercer.core.cell import NOTHING, Nothing
from mercer.core.contract import ScheduleWrite
from mercer.core.listing import Listing
from mercer.core.money import Money
from mercer.core.outcome import Result
from mercer.core.scheduled import Scheduled
from mercer.plugins.amazon.quotas import FEED

from .conftest import Rig, listings, price_write, product, usd

STARTS = datetime(2026, 11, 11, tzinfo=UTC)
ENDS = datetime(2026, 11, 12, tzinfo=UTC)
SALE = Scheduled(usd("15.00"), STARTS, ENDS)


def write(listing: Listing, wanted: Scheduled | Nothing = SALE) -> ScheduleWrite:
    return ScheduleWrite(listing, listing.offers[0], wanted)


def attributes(rig: Rig, sku: str = "A") -> list[dict[str, object]]:
    found: list[dict[str, object]] = rig.item(sku).newest.attributes["purchasable_offer"]
    return found


async def test_a_sale_is_what_buyers_pay_and_orders_cost_while_it_runs(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    await adapter.schedule_prices([write((await listings(adapter))["A"])])
    paid = []
    for moment in (STARTS - timedelta(seconds=1), STARTS, ENDS):
        rig.clock.advance_to(moment)
        id = rig.simulator.order([("A", 1)])
        order = await adapter.read_order(id)
        assert order is not None
        paid.append((rig.shown("A").price, order.lines[0].unit_price))
    usual, sale = usd("20.00"), usd("15.00")
    assert paid == [(usual, usual), (sale, sale), (usual, usual)]


async def test_the_offer_on_the_wire_shows_the_sale_and_the_attributes_both(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    await adapter.schedule_prices([write((await listings(adapter))["A"])])
    rig.clock.advance_to(STARTS)
    (read,) = await adapter.read_back(["A"])
    assert (read.offers[0].price, read.offers[0].scheduled) == (usd("20.00"), SALE)
    _, response = rig.recorder.seen[-1]
    (item,) = response.json()["items"]
    assert item["offers"][0]["price"]["amount"] == "15.00"


async def test_a_sale_leaves_the_price_its_bounds_and_business_offers_as_they_are(
    rig: Rig,
) -> None:
    rig.simulator.seed([product("A")])
    (offer,) = attributes(rig)
    offer["maximum_seller_allowed_price"] = [{"schedule": [{"value_with_tax": Decimal(30)}]}]
    business = {**offer, "audience": "B2B"}
    attributes(rig).append(business)
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    for wanted in (SALE, NOTHING):
        await adapter.schedule_prices([write(listing, wanted)])
    assert attributes(rig) == [offer, business]


async def test_a_sale_of_many_skus_travels_in_a_feed(rig: Rig) -> None:
    skus = [f"S{number}" for number in range(400)]
    rig.simulator.seed([product(*skus)])
    adapter = rig.adapter()
    shop = await listings(adapter)
    outcomes = await adapter.schedule_prices([write(shop[sku]) for sku in skus])
    assert {each.result for each in outcomes} == {Result.ACCEPTED}
    assert [job.type for job in rig.simulator.shop.feeds.values()] == [FEED]
    rig.clock.advance_to(STARTS)
    assert {each.price for each in rig.simulator.offers()} == {usd("15.00")}


async def test_a_sale_that_is_no_discount_or_in_another_currency_is_refused_unsent(
    rig: Rig,
) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    refused = [usd("20.00"), usd("21.00"), Money.of("15.00", "EUR")]
    outcomes = await adapter.schedule_prices(
        [write(listing, Scheduled(price, STARTS, ENDS)) for price in refused]
    )
    assert [each.result for each in outcomes] == [Result.REJECTED] * 3
    assert all(each.words for each in outcomes)
    assert rig.recorder.of("PATCH", "/listings/") == []


async def test_a_price_below_a_running_sale_is_what_buyers_pay(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    await adapter.schedule_prices([write(listing)])
    rig.clock.advance_to(STARTS)
    await adapter.write_prices([price_write(listing, "12.00")])
    assert rig.shown("A").price == usd("12.00")
