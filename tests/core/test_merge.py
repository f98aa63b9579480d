"""The table of the three-way merge, written out row by row and then tried in every combination."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from mercer.core import policy as policies
from mercer.core.merge import Cause, Owner, Sides, State, Verdict, merge
from mercer.core.policy import BUILT_IN, Policy

OURS, THEIRS = "9.00 CNY", "12.00 CNY"
BASE = "10.00 CNY"
NEW = "1.00 CNY"


def judged(
    base: str | None,
    desired: str | None,
    observed: str | None,
    policy: Policy = policies.OURS,
    *,
    owner: Owner = Owner.MERCER,
    in_flight: str | None = None,
    gone: bool = False,
) -> Verdict:
    return merge(Sides(base, desired, observed, in_flight, gone), owner, policy)


class TestTheTable:
    def test_an_unknown_base_with_equal_sides_is_agreed(self) -> None:
        assert judged(None, BASE, BASE) == Verdict(State.AGREED, BASE)

    def test_an_unknown_base_with_different_sides_is_left_to_a_person(self) -> None:
        for policy in BUILT_IN.values():
            assert judged(None, OURS, THEIRS, policy) == Verdict(State.UNAGREED, None)

    def test_three_equal_sides_are_agreed(self) -> None:
        assert judged(BASE, BASE, BASE) == Verdict(State.AGREED, BASE)

    def test_a_new_wish_is_pushed_when_the_channel_stood_still(self) -> None:
        for policy in BUILT_IN.values():
            expected = Verdict(State.PUSH, BASE, cause=Cause.MOVED)
            assert judged(BASE, OURS, BASE, policy) == expected

    @pytest.mark.parametrize(
        ("policy", "verdict"),
        [
            (policies.OURS, Verdict(State.PUSH, BASE, cause=Cause.DRIFT)),
            (policies.THEIRS, Verdict(State.AGREED, THEIRS, cause=Cause.DRIFT, override=THEIRS)),
            (policies.LOWEST, Verdict(State.PUSH, BASE, cause=Cause.DRIFT)),
            (policies.HIGHEST, Verdict(State.AGREED, THEIRS, cause=Cause.DRIFT, override=THEIRS)),
            (policies.ASK, Verdict(State.DRIFT, BASE, cause=Cause.DRIFT)),
        ],
    )
    def test_another_hand_on_the_channel_is_drift(self, policy: Policy, verdict: Verdict) -> None:
        assert judged(BASE, BASE, THEIRS, policy) == verdict

    def test_both_sides_moving_to_the_same_value_is_agreed(self) -> None:
        assert judged(BASE, NEW, NEW, policies.ASK) == Verdict(State.AGREED, NEW)

    @pytest.mark.parametrize(
        ("policy", "verdict"),
        [
            (policies.OURS, Verdict(State.PUSH, BASE, cause=Cause.CONFLICT)),
            (policies.THEIRS, Verdict(State.AGREED, THEIRS, cause=Cause.CONFLICT, override=THEIRS)),
            (policies.LOWEST, Verdict(State.PUSH, BASE, cause=Cause.CONFLICT)),
            (
                policies.HIGHEST,
                Verdict(State.AGREED, THEIRS, cause=Cause.CONFLICT, override=THEIRS),
            ),
            (policies.ASK, Verdict(State.CONFLICT, BASE, cause=Cause.CONFLICT)),
        ],
    )
    def test_both_sides_moving_apart_is_a_conflict(self, policy: Policy, verdict: Verdict) -> None:
        assert judged(BASE, OURS, THEIRS, policy) == verdict

    def test_an_unknown_wish_is_blocked(self) -> None:
        for observed in (None, BASE, THEIRS):
            expected = Verdict(State.BLOCKED, BASE, cause=Cause.NO_DESIRED)
            assert judged(BASE, None, observed) == expected

    def test_a_cell_never_read_is_blocked(self) -> None:
        assert judged(BASE, OURS, None) == Verdict(State.BLOCKED, BASE, cause=Cause.NO_OBSERVED)

    def test_what_the_channel_owns_is_followed(self) -> None:
        for desired in (None, OURS):
            verdict = judged(BASE, desired, THEIRS, owner=Owner.CHANNEL)
            assert verdict == Verdict(State.FOLLOWED, THEIRS)

    def test_what_is_gone_is_missing_and_keeps_its_base(self) -> None:
        for owner in Owner:
            verdict = judged(BASE, OURS, THEIRS, owner=owner, in_flight=OURS, gone=True)
            assert verdict == Verdict(State.MISSING, BASE)

    def test_a_write_not_seen_yet_is_in_flight(self) -> None:
        for owner, observed in product(Owner, (None, BASE, THEIRS)):
            verdict = judged(BASE, OURS, observed, owner=owner, in_flight=OURS)
            assert verdict == Verdict(State.IN_FLIGHT, BASE, OURS)

    def test_a_write_seen_at_the_channel_is_agreed(self) -> None:
        assert judged(BASE, OURS, OURS, in_flight=OURS) == Verdict(State.AGREED, OURS)

    def test_a_write_seen_after_the_wish_moved_on_is_the_new_base(self) -> None:
        expected = Verdict(State.PUSH, OURS, cause=Cause.MOVED)
        assert judged(BASE, NEW, OURS, policies.THEIRS, in_flight=OURS) == expected
        blocked = Verdict(State.BLOCKED, OURS, cause=Cause.NO_DESIRED)
        assert judged(None, None, OURS, in_flight=OURS) == blocked

    def test_a_known_nothing_is_a_value_like_any_other(self) -> None:
        assert judged(BASE, "", BASE) == Verdict(State.PUSH, BASE, cause=Cause.MOVED)
        assert judged("", "", "") == Verdict(State.AGREED, "")
        assert judged(BASE, BASE, "", policies.THEIRS).override == ""
        assert judged(BASE, "", "", in_flight="") == Verdict(State.AGREED, "")


class TestLowestAndHighest:
    @pytest.mark.parametrize("desired", ["9.00 CNY", "100.00 CNY"])
    def test_amounts_decide_and_not_their_text(self, desired: str) -> None:
        cheaper = desired == "9.00 CNY"
        lowest = judged("50.00 CNY", desired, "20.00 CNY", policies.LOWEST)
        highest = judged("50.00 CNY", desired, "20.00 CNY", policies.HIGHEST)
        assert (lowest.state is State.PUSH) == cheaper
        assert (highest.state is State.PUSH) == (not cheaper)

    @pytest.mark.parametrize(
        ("desired", "observed"),
        [
            ("9.00 CNY", "12.00 USD"),
            ("12.00 CNY", "9.00 USD"),
            ("9.00 CNY", ""),
            ("", "12.00 CNY"),
            ("9.00 CNY", "a title"),
            ("listed", "delisted"),
        ],
    )
    @pytest.mark.parametrize("policy", [policies.LOWEST, policies.HIGHEST])
    def test_what_cannot_be_ordered_is_left_to_a_person(
        self, desired: str, observed: str, policy: Policy
    ) -> None:
        assert judged(BASE, desired, observed, policy).state is State.CONFLICT
        assert judged(desired, desired, observed, policy).state is State.DRIFT


DOMAIN = (None, "", "a", "b", "1.00 CNY", "9.00 CNY", "10.00 CNY", "2.00 USD")


def everything() -> Iterator[tuple[Sides, Owner, Policy, Verdict]]:
    sides = product(DOMAIN, DOMAIN, DOMAIN, DOMAIN, (False, True))
    for each, owner, policy in product((Sides(*one) for one in sides), Owner, BUILT_IN.values()):
        yield each, owner, policy, merge(each, owner, policy)


def test_nothing_is_pushed_that_is_unknown_owned_by_the_channel_or_in_flight() -> None:
    for sides, owner, _, verdict in everything():
        if verdict.state is State.PUSH:
            assert sides.desired is not None
            assert sides.observed is not None
            assert verdict.base is not None
            assert verdict.in_flight is None
            assert sides.in_flight in (None, sides.observed)
            assert owner is Owner.MERCER
            assert not sides.gone
            assert sides.desired != sides.observed


def test_a_push_rests_on_a_still_channel_or_on_a_policy() -> None:
    for sides, _, policy, verdict in everything():
        if verdict.state is State.PUSH and sides.observed != verdict.base:
            assert policy not in (policies.THEIRS, policies.ASK)
            assert verdict.cause in (Cause.DRIFT, Cause.CONFLICT)


def test_what_waits_for_a_person_carries_no_value() -> None:
    waiting = {State.UNAGREED, State.DRIFT, State.CONFLICT, State.BLOCKED, State.MISSING}
    for _, _, _, verdict in everything():
        if verdict.state in waiting:
            assert verdict.override is None
            assert verdict.in_flight is None


def test_an_agreed_base_is_what_the_channel_shows() -> None:
    for sides, _, _, verdict in everything():
        if verdict.state in (State.AGREED, State.FOLLOWED):
            assert verdict.base == sides.observed
        if verdict.state is State.AGREED:
            assert sides.observed is not None
            assert verdict.override in (None, sides.observed)
            assert (verdict.override is None) == (sides.desired == sides.observed)


def test_an_override_is_only_a_channels_value_that_prevails() -> None:
    for sides, owner, policy, verdict in everything():
        if verdict.override is not None:
            assert verdict.state is State.AGREED
            assert verdict.override == sides.observed != sides.desired
            assert owner is Owner.MERCER
            assert policy in (policies.THEIRS, policies.LOWEST, policies.HIGHEST)


def test_a_base_changes_only_to_what_the_channel_shows() -> None:
    for sides, _, _, verdict in everything():
        assert verdict.base in (sides.base, sides.observed)


def test_two_currencies_are_never_ordered() -> None:
    for sides, _, policy, verdict in everything():
        mixed = {str(sides.desired)[-3:], str(sides.observed)[-3:]} == {"CNY", "USD"}
        if mixed and policy in (policies.LOWEST, policies.HIGHEST):
            assert verdict.override is None
            assert verdict.cause not in (Cause.DRIFT, Cause.CONFLICT) or verdict.state in (
                State.DRIFT,
                State.CONFLICT,
            )


def test_merging_again_with_the_result_changes_nothing() -> None:
    for sides, owner, policy, verdict in everything():
        if sides.gone:
            continue
        desired = sides.desired if verdict.override is None else verdict.override
        again = Sides(verdict.base, desired, sides.observed, verdict.in_flight)
        second = merge(again, owner, policy)
        assert (second.state, second.base) == (verdict.state, verdict.base)
        assert second.override is None
