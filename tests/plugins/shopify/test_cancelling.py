from __future__ import annotations

import pytest

from mercer.core.after_sales import CaseKind
from mercer.core.errors import Transient
from mercer.core.order import OrderStatus
from mercer.core.outcome import Result
from mercer.plugins.shopify.adapter import ShopifyAdapter
from mercer.plugins.shopify.simulator import order_mutations
from mercer.plugins.simulation import FaultKind

from .conftest import Rig, tee


@pytest.fixture
def adapter(rig: Rig) -> ShopifyAdapter:
    rig.simulator.seed([tee()])
    return rig.adapter()


@pytest.mark.parametrize("paid", [True, False])
async def test_a_cancelled_order_is_read_as_such_and_its_units_are_back(
    rig: Rig, adapter: ShopifyAdapter, paid: bool
) -> None:
    id = rig.simulator.order([("TEE-1", 2)], paid=paid)

    outcome = await adapter.cancel_order(id, "the last one broke")

    assert (outcome.listing, outcome.offer, outcome.result) == (id, "", Result.CONFIRMED)
    order = await adapter.read_order(id)
    assert order is not None
    assert order.status is OrderStatus.CANCELLED
    assert [line.quantity for line in order.lines] == [0]
    assert rig.shown("TEE-1").quantity == 5


async def test_what_was_paid_is_paid_back_as_a_cancellation(
    rig: Rig, adapter: ShopifyAdapter
) -> None:
    id = rig.simulator.order([("TEE-1", 2)])
    since = rig.clock.now()
    await adapter.cancel_order(id, "inventory")

    ((case,),) = [page.cases async for page in adapter.read_after_sales(since, rig.clock.now())]

    assert (case.kind, case.order) == (CaseKind.CANCELLATION, id)
    assert rig.simulator.shop.state.orders[int(id)].cancel_reason == "INVENTORY"


async def test_an_order_that_was_cancelled_already_is_stale(
    rig: Rig, adapter: ShopifyAdapter
) -> None:
    id = rig.simulator.order([("TEE-1", 2)])
    rig.simulator.cancel(id)

    outcome = await adapter.cancel_order(id, "other")

    assert (outcome.result, outcome.code) == (Result.STALE, "INVALID")
    assert "already been canceled" in outcome.words


async def test_an_unknown_order_is_refused(adapter: ShopifyAdapter) -> None:
    outcome = await adapter.cancel_order("4711", "other")

    assert (outcome.result, outcome.code) == (Result.REJECTED, "NOT_FOUND")


async def test_a_job_that_takes_too_long_is_not_waited_for(
    rig: Rig, adapter: ShopifyAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_mutations, "JOB_TAKES", order_mutations.JOB_TAKES * 100)
    id = rig.simulator.order([("TEE-1", 2)])
    started = rig.clock.now()

    assert (await adapter.cancel_order(id, "other")).result is Result.ACCEPTED
    assert (rig.clock.now() - started).total_seconds() < 60


async def test_a_cancellation_in_doubt_is_not_sent_again_by_itself(
    rig: Rig, adapter: ShopifyAdapter
) -> None:
    id = rig.simulator.order([("TEE-1", 2)])
    rig.strike(FaultKind.ERROR_AFTER)

    with pytest.raises(Transient) as caught:
        await adapter.cancel_order(id, "other")

    assert caught.value.in_doubt
    assert [each.cancelled for each in rig.simulator.orders()] == [True]


async def test_a_reason_of_any_length_is_taken(rig: Rig, adapter: ShopifyAdapter) -> None:
    id = rig.simulator.order([("TEE-1", 2)])

    assert (await adapter.cancel_order(id, "so " * 200)).result is Result.CONFIRMED
