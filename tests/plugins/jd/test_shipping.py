from __future__ import annotations

from dataclasses import replace

import pytest

from mercer.core.after_sales import CaseKind
from mercer.core.carrier import Carrier
from mercer.core.contract import ItemOutcome
from mercer.core.errors import Transient
from mercer.core.order import Order, OrderStatus
from mercer.core.outcome import Result
from mercer.core.shipping import Packed, Shipment
from mercer.plugins.jd.carriers import CARRIERS
from mercer.plugins.jd.simulator import checkout
from mercer.plugins.simulation import Fault, FaultKind, OrderTruth

from .bench import Bench, mug

SHIP = "jingdong.pop.order.shipment"


async def paid(bench: Bench, *lines: tuple[str, int]) -> Order:
    bench.stock_with(mug("甲"), mug("乙"))
    order_id = bench.simulator.order(lines or [("甲-code", 2), ("乙-code", 1)])
    return await again(bench, order_id)


async def again(bench: Bench, order_id: str) -> Order:
    order: Order | None = await bench.adapter.read_order(order_id)
    assert order is not None
    return order


def parcel(order: Order, tracking: str = "SF1", *units: int, carrier: str = "sf") -> Shipment:
    """Of all lines, or of so many units of each; none of a line leaves it out."""
    counts = units or tuple(line.quantity for line in order.lines)
    packed = [Packed(line.line, each) for line, each in zip(order.lines, counts, strict=True)]
    lines = tuple(each for each in packed if each.quantity)
    return Shipment(order.order, carrier, tracking, lines, whole=not units, key=tracking)


async def sent(bench: Bench, shipment: Shipment) -> ItemOutcome:
    outcome: ItemOutcome = await bench.adapter.ship(shipment)
    assert (outcome.listing, outcome.offer) == (shipment.order, "")
    return outcome


def truth(bench: Bench, order: Order) -> OrderTruth:
    return next(each for each in bench.simulator.orders() if each.order == order.order)


async def test_an_order_that_is_shipped_whole_reads_as_shipped_with_its_parcel(
    either: Bench,
) -> None:
    order = await paid(either)
    outcome = await sent(either, parcel(order))
    shown = await again(either, order.order)
    assert outcome.result is Result.ACCEPTED
    assert shown.status is OrderStatus.SHIPPED
    assert [(line.quantity, line.shipped) for line in shown.lines] == [(2, 2), (1, 1)]
    assert [(each.tracking, each.carrier) for each in shown.parcels] == [("SF1", "467")]
    assert truth(either, order).shipped == {"甲-code": 2, "乙-code": 1}


async def test_an_order_that_has_shipped_is_stale_in_jds_own_words(either: Bench) -> None:
    order = await paid(either)
    await sent(either, parcel(order))
    for tracking in ("SF1", "SF2"):
        outcome = await sent(either, parcel(order, tracking))
        assert (outcome.result, outcome.code) == (Result.STALE, "10400002")
        assert "状态" in outcome.words
    assert [each.tracking for each in (await again(either, order.order)).parcels] == ["SF1"]
    assert truth(either, order).parcels == ("SF1", "SF1")


async def test_the_newer_gateway_ships_in_parts(sp: Bench) -> None:
    order = await paid(sp)
    await sent(sp, parcel(order, "SF1", 1, 0))
    part = await again(sp, order.order)
    assert part.status is OrderStatus.PARTLY_SHIPPED
    assert [line.shipped for line in part.lines] == [1, 0]
    assert part.parcels[0].lines == (Packed(order.lines[0].line, 1),)
    await sent(sp, parcel(order, "SF2", 1, 1))
    rest = await again(sp, order.order)
    assert rest.status is OrderStatus.SHIPPED
    assert [each.tracking for each in rest.parcels] == ["SF1", "SF2"]
    assert [line.shipped for line in rest.lines] == [2, 1]


async def test_units_that_left_before_are_stale_and_the_others_can_still_leave(sp: Bench) -> None:
    order = await paid(sp)
    await sent(sp, parcel(order, "SF1", 1, 0))
    assert (await sent(sp, parcel(order, "SF2", 2, 0))).result is Result.STALE
    assert (await sent(sp, parcel(order, "SF1", 1, 0))).result is Result.STALE
    assert (await sent(sp, parcel(order, "SF3", 1, 1))).result is Result.ACCEPTED
    assert truth(sp, order).shipped == {"甲-code": 2, "乙-code": 1}


