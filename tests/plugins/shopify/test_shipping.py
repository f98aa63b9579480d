from __future__ import annotations

import pytest

from mercer.core.carrier import Carrier
from mercer.core.errors import Transient
from mercer.core.order import Order, OrderStatus
from mercer.core.outcome import Result
from mercer.core.shipping import Packed, Parcel, Shipment
from mercer.plugins.shopify.carriers import CARRIERS, company
from mercer.plugins.shopify.simulator import checkout
from mercer.plugins.shopify.simulator.order_state import FulfillmentOrder, FulfillmentOrderLineItem
from mercer.plugins.simulation import FaultKind, OrderTruth

from .conftest import Rig, tee


async def sold(rig: Rig, *lines: tuple[str, int]) -> Order:
    if not rig.simulator.offers():
        rig.simulator.seed([tee(skus=60, quantity=9)])
    order = await rig.adapter().read_order(rig.simulator.order(lines or [("TEE-1", 3)]))
    assert order is not None
    return order


def parcel(order: Order, tracking: str = "JD0146", **units: int) -> Shipment:
    """Of so many units by SKU (`TEE_1=2`), else of everything that has not shipped."""
    wanted = {code.replace("_", "-"): quantity for code, quantity in units.items()}
    lines = tuple(
        Packed(line.line, wanted.get(line.merchant_code or "", 0) if units else line.quantity)
        for line in order.lines
        if not units or line.merchant_code in wanted
    )
    return Shipment(order.order, "dhl", tracking, lines, whole=not units, key="1")


def truth(rig: Rig, order: Order) -> OrderTruth:
    return next(each for each in rig.simulator.orders() if each.order == order.order)


async def test_a_shipped_order_shows_its_parcel_and_leaves_nothing_to_ship(rig: Rig) -> None:
    order = await sold(rig, ("TEE-1", 3), ("TEE-2", 1))

    outcome = await rig.adapter().ship(parcel(order))

    assert (outcome.listing, outcome.offer, outcome.result) == (order.order, "", Result.ACCEPTED)
    shipped = await rig.adapter().read_order(order.order)
    assert shipped is not None
    assert shipped.status is OrderStatus.SHIPPED
    assert [(line.quantity, line.shipped) for line in shipped.lines] == [(3, 3), (1, 1)]
    packed = tuple(Packed(line.line, line.quantity) for line in order.lines)
    assert shipped.parcels == (Parcel("JD0146", "DHL Express", packed),)
    assert truth(rig, order).shipped == {"TEE-1": 3, "TEE-2": 1}


async def test_what_leaves_is_no_longer_on_hand_and_was_not_available_before(rig: Rig) -> None:
    order = await sold(rig)
    shop = rig.simulator.shop
    level = shop.by_sku("TEE-1")[0].inventory_item.levels[shop.location]
    assert (level.available, level.on_hand) == (6, 9)

    await rig.adapter().ship(parcel(order))

    assert (level.available, level.on_hand) == (6, 6)


async def test_parts_leave_in_parcels_of_their_own(rig: Rig) -> None:
    order = await sold(rig, ("TEE-1", 3), ("TEE-2", 1))
    adapter = rig.adapter()

    await adapter.ship(parcel(order, "A", TEE_1=2))
    half = await adapter.read_order(order.order)
    assert half is not None
    assert half.status is OrderStatus.PARTLY_SHIPPED
    assert [(line.quantity, line.shipped) for line in half.lines] == [(3, 2), (1, 0)]

    await adapter.ship(parcel(order, "B", TEE_1=1, TEE_2=1))
    whole = await adapter.read_order(order.order)
    assert whole is not None
    assert whole.status is OrderStatus.SHIPPED
    first, second = order.lines
    assert [each.lines for each in whole.parcels] == [
        (Packed(first.line, 2),),
        (Packed(first.line, 1), Packed(second.line, 1)),
    ]


async def test_the_same_parcel_twice_is_told_once(rig: Rig) -> None:
    order = await sold(rig)
    adapter = rig.adapter()
    await adapter.ship(parcel(order, TEE_1=1))

    again = await adapter.ship(parcel(order, TEE_1=1))

    assert (again.result, again.code) == (Result.STALE, "ALREADY_SHIPPED")
    assert truth(rig, order).parcels == ("JD0146",)


async def test_more_than_is_left_is_stale_whatever_its_number(rig: Rig) -> None:
    order = await sold(rig)
    adapter = rig.adapter()
    await adapter.ship(parcel(order))

    again = await adapter.ship(parcel(order, "ANOTHER"))

    assert (again.result, again.code) == (Result.STALE, "ALREADY_SHIPPED")
    assert again.words
    assert truth(rig, order).parcels == ("JD0146",)


