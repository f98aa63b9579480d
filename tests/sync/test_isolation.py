"""One channel's trouble stays its own."""

from __future__ import annotations

import pytest

from mercer.core.errors import AuthExpired, MercerError, Throttled, Transient
from mercer.core.outcome import Outcome
from mercer.sync.cycle import sync
from mercer.sync.planning import Request
from tests.sync import hostile
from tests.sync.conftest import Seller
from tests.sync.hostile import Crash

ERRORS: list[MercerError] = [
    AuthExpired("the token has expired"),
    Throttled("come back in an hour", delay=3600.0),
    Transient("not reachable", in_doubt=False),
]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("call", range(3))
async def test_a_channel_that_fails_at_any_read_leaves_the_other_done(
    seller: Seller, error: MercerError, call: int
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.later()
    seller.set_price("TEE-S", "9.00")
    if call == 1 and isinstance(error, Throttled):
        pytest.skip("a look at the orders is put off, not failed: see test_watch")
    seller.at("north").read_faults = [*[None] * call, error]
    cycle = await seller.sync()
    (failed,) = cycle.failed.values()
    assert (type(failed), failed.message, failed.channel) == (type(error), error.message, "north")
    assert seller.price("south", "TEE-S") == "9.00 CNY"
    assert seller.price("north", "TEE-S") == "10.00 CNY"
    await seller.sync()
    assert seller.price("north", "TEE-S") == "9.00 CNY"


async def test_when_every_channel_fails_nothing_is_planned_or_written(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.later()
    seller.set_price("TEE-S", "9.00")
    for channel in ("north", "south"):
        seller.at(channel).read_faults = [AuthExpired("the token has expired")]
    cycle = await seller.sync()
    assert set(cycle.failed) == {"north", "south"}
    assert (cycle.plan.totals.changes, cycle.applied) == (0, None)
    assert seller.at("north").writes == seller.at("south").writes == []


async def test_a_cycle_of_some_channels_leaves_the_others_alone(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.later()
    seller.set_price("TEE-S", "9.00")
    await sync(seller.session, Request(channels=("south",)))
    assert seller.price("south", "TEE-S") == "9.00 CNY"
    assert seller.price("north", "TEE-S") == "10.00 CNY"


async def test_a_faulty_adapter_does_not_cut_the_others_short(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    seller.at("north").faults = [hostile.crash_before]
    with pytest.raises(Crash):
        await seller.apply(seller.plan())
    assert seller.price("south", "TEE-S") == "9.00 CNY"
    assert seller.open_rows("south") == 0


async def test_a_throttled_channel_says_so_on_each_change_that_was_not_tried(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    seller.at("north").read_faults = [Throttled("come back in an hour", delay=3600.0)]
    applied = await seller.apply(seller.plan())
    by_channel = {item.change.cell.channel: item for item in applied.items}
    assert by_channel["south"].outcome is Outcome.CONFIRMED
    assert by_channel["north"].outcome is Outcome.UNCONVERGED
    assert by_channel["north"].reason == "not tried: come back in an hour"
