from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mercer.core.carrier import Carrier
from mercer.core.contract import CancelsOrders, Ships
from mercer.core.errors import Transient
from mercer.core.order import Order, OrderStatus
from mercer.core.outcome import Result
from mercer.core.shipping import Packed
from mercer.plugins.amazon import carriers
from mercer.plugins.amazon.shipping import package_reference
from mercer.plugins.simulation import FaultKind, OrderTruth

from .conftest import Rig, product, whole_order


def truth(rig: Rig, id: str) -> OrderTruth:
    return next(each for each in rig.simulator.orders() if each.order == id)


async def later(rig: Rig, id: str) -> Order:
    """The order once a confirmation shows."""
    await rig.clock.sleep(90)
    read = await rig.adapter().read_order(id)
    assert read is not None
    return read


def sent(rig: Rig) -> list[dict[str, Any]]:
    return [
        json.loads(request.content)["packageDetail"]
        for request in rig.recorder.of("POST", "/shipmentConfirmation")
    ]


async def test_a_parcel_that_is_told_ships_the_order_and_is_read_back(rig: Rig) -> None:
    rig.simulator.seed([product("A", "B")])
    id = rig.simulator.order([("A", 2), ("B", 1)])
    adapter = rig.adapter()
    assert isinstance(adapter, Ships)
    shipment = whole_order(rig, id)
    outcome = await adapter.ship(shipment)
    assert (outcome.listing, outcome.offer, outcome.result) == (id, "", Result.ACCEPTED)
    read = await later(rig, id)
    assert read.status is OrderStatus.SHIPPED
    assert [line.shipped for line in read.lines] == [2, 1]
    (parcel,) = read.parcels
    assert (parcel.tracking, parcel.carrier, parcel.lines) == ("1Z999", "UPS", shipment.lines)
    assert truth(rig, id).shipped == {"A": 2, "B": 1}
    assert truth(rig, id).parcels == ("1Z999",)