async def test_the_classic_gateway_reads_the_parts_that_another_hand_shipped(jd: Bench) -> None:
    order = await paid(jd)
    placed = jd.simulator.placed(order.order)
    goods = {placed.items[0].id: 1}
    checkout.ship(jd.simulator.shop, placed, jd.clock.now(), "467", "SF1", goods)
    part = await again(jd, order.order)
    assert (part.status, [line.shipped for line in part.lines]) == (
        OrderStatus.PARTLY_SHIPPED,
        [1, 0],
    )


async def test_the_classic_gateway_sends_no_part_of_an_order(jd: Bench) -> None:
    order = await paid(jd)
    jd.wire.calls.clear()
    outcome = await sent(jd, parcel(order, "SF1", 1, 0))
    assert outcome.result is Result.REJECTED
    assert "sp-api" in outcome.words
    assert jd.wire.calls == []


async def test_a_locked_order_is_not_shipped_and_not_called_stale(either: Bench) -> None:
    order = await paid(either)
    either.simulator.ask_back(order.order, [("甲-code", 2), ("乙-code", 1)], CaseKind.CANCELLATION)
    outcome = await sent(either, parcel(order))
    assert outcome.result is Result.REJECTED
    assert truth(either, order).shipped == {}


async def test_a_cancelled_order_is_refused_and_not_called_stale(either: Bench) -> None:
    order = await paid(either)
    either.simulator.cancel(order.order)
    assert (await sent(either, parcel(order))).result is Result.REJECTED


@pytest.mark.parametrize("carrier", ["467", "sf", "SF"])
async def test_a_carrier_goes_by_our_name_or_by_jds_number(either: Bench, carrier: str) -> None:
    order = await paid(either)
    await sent(either, parcel(order, carrier=carrier))
    assert (await again(either, order.order)).parcels[0].carrier == "467"


async def test_a_carrier_that_jd_has_no_number_for_is_refused_with_those_that_it_has(
    either: Bench,
) -> None:
    order = await paid(either)
    outcome = await sent(either, parcel(order, carrier="蜂鸟"))
    assert outcome.result is Result.REJECTED
    assert "蜂鸟" in outcome.words
    assert "zto" in outcome.words


def test_every_carrier_has_a_number_of_its_own() -> None:
    assert len(set(CARRIERS.values())) == len(CARRIERS)
    assert set(CARRIERS) <= {carrier.value for carrier in Carrier}
    assert all(number.isdecimal() for number in CARRIERS.values())


@pytest.mark.parametrize("tracking", ["SF1,SF2", "SF1|SF2", "", " "])
async def test_what_jd_would_read_as_no_or_several_numbers_is_refused(
    either: Bench, tracking: str
) -> None:
    order = await paid(either)
    outcome = await sent(either, parcel(order, tracking))
    assert outcome.result is Result.REJECTED
    assert truth(either, order).parcels == ()


@pytest.mark.parametrize("order_id", ["1", "nobody"])
async def test_an_order_that_jd_does_not_know_is_refused(either: Bench, order_id: str) -> None:
    order = replace(await paid(either), order=order_id)
    assert (await sent(either, parcel(order))).result is Result.REJECTED


async def test_a_line_that_the_order_does_not_have_is_refused(sp: Bench) -> None:
    order = await paid(sp)
    wrong = replace(parcel(order), lines=(Packed("42", 1),))
    outcome = await sent(sp, wrong)
    assert outcome.result is Result.REJECTED
    assert "42" in outcome.words


@pytest.mark.parametrize("kind", [FaultKind.TIMEOUT, FaultKind.ERROR_AFTER, FaultKind.ERROR_BEFORE])
async def test_a_shipment_in_doubt_is_never_sent_twice(either: Bench, kind: FaultKind) -> None:
    order = await paid(either)
    either.wire.calls.clear()
    either.world.faults.active.append(Fault(kind, writes_only=True))
    with pytest.raises(Transient) as caught:
        await either.adapter.ship(parcel(order))
    assert caught.value.in_doubt
    assert sum(call == SHIP or call.startswith("POST") for call in either.wire.calls) == 1
    assert len(truth(either, order).parcels) <= 1


async def test_a_shipment_that_was_lost_shows_only_when_the_order_is_read(either: Bench) -> None:
    order = await paid(either)
    either.fault(FaultKind.LOST_WRITE)
    assert (await sent(either, parcel(order))).result is Result.ACCEPTED
    assert (await again(either, order.order)).status is OrderStatus.PAID


async def test_shipping_takes_units_out_of_the_bookings_part_by_part(sp: Bench) -> None:
    order = await paid(sp)
    sku = next(iter(sp.simulator.shop.wares.values())).skus[0]
    assert sku.booked == 2
    await sent(sp, parcel(order, "SF1", 1, 0))
    assert sku.booked == 1
    await sent(sp, parcel(order, "SF2", 1, 1))
    assert (sku.booked, sku.stock_num) == (0, 6)
