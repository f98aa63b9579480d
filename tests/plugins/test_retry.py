from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.clock import VirtualClock
from mercer.core.errors import (
    AuthExpired,
    PlatformError,
    ProtocolBroken,
    Rejected,
    Stale,
    Throttled,
    Transient,
    Unsupported,
)
from mercer.plugins.retry import ATTEMPTS, LONGEST_WAIT, retrying

BEFORE = Transient("no connection", in_doubt=False)
AFTER = Transient("no answer", in_doubt=True)


class Platform:
    """Answers with each error in turn, then with success; remembers when it was asked."""

    def __init__(self, errors: Sequence[Exception]) -> None:
        self.clock = VirtualClock()
        self.errors = list(errors)
        self.asked: list[float] = []
        self.numbers: list[int] = []

    async def send(self, attempt: int) -> str:
        self.asked.append((self.clock.now() - VirtualClock().now()).total_seconds())
        self.numbers.append(attempt)
        if self.errors:
            raise self.errors.pop(0)
        return "done"

    async def ask(self, *, repeatable: bool, seed: int = 1) -> str:
        return await retrying(self.send, self.clock, random.Random(seed), repeatable=repeatable)


@pytest.mark.parametrize("repeatable", [True, False])
async def test_what_succeeds_is_asked_once(repeatable: bool) -> None:
    platform = Platform([])
    assert await platform.ask(repeatable=repeatable) == "done"
    assert platform.asked == [0.0]


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("error", [BEFORE, Throttled("slow down", delay=2.0), Throttled("busy")])
async def test_what_cannot_have_happened_is_sent_again(
    error: PlatformError, repeatable: bool
) -> None:
    platform = Platform([error])
    assert await platform.ask(repeatable=repeatable) == "done"
    assert platform.numbers == [1, 2]


async def test_a_read_in_doubt_is_sent_again() -> None:
    platform = Platform([AFTER])
    assert await platform.ask(repeatable=True) == "done"
    assert platform.numbers == [1, 2]


@pytest.mark.parametrize("before", [[], [BEFORE], [Throttled("busy", delay=1.0), BEFORE]])
async def test_a_write_in_doubt_is_never_repeated(before: list[Exception]) -> None:
    platform = Platform([*before, AFTER])
    with pytest.raises(Transient) as caught:
        await platform.ask(repeatable=False)
    assert caught.value.in_doubt
    assert len(platform.asked) == len(before) + 1


@pytest.mark.parametrize(
    "error",
    [
        AuthExpired("renew"),
        Rejected("bad title"),
        Stale("moved on"),
        Unsupported("no such thing"),
        ProtocolBroken("not JSON"),
        ValueError("a fault of ours"),
    ],
)
async def test_what_will_not_mend_itself_is_not_sent_again(error: Exception) -> None:
    platform = Platform([error])
    with pytest.raises(type(error)) as caught:
        await platform.ask(repeatable=True)
    assert caught.value is error
    assert len(platform.asked) == 1


async def test_the_last_error_is_raised_when_all_attempts_are_used_up() -> None:
    errors = [Transient(f"attempt {number}", in_doubt=False) for number in range(1, 9)]
    platform = Platform(errors)
    with pytest.raises(Transient, match=f"attempt {ATTEMPTS}"):
        await platform.ask(repeatable=True)
    assert platform.numbers == [1, 2, 3, 4, 5]


@given(st.floats(0.0, LONGEST_WAIT), st.integers(0, 100))
async def test_a_platforms_own_delay_is_kept_to_and_hardly_exceeded(
    delay: float, seed: int
) -> None:
    platform = Platform([Throttled("slow down", delay=delay)])
    await platform.ask(repeatable=False, seed=seed)
    assert delay - 1e-6 <= platform.asked[1] <= delay + 0.125 + 1e-6


async def test_a_delay_of_the_longest_wait_is_waited_out_and_a_longer_ban_is_not() -> None:
    patient = Platform([Throttled("slow down", delay=LONGEST_WAIT)])
    assert await patient.ask(repeatable=True) == "done"
    banned = Platform([Throttled("come back tomorrow", delay=LONGEST_WAIT + 0.1)])
    with pytest.raises(Throttled) as caught:
        await banned.ask(repeatable=True)
    assert caught.value.delay == LONGEST_WAIT + 0.1
    assert banned.asked == [0.0]
    assert banned.clock.now() == VirtualClock().now()


@pytest.mark.parametrize("error", [BEFORE, Throttled("busy")])
@given(seed=st.integers(0, 1000))
async def test_without_a_word_from_the_platform_waits_double_and_are_spread(
    error: PlatformError, seed: int
) -> None:
    platform = Platform([error] * (ATTEMPTS - 1))
    await platform.ask(repeatable=True, seed=seed)
    waits = [
        after - before for before, after in zip(platform.asked, platform.asked[1:], strict=False)
    ]
    for wait, longest in zip(waits, (1, 2, 4, 8), strict=True):
        assert longest / 2 - 1e-5 <= wait <= longest + 1e-5
