from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mercer.core.contract import ItemOutcome, StockWrite
from mercer.core.errors import ProtocolBroken, Transient
from mercer.core.listing import Listing
from mercer.core.outcome import Result
from mercer.plugins.shopify.adapter import ShopifyAdapter
from mercer.plugins.shopify.stock import _refusals
from mercer.plugins.simulation import FaultKind

from .conftest import Rig, listings, tee


def writes(found: Sequence[Listing], quantity: int) -> list[StockWrite]:
    """One write for each offer, resting on what was just read."""
    return [
        StockWrite(listing, offer, offer.stock[0].location, quantity, seen=offer.stock[0].quantity)
        for listing in found
        for offer in listing.offers
    ]


async def write(adapter: ShopifyAdapter, rows: Sequence[StockWrite]) -> Sequence[ItemOutcome]:
    return await adapter.write_stock(rows, "attempt-1")


async def test_quantities_of_many_listings_are_set_in_one_call(rig: Rig) -> None:
    rig.simulator.seed([tee("A"), tee("B")])
    adapter = rig.adapter()

    outcomes = await write(adapter, writes(await listings(adapter), 8))

    assert [each.result for each in outcomes] == [Result.ACCEPTED] * 4
    assert {each.quantity for each in rig.simulator.offers()} == {8}


async def test_a_unit_sold_meanwhile_makes_only_its_own_row_stale(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=3)])
    adapter = rig.adapter()
    rows = writes(await listings(adapter), 9)
    rig.simulator.order([("TEE-2", 1)])

    outcomes = await write(adapter, rows)

    assert [each.result for each in outcomes] == [Result.ACCEPTED, Result.STALE, Result.ACCEPTED]
    assert outcomes[1].code == "CHANGE_FROM_QUANTITY_STALE"
    assert [rig.shown(f"TEE-{n}").quantity for n in (1, 2, 3)] == [9, 4, 9]


async def test_a_bad_row_is_taken_out_and_the_others_are_written(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=3)])
    adapter = rig.adapter()
    first, second, third = writes(await listings(adapter), 2)
    rows = [
        first,
        replace(second, quantity=2_000_000_000),
        replace(third, offer=replace(third.offer, refs={"inventory_item": "4711"})),
    ]

    outcomes = await write(adapter, rows)

    assert [(each.result, each.code) for each in outcomes] == [
        (Result.ACCEPTED, ""),
        (Result.REJECTED, "INVALID_QUANTITY_TOO_HIGH"),
        (Result.REJECTED, "INVALID_INVENTORY_ITEM"),
    ]
    assert [rig.shown(f"TEE-{n}").quantity for n in (1, 2, 3)] == [2, 5, 5]


async def test_an_offer_read_without_its_item_is_rejected_and_not_sent(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=1)])
    adapter = rig.adapter()
    (row,) = writes(await listings(adapter), 2)

    (outcome,) = await write(adapter, [replace(row, offer=replace(row.offer, refs={}))])

    assert outcome.result is Result.REJECTED
    assert rig.shown("TEE-1").quantity == 5


async def test_the_same_attempt_sent_twice_is_done_once(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=1)])
    adapter = rig.adapter()
    rows = writes(await listings(adapter), 8)

    await write(adapter, rows)
    rig.simulator.order([("TEE-1", 3)])
    outcomes = await write(adapter, rows)

    assert [each.result for each in outcomes] == [Result.ACCEPTED]
    assert rig.shown("TEE-1").quantity == 5


async def test_a_write_that_took_effect_before_the_gateway_failed_is_not_done_again(
    rig: Rig,
) -> None:
    rig.simulator.seed([tee(skus=1)])
    adapter = rig.adapter()
    rows = writes(await listings(adapter), 8)
    rig.strike(FaultKind.ERROR_AFTER)

    outcomes = await write(adapter, rows)

    assert [each.result for each in outcomes] == [Result.ACCEPTED]
    assert rig.shown("TEE-1").quantity == 8


async def test_broken_connections_do_not_write_twice(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=1)])
    adapter = rig.adapter()
    rows = writes(await listings(adapter), 8)
    rig.strike(FaultKind.TIMEOUT, count=4)

    outcomes = await write(adapter, rows)

    assert [each.result for each in outcomes] == [Result.ACCEPTED]
    assert rig.shown("TEE-1").quantity == 8


async def test_an_untracked_item_is_tracked_and_an_inactive_level_activated_first(
    rig: Rig,
) -> None:
    rig.simulator.seed([tee(skus=3)])
    shop = rig.simulator.shop
    untracked, inactive, absent = (shop.by_sku(f"TEE-{n}")[0].inventory_item for n in (1, 2, 3))
    untracked.tracked = False
    shop.level(inactive, shop.location).is_active = False
    absent.levels.clear()
    adapter = rig.adapter()

    outcomes = await write(adapter, writes(await listings(adapter), 4))

    assert [each.result for each in outcomes] == [Result.ACCEPTED] * 3
    assert untracked.tracked
    assert [rig.shown(f"TEE-{n}").quantity for n in (1, 2, 3)] == [4, 4, 4]


async def test_a_lost_write_is_accepted_and_never_called_confirmed(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=1)])
    adapter = rig.adapter()
    rows = writes(await listings(adapter), 8)
    rig.strike(FaultKind.LOST_WRITE)

    outcomes = await write(adapter, rows)

    assert [each.result for each in outcomes] == [Result.ACCEPTED]
    assert rig.shown("TEE-1").quantity == 5


async def test_a_gateway_that_keeps_failing_leaves_the_write_in_doubt(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=1)])
    adapter = rig.adapter()
    rows = writes(await listings(adapter), 8)
    rig.strike(FaultKind.ERROR_BEFORE, count=10)

    with pytest.raises(Transient) as caught:
        await write(adapter, rows)

    assert caught.value.in_doubt
    assert rig.shown("TEE-1").quantity == 5


def refused(field: list[str] | None, code: str) -> dict[str, object]:
    return {"userErrors": [{"field": field, "message": "No.", "code": code}]}


@pytest.mark.parametrize(
    ("code", "in_doubt"),
    [
        ("IDEMPOTENCY_CONCURRENT_REQUEST", True),
        ("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", False),
    ],
)
def test_a_key_that_is_in_use_says_whether_the_write_may_be_there(
    code: str, in_doubt: bool
) -> None:
    with pytest.raises(Transient) as caught:
        _refusals(refused(None, code), 2)

    assert caught.value.in_doubt is in_doubt


def test_an_error_that_names_no_row_refuses_all() -> None:
    refusals = _refusals(refused(["input", "reason"], "INVALID_REASON"), 2)

    assert refusals == dict.fromkeys((0, 1), ("INVALID_REASON", "No.", ""))


def test_an_error_of_a_row_that_was_not_sent_breaks_the_contract() -> None:
    with pytest.raises(ProtocolBroken):
        _refusals(refused(["input", "quantities", "2", "quantity"], "X"), 2)


async def test_an_item_that_cannot_be_tracked_is_rejected_alone(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    adapter = rig.adapter()
    first, second = writes(await listings(adapter), 2)
    refs = {"inventory_item": "4711", "tracked": "no", "level": "absent"}

    outcomes = await write(adapter, [replace(first, offer=replace(first.offer, refs=refs)), second])

    assert [each.result for each in outcomes] == [Result.REJECTED, Result.ACCEPTED]
