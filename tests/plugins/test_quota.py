from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.clock import VirtualClock
from mercer.core.contract import Quota
from mercer.core.quota import ALONE, BULK, NEEDED, POLL, WORK, Charge, Limiter, urgency, working
from mercer.plugins.quota import MemoryLimiter

CALLS = Quota("calls", rate=2.0, burst=4.0)
POINTS = Quota("points", rate=10.0, burst=20.0)
ROUNDING = 1e-5
"""Units. Clocks count whole microseconds and floats of this century's seconds a quarter of one."""

rates = st.floats(0.05, 100.0)
costs = st.floats(0.1, 5.0)
pauses = st.floats(0.0, 20.0)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def limiter() -> MemoryLimiter:
    return MemoryLimiter()


def charge(quota: Quota = CALLS, cost: float = 1.0, account: str = "shop") -> Charge:
    return Charge(account, quota, cost)


async def pay(limiter: Limiter, clock: VirtualClock, *charges: Charge) -> float:
    """Wait as long as it takes; return for how long, in seconds."""
    began = clock.now()
    while wait := limiter.acquire(charges, clock.now()):
        await clock.sleep(wait)
    return (clock.now() - began).total_seconds()


@given(rates, st.floats(5.0, 50.0), st.lists(st.tuples(pauses, costs), max_size=40))
def test_no_window_grants_more_than_its_burst_and_rate(
    rate: float, burst: float, requests: list[tuple[float, float]]
) -> None:
    quota, limiter, clock = Quota("calls", rate, burst), MemoryLimiter(), VirtualClock()
    grants: list[tuple[float, float]] = []
    for pause, cost in requests:
        clock.advance(pause)
        if limiter.acquire([charge(quota, cost)], clock.now()) == 0.0:
            grants.append((clock.now().timestamp(), cost))
    for start, (began, _) in enumerate(grants):
        spent = 0.0
        for moment, cost in grants[start:]:
            spent += cost
            assert spent <= burst + rate * (moment - began) + ROUNDING * max(rate, 1.0)


@given(rates, st.lists(costs, min_size=1, max_size=30))
async def test_who_waits_as_told_is_granted_and_no_later_than_the_rate_allows(
    rate: float, wanted: list[float]
) -> None:
    quota, limiter, clock = Quota("calls", rate, burst=5.0), MemoryLimiter(), VirtualClock()
    waited = 0.0
    for cost in wanted:
        waited += await pay(limiter, clock, charge(quota, cost))
    needed = max(0.0, (sum(wanted) - 5.0) / rate)
    assert waited == pytest.approx(needed, abs=len(wanted) * 5e-6)


@given(
    rates,
    st.integers(5, 50),
    st.integers(1, 4),
    st.lists(st.tuples(pauses, costs, st.booleans()), max_size=40),
)
def test_what_leaves_a_reserve_never_takes_it(
    rate: float, burst: int, reserve: int, requests: list[tuple[float, float, bool]]
) -> None:
    """After each grant to bulk work, as much as the reserve can be taken at once by what is urgent."""
    quota, limiter, clock = Quota("calls", rate, float(burst)), MemoryLimiter(), VirtualClock()
    for pause, cost, urgent in requests:
        clock.advance(pause)
        asked = Charge("shop", quota, cost, 0.0 if urgent else float(reserve))
        granted = limiter.acquire([asked], clock.now()) == 0.0
        if granted and not urgent and cost <= burst - reserve:
            probe = Charge("shop", quota, reserve - ROUNDING * max(rate, 1.0))
            spare = MemoryLimiter()
            spare._arrivals = dict(limiter._arrivals)
            assert spare.acquire([probe], clock.now()) == 0.0


@given(rates, st.integers(1, 4), st.lists(costs, min_size=1, max_size=30))
async def test_a_reserve_costs_bulk_work_nothing_but_a_smaller_burst(
    rate: float, reserve: int, wanted: list[float]
) -> None:
    quota, limiter, clock = Quota("calls", rate, burst=10.0), MemoryLimiter(), VirtualClock()
    waited = 0.0
    for cost in wanted:
        waited += await pay(limiter, clock, Charge("shop", quota, cost, float(reserve)))
    needed = max(0.0, (sum(wanted) - (10.0 - reserve)) / rate)
    assert waited == pytest.approx(needed, abs=len(wanted) * 5e-6)


async def test_the_urgent_passes_where_bulk_work_waits(
    limiter: MemoryLimiter, clock: VirtualClock
) -> None:
    while limiter.acquire([Charge("shop", CALLS, 1.0, 1.0)], clock.now()) == 0.0:
        pass
    assert limiter.acquire([charge()], clock.now()) == 0.0
    assert limiter.acquire([charge()], clock.now()) > 0.0