@pytest.mark.parametrize("kind", [FaultKind.ERROR_AFTER, FaultKind.TIMEOUT])
async def test_a_parcel_in_doubt_is_never_sent_again_by_itself(rig: Rig, kind: FaultKind) -> None:
    order = await sold(rig)
    adapter = rig.adapter()
    rig.strike(kind)

    with pytest.raises(Transient) as caught:
        await adapter.ship(parcel(order))

    assert caught.value.in_doubt
    told = truth(rig, order).parcels
    assert len(told) <= 1
    assert (await adapter.ship(parcel(order))).result is (Result.STALE if told else Result.ACCEPTED)
    assert truth(rig, order).parcels == ("JD0146",)


async def test_an_order_on_hold_is_refused_with_what_to_do(rig: Rig) -> None:
    order = await sold(rig)
    checkout.hold(rig.simulator.shop, rig.simulator.shop.state.orders[int(order.order)])

    outcome = await rig.adapter().ship(parcel(order))

    assert outcome.result is Result.REJECTED
    assert "release its hold" in outcome.words
    held = await rig.adapter().read_order(order.order)
    assert held is not None
    assert held.status is OrderStatus.HELD


async def test_an_order_that_is_cancelled_or_unknown_is_refused(rig: Rig) -> None:
    order = await sold(rig)
    rig.simulator.cancel(order.order)

    assert (await rig.adapter().ship(parcel(order))).result is Result.REJECTED
    unknown = Shipment("4711", "dhl", "X", (), whole=True, key="1")
    assert (await rig.adapter().ship(unknown)).result is Result.REJECTED


async def test_an_empty_parcel_is_refused(rig: Rig) -> None:
    order = await sold(rig)
    nothing = Shipment(order.order, "dhl", "X", (), whole=True, key="1")

    assert (await rig.adapter().ship(nothing)).result is Result.REJECTED
    assert truth(rig, order).parcels == ()


async def test_the_lines_of_a_long_order_are_all_found(rig: Rig) -> None:
    order = await sold(rig, *((f"TEE-{number}", 1) for number in range(1, 61)))

    assert (await rig.adapter().ship(parcel(order))).result is Result.ACCEPTED

    shipped = await rig.adapter().read_order(order.order)
    assert shipped is not None
    assert [line.shipped for line in shipped.lines] == [1] * 60
    assert len(shipped.parcels[0].lines) == 60


def _split(rig: Rig, order: Order, *, elsewhere: bool) -> None:
    """The second line goes into a fulfillment order of its own, at another location or the same."""
    shop = rig.simulator.shop
    found = shop.state.orders[int(order.order)]
    (first,) = found.fulfillment_orders
    row = first.lines.pop()
    place = first.location
    if elsewhere:
        shop.open("second")
        place = list(shop.state.locations)[-1]
    rows = [FulfillmentOrderLineItem(shop.state.new_id(), row.line, 1, 1)]
    other = FulfillmentOrder(shop.state.new_id(), found.id, place, rows)
    found.fulfillment_orders.append(other)
    shop.book.touch(found)


async def test_a_parcel_may_hold_lines_of_several_fulfillment_orders(rig: Rig) -> None:
    order = await sold(rig, ("TEE-1", 1), ("TEE-2", 1))
    _split(rig, order, elsewhere=False)

    assert (await rig.adapter().ship(parcel(order))).result is Result.ACCEPTED
    assert truth(rig, order).parcels == ("JD0146",)


async def test_a_parcel_of_two_locations_is_refused_and_one_of_each_is_not(rig: Rig) -> None:
    order = await sold(rig, ("TEE-1", 1), ("TEE-2", 1))
    _split(rig, order, elsewhere=True)
    adapter = rig.adapter()

    refused = await adapter.ship(parcel(order))
    assert refused.result is Result.REJECTED
    assert "several locations" in refused.words

    assert (await adapter.ship(parcel(order, "A", TEE_1=1))).result is Result.ACCEPTED
    assert (await adapter.ship(parcel(order, "B", TEE_2=1))).result is Result.ACCEPTED
    assert truth(rig, order).parcels == ("A", "B")


def test_every_carrier_has_a_name_and_any_other_is_passed_on() -> None:
    assert set(CARRIERS) == set(Carrier)
    assert company("sf") == "SF Express"
    assert company("Packeta") == "Packeta"
