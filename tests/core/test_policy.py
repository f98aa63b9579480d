"""Whose value prevails, by the policies that are built in and by those of strangers."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from mercer.core.cell import Field
from mercer.core.merge import Cause, Owner, Sides, State, merge
from mercer.core.policy import BUILT_IN, OURS, THEIRS, Dispute, Policy, Side, Unplugged, prevailing


def dispute(desired: str = "9.00 CNY", observed: str = "12.00 CNY") -> Dispute:
    return Dispute("north", Field.PRICE, "10.00 CNY", desired, observed)


@dataclass(frozen=True)
class Theirs:
    """A stranger's: small moves of the shop hold."""

    most: int = 300
    name: str = "small-moves"

    def prevailing(self, dispute: Dispute) -> Side | None:
        ours, theirs = (float(text.split()[0]) for text in (dispute.desired, dispute.observed))
        return Side.THEIRS if abs(ours - theirs) * 100 <= self.most else Side.OURS


class Broken(Theirs):
    def prevailing(self, dispute: Dispute) -> Side | None:
        raise RuntimeError("it rains")


class Nonsense(Theirs):
    def prevailing(self, dispute: Dispute) -> Side | None:
        return "the cheaper one"  # type: ignore[return-value]


def test_every_built_in_policy_is_found_by_its_name() -> None:
    assert list(BUILT_IN) == ["ours", "theirs", "lowest", "highest", "ask"]
    assert [each.name for each in BUILT_IN.values()] == list(BUILT_IN)


def test_a_strangers_policy_decides_like_one_that_is_built_in() -> None:
    assert prevailing(Theirs(), dispute()) is Side.THEIRS
    assert prevailing(Theirs(), dispute(observed="20.00 CNY")) is Side.OURS
    kept = merge(Sides("10.00 CNY", "9.00 CNY", "12.00 CNY"), Owner.MERCER, Theirs())
    assert (kept.state, kept.override) == (State.AGREED, "12.00 CNY")
    pushed = merge(Sides("10.00 CNY", "9.00 CNY", "20.00 CNY"), Owner.MERCER, Theirs())
    assert (pushed.state, pushed.cause) == (State.PUSH, Cause.CONFLICT)


@pytest.mark.parametrize("policy", [Broken(), Nonsense(), Unplugged("small-moves")])
def test_a_policy_that_fails_or_says_nonsense_or_is_not_there_leaves_it_to_a_person(
    policy: Policy,
) -> None:
    assert prevailing(policy, dispute()) is None
    verdict = merge(Sides("10.00 CNY", "9.00 CNY", "12.00 CNY"), Owner.MERCER, policy)
    assert verdict.state is State.CONFLICT


def test_another_currency_is_never_kept_as_the_channels_own_price() -> None:
    assert prevailing(THEIRS, dispute(observed="12.00 USD")) is None
    assert prevailing(OURS, dispute(observed="12.00 USD")) is Side.OURS
    assert prevailing(THEIRS, dispute(observed="")) is Side.THEIRS


def test_a_policy_is_told_the_channel_and_the_field() -> None:
    seen: list[Dispute] = []

    class Curious(Theirs):
        def prevailing(self, dispute: Dispute) -> Side | None:
            seen.append(dispute)
            return None

    merge(Sides("a", "b", "c"), Owner.MERCER, Curious(), Field.TITLE, "north")
    assert seen == [Dispute("north", Field.TITLE, "a", "b", "c")]
