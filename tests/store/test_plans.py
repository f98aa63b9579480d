"""Plans, runs and channels are read as they were stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mercer.core.cell import CellKey, Field
from mercer.core.outcome import Outcome
from mercer.core.plan import (
    Change,
    ChangeKind,
    ChannelSums,
    PlanHeader,
    Stake,
    Totals,
    checksum,
)
from mercer.core.review import by_risk
from mercer.store import channels, plans, runs
from mercer.store.channels import ChannelState
from mercer.store.database import Database
from mercer.store.plans import Plan

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)

words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=10)
counts = st.integers(0, 2**31)
some_changes = st.lists(
    st.builds(
        Change,
        words,
        st.sampled_from(list(ChangeKind)),
        st.builds(CellKey, words, words, words, st.sampled_from(list(Field)), words),
        words,
        words,
        st.none() | words,
        st.none() | words,
        words,
        st.sampled_from(["", "big-move: it is"]),
        st.builds(
            Stake, st.none() | counts, st.none() | words, st.none() | st.integers(-(2**39), 2**39)
        ),
    ),
    max_size=8,
)


def header(id: str = "p1", made_at: datetime = NOW) -> PlanHeader:
    return PlanHeader(
        id,
        made_at,
        made_at + timedelta(hours=24),
        ("north",),
        (Field.PRICE, Field.STOCK),
        {"price_book": 3},
        {"north": "max_move_percent=30"},
        ("big-move (tester: a sale)",),
        "tester",
    )


def store(database: Database, plan: Plan, made: list[Change]) -> None:
    with database.write() as tx:
        plans.begin(tx, plan.header)
        plans.add_changes(tx, plan.header.id, 1, made)
        plans.finish(tx, plan)


@settings(max_examples=50)
@given(some_changes)
def test_a_plan_is_read_as_it_was_stored_so_its_checksum_holds(
    shared: Database, made: list[Change]
) -> None:
    sums = ChannelSums("north", "CNY", 1, 2, 1, 0, "8.00 CNY", None, "1")
    totals = Totals(
        len(made), 1, 7, 2.5, ("north: 8.00 CNY",), (), "8.00 CNY", None, "CNY", (sums,)
    )
    plan = Plan(header(), checksum(header(), made, totals), totals, ("a note",))
    with shared.rehearsal() as database:
        store(database, plan, made)
        with database.read() as tx:
            found = plans.find(tx, "p1")
            assert found == plan
            assert list(plans.changes_of(tx, "p1")) == made
            changes = plans.changes_of(tx, "p1")
            assert checksum(found.header, changes, found.totals) == plan.checksum


@settings(max_examples=50)
@given(some_changes, st.integers(1, 10**7))
def test_the_database_puts_changes_into_the_order_that_the_core_does(
    shared: Database, made: list[Change], weight: int
) -> None:
    known = {each.cell.channel: weight for each in made[::2]}
    with shared.rehearsal() as database:
        store(database, Plan(header(), "", Totals()), made)
        with database.read() as tx:
            assert list(plans.by_risk(tx, "p1", known)) == by_risk(made, known)
            first = list(plans.by_risk(tx, "p1", known, 1))
    assert first == [
        *[each for each in by_risk(made, known) if not each.blocked][:1],
        *[each for each in by_risk(made, known) if each.blocked][:1],
    ]


def test_the_latest_plan_is_the_last_one_made_even_in_one_instant(database: Database) -> None:
    for number in (8, 9, 10):
        store(database, Plan(header(f"p{number}"), "", Totals()), [])
    with database.read() as tx:
        assert plans.latest(tx) == "p10"
        assert plans.find(tx, "p11") is None


def test_there_is_no_latest_plan_in_an_empty_workspace(database: Database) -> None:
    with database.read() as tx:
        assert plans.latest(tx) is None


def change(id: str) -> Change:
    cell = CellKey("north", "1", id, Field.PRICE)
    return Change(id, ChangeKind.UPDATE, cell, "S", "", "1.00 CNY", "2.00 CNY", "")


@pytest.mark.parametrize("number", [0, 1, 49, 50, 51, 123])
def test_however_many_changes_are_stored_each_is_there_once_and_in_order(
    database: Database, number: int
) -> None:
    made = [change(f"c{index}") for index in range(number)]
    store(database, Plan(header(), "", Totals()), made)
    with database.read() as tx:
        assert list(plans.changes_of(tx, "p1")) == made


def test_an_intent_is_open_until_it_is_settled(database: Database) -> None:
    store(database, Plan(header(), "", Totals()), [])
    with database.write() as tx:
        run = runs.begin(tx, "p1", NOW).id
        first, second = runs.intend(tx, run, [change("a"), change("b")], "key", NOW)
        assert [intent.id for intent in runs.unsettled(tx, "north")] == [first, second]
        assert runs.unsettled(tx, "south") == []
        runs.heard(tx, {first: runs.Heard("accepted")}, NOW, settled=False)
        runs.heard(tx, {second: runs.Heard("rejected", "NO", "no")}, NOW, settled=True)
        (intent,) = runs.unsettled(tx, "north")
        assert (intent.id, intent.outcome, intent.after) == (first, "accepted", "2.00 CNY")
        runs.settle(tx, [first], "confirmed", NOW)
        assert runs.unsettled(tx, "north") == []
        assert [row["settled"] for row in runs.attempts_of(tx, run)] == ["confirmed", "rejected"]


def test_the_end_of_a_change_is_kept_and_a_later_word_replaces_it(database: Database) -> None:
    store(database, Plan(header(), "", Totals()), [])
    with database.write() as tx:
        run = runs.begin(tx, "p1", NOW).id
        runs.record(tx, run, {"a": (Outcome.UNCONVERGED, "slow")})
        runs.record(tx, run, {"a": (Outcome.CONFIRMED, ""), "b": (Outcome.STALE, "moved")})
        assert runs.results_of(tx, run) == {
            "a": (Outcome.CONFIRMED, ""),
            "b": (Outcome.STALE, "moved"),
        }


def test_how_far_a_channel_was_read_is_kept(database: Database) -> None:
    state = ChannelState("north", NOW, None, NOW, NOW + timedelta(microseconds=1))
    with database.write() as tx:
        assert channels.state_of(tx, "north") == ChannelState("north")
        channels.save_state(tx, state)
        assert channels.state_of(tx, "north") == state