def test_the_more_urgent_leaves_less_and_the_needed_nothing() -> None:
    quota = Quota("calls", 5.0, 10.0)
    assert BULK.reserve(quota) == WORK.reserve(quota) == 3
    assert POLL.reserve(quota) == 2
    assert NEEDED.reserve(quota) == ALONE.reserve(quota) == 0


def test_urgency_holds_within_and_not_after() -> None:
    with working(WORK):
        with working(NEEDED):
            assert urgency() == NEEDED
        assert urgency() == WORK
    assert urgency() == ALONE


async def test_a_fresh_account_may_spend_its_burst_at_once(
    limiter: MemoryLimiter, clock: VirtualClock
) -> None:
    assert [await pay(limiter, clock, charge()) for _ in range(4)] == [0, 0, 0, 0]
    assert limiter.acquire([charge()], clock.now()) == pytest.approx(0.5)


async def test_what_is_refused_is_not_paid_for(limiter: MemoryLimiter, clock: VirtualClock) -> None:
    await pay(limiter, clock, charge(cost=4))
    for _ in range(10):
        assert limiter.acquire([charge()], clock.now()) == pytest.approx(0.5)


async def test_several_limits_are_taken_together_or_not_at_all(
    limiter: MemoryLimiter, clock: VirtualClock
) -> None:
    await pay(limiter, clock, charge(CALLS, 4))
    assert limiter.acquire([charge(POINTS, 20), charge(CALLS)], clock.now()) > 0
    assert limiter.acquire([charge(POINTS, 20)], clock.now()) == 0


async def test_the_longest_of_several_waits_counts(
    limiter: MemoryLimiter, clock: VirtualClock
) -> None:
    await pay(limiter, clock, charge(CALLS, 4), charge(POINTS, 20))
    both = [charge(CALLS, 1), charge(POINTS, 20)]
    assert limiter.acquire(both, clock.now()) == pytest.approx(2.0)
    assert limiter.acquire(both[::-1], clock.now()) == pytest.approx(2.0)


async def test_accounts_do_not_share(limiter: MemoryLimiter, clock: VirtualClock) -> None:
    await pay(limiter, clock, charge(cost=4))
    assert limiter.acquire([charge(account="other shop")], clock.now()) == 0


async def test_a_cost_above_the_burst_waits_for_a_full_quota_and_is_paid_in_full(
    limiter: MemoryLimiter, clock: VirtualClock
) -> None:
    await pay(limiter, clock, charge(cost=1))
    assert await pay(limiter, clock, charge(cost=10)) == pytest.approx(0.5)
    assert await pay(limiter, clock, charge(cost=4)) == pytest.approx(5.0)


async def test_a_platforms_report_moves_what_is_left(
    limiter: MemoryLimiter, clock: VirtualClock
) -> None:
    limiter.report(charge(), 1.0, clock.now())
    assert await pay(limiter, clock, charge()) == 0
    assert limiter.acquire([charge()], clock.now()) == pytest.approx(0.5)
    limiter.report(charge(), 4.0, clock.now())
    assert await pay(limiter, clock, charge(cost=4)) == 0


async def test_a_report_of_more_than_the_burst_is_a_full_quota(
    limiter: MemoryLimiter, clock: VirtualClock
) -> None:
    limiter.report(charge(), 99.0, clock.now())
    assert await pay(limiter, clock, charge(cost=4)) == 0
    assert limiter.acquire([charge()], clock.now()) > 0


@pytest.mark.parametrize("seconds", [0.5, 7.0, 86_400.0])
async def test_a_ban_lets_nothing_through_until_it_is_over(
    limiter: MemoryLimiter, clock: VirtualClock, seconds: float
) -> None:
    limiter.ban(charge(), seconds, clock.now())
    nearly = clock.now() + timedelta(seconds=seconds) - timedelta(milliseconds=1)
    assert limiter.acquire([charge(cost=0.001)], nearly) > 0
    assert await pay(limiter, clock, charge(cost=1)) == pytest.approx(seconds + 0.5)


async def test_waiting_ends_at_rates_that_no_clock_can_divide(clock: VirtualClock) -> None:
    """A wait of less than a microsecond once rounded to none, and was waited for ever."""
    quota, limiter = Quota("calls", rate=3.0, burst=1.0), MemoryLimiter()
    for _ in range(50):
        await pay(limiter, clock, charge(quota))
    assert (clock.now() - VirtualClock().now()).total_seconds() == pytest.approx(49 / 3, abs=1e-4)