async def test_an_order_shows_its_parcel_only_after_a_while(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    id = rig.simulator.order([("A", 1)])
    await rig.adapter().ship(whole_order(rig, id))
    read = await rig.adapter().read_order(id)
    assert read is not None
    assert (read.status, read.parcels) == (OrderStatus.PAID, ())


async def test_an_order_leaves_in_several_parcels(rig: Rig) -> None:
    rig.simulator.seed([product("A", "B")])
    id = rig.simulator.order([("A", 3), ("B", 1)])
    adapter = rig.adapter()
    assert adapter.declared.partial_shipments
    first, second = whole_order(rig, id).lines
    part = replace(whole_order(rig, id), lines=(Packed(first.line, 2),), whole=False)
    await adapter.ship(part)
    read = await later(rig, id)
    assert read.status is OrderStatus.PARTLY_SHIPPED
    assert [line.shipped for line in read.lines] == [2, 0]
    rest = whole_order(rig, id, "1Z998", key="parcel-2")
    assert rest.lines == (Packed(first.line, 1), second)
    await adapter.ship(rest)
    read = await later(rig, id)
    assert read.status is OrderStatus.SHIPPED
    assert [parcel.tracking for parcel in read.parcels] == ["1Z999", "1Z998"]


async def test_an_order_that_has_shipped_already_is_stale_in_amazons_words(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    id = rig.simulator.order([("A", 1)])
    adapter = rig.adapter()
    again = replace(whole_order(rig, id), key="another", tracking="1Z000")
    await adapter.ship(whole_order(rig, id))
    await rig.clock.sleep(90)
    outcome = await adapter.ship(again)
    assert outcome.result is Result.STALE
    assert (outcome.code, outcome.words) == ("PackageToUpdateNotFound", "order already fulfilled")
    assert truth(rig, id).parcels == ("1Z999",)


async def test_lines_that_have_shipped_already_are_stale_too(rig: Rig) -> None:
    rig.simulator.seed([product("A", "B")])
    id = rig.simulator.order([("A", 1), ("B", 1)])
    adapter = rig.adapter()
    first, _ = whole_order(rig, id).lines
    part = replace(whole_order(rig, id), lines=(first,), whole=False)
    await adapter.ship(part)
    await rig.clock.sleep(90)
    outcome = await adapter.ship(replace(part, key="another", tracking="1Z000"))
    assert (outcome.result, outcome.code) == (Result.STALE, "InvalidInput")


async def test_the_same_parcel_told_again_is_that_parcel_corrected(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    id = rig.simulator.order([("A", 1)])
    adapter = rig.adapter()
    shipment = whole_order(rig, id)
    await adapter.ship(shipment)
    outcome = await adapter.ship(replace(shipment, tracking="1Z000"))
    assert outcome.result is Result.ACCEPTED
    assert [parcel.tracking for parcel in (await later(rig, id)).parcels] == ["1Z000"]


@pytest.mark.parametrize("paid", [True, False])
async def test_what_cannot_ship_is_refused(rig: Rig, paid: bool) -> None:
    rig.simulator.seed([product("A")])
    id = rig.simulator.order([("A", 1)], paid=paid)
    shipment = whole_order(rig, id)
    if paid:
        rig.simulator.cancel(id)
    outcome = await rig.adapter().ship(shipment)
    assert (outcome.result, bool(outcome.words)) == (Result.REJECTED, True)
    assert truth(rig, id).parcels == ()


async def test_what_amazon_ships_itself_is_refused(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.fulfil_by_amazon("A", 4)
    id = rig.simulator.order([("A", 1)])
    outcome = await rig.adapter().ship(whole_order(rig, id))
    assert outcome.result is Result.REJECTED


async def test_an_order_that_amazon_does_not_know_is_refused(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    shipment = whole_order(rig, rig.simulator.order([("A", 1)]))
    outcome = await rig.adapter().ship(replace(shipment, order="000-0000000-0000000"))
    assert (outcome.result, outcome.code) == (Result.REJECTED, "NotFound")


@pytest.mark.parametrize("kind", [FaultKind.ERROR_AFTER, FaultKind.TIMEOUT])
async def test_a_parcel_whose_answer_was_lost_is_in_doubt_and_told_only_once(
    rig: Rig, kind: FaultKind
) -> None:
    rig.simulator.seed([product("A")])
    id = rig.simulator.order([("A", 1)])
    rig.strike(kind)
    with pytest.raises(Transient) as caught:
        await rig.adapter().ship(whole_order(rig, id))
    assert caught.value.in_doubt
    assert len(truth(rig, id).parcels) <= 1
    assert len(sent(rig)) == (kind is FaultKind.ERROR_AFTER)


async def test_a_parcel_that_amazon_takes_and_loses_never_shows(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    id = rig.simulator.order([("A", 1)])
    rig.strike(FaultKind.LOST_WRITE)
    outcome = await rig.adapter().ship(whole_order(rig, id))
    assert outcome.result is Result.ACCEPTED
    assert (await later(rig, id)).parcels == ()
    assert truth(rig, id).parcels == ()


async def test_a_throttled_confirmation_is_sent_again(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    id = rig.simulator.order([("A", 1)])
    rig.strike(FaultKind.THROTTLE)
    assert (await rig.adapter().ship(whole_order(rig, id))).result is Result.ACCEPTED
    assert truth(rig, id).parcels == ("1Z999",)


async def test_a_carrier_without_a_code_is_told_by_its_name(rig: Rig) -> None:
    rig.simulator.seed([product("A", quantity=9)])
    for carrier, told in (
        ("fedex", {"carrierCode": "FedEx", "carrierName": "FedEx"}),
        ("sf", {"carrierCode": "Other", "carrierName": "SF Express"}),
        ("Pony Post", {"carrierCode": "Other", "carrierName": "Pony Post"}),
    ):
        id = rig.simulator.order([("A", 1)])
        await rig.adapter().ship(whole_order(rig, id, carrier=carrier))
        assert told.items() <= sent(rig)[-1].items()
        (parcel,) = (await later(rig, id)).parcels
        assert parcel.carrier == told["carrierName"]


def test_every_carrier_has_a_code_or_a_name() -> None:
    assert carriers.CARRIERS.keys() | carriers.NAMES.keys() == set(Carrier)
    assert carriers.CARRIERS.keys() & carriers.NAMES.keys() == set()


def test_a_packages_reference_is_a_positive_number_and_its_own() -> None:
    references = {package_reference(f"parcel-{n}") for n in range(1000)}
    assert len(references) == 1000
    assert all(each.isdecimal() and 0 < int(each) < 10**9 for each in references)
    assert package_reference("parcel-1") == package_reference("parcel-1")


async def test_until_when_an_order_is_to_ship_is_read(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    id = rig.simulator.order([("A", 1)])
    read = await rig.adapter().read_order(id)
    assert read is not None
    assert read.ship_by == read.created_at + timedelta(days=2)


async def test_a_seller_cancels_in_seller_central_and_not_here(rig: Rig) -> None:
    adapter = rig.adapter()
    assert not isinstance(adapter, CancelsOrders)
    assert "Seller Central" in adapter.declared.notes["cancel"]
