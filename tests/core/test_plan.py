from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.cell import CellKey, Field, Lane
from mercer.core.plan import (
    Change,
    ChangeKind,
    ChannelSums,
    Checksum,
    PlanHeader,
    Stake,
    Totals,
    checksum,
)

MADE = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
HEADER = PlanHeader(
    id="p1",
    made_at=MADE,
    expires_at=MADE + timedelta(hours=1),
    channels=("tmall", "us"),
    fields=(Field.PRICE, Field.COMPARE_AT),
    versions={"prices": 3, "links": 7},
    guards={"tmall": "max-move 30", "us": "max-move 50"},
    allowed=("big-move:A by lin: sale",),
)
CHANGE = Change(
    id="c1",
    kind=ChangeKind.UPDATE,
    cell=CellKey("tmall", "100", "200", Field.PRICE, "north"),
    sku="A",
    group="g1",
    before="12.00 CNY",
    after="10.00 CNY",
    why="price book 3",
    guard="",
)
OTHER = CHANGE._replace(id="c2", sku="B")
SUMS = ChannelSums("us", "USD", 1, 1, 0, 0, "2.00 CNY", "0.00 CNY", "7.1")
TOTALS = Totals(1, cuts="2.00 CNY", rises="0.00 CNY", currency="CNY", sums=(SUMS,))

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
"""Of any character, half ones and controls included."""


def changes() -> st.SearchStrategy[Change]:
    numbers = st.none() | st.integers()
    texts = st.none() | ANY_TEXT
    cells = st.builds(CellKey, ANY_TEXT, ANY_TEXT, ANY_TEXT, st.sampled_from(Field), ANY_TEXT)
    stakes = st.just(Stake()) | st.builds(Stake, numbers, texts, numbers)
    return st.builds(
        Change, ANY_TEXT, st.sampled_from(ChangeKind), cells, ANY_TEXT, ANY_TEXT, texts, texts,
        ANY_TEXT, ANY_TEXT, stakes,
    )  # fmt: skip


class TestChanges:
    @pytest.mark.parametrize(
        ("field", "lane"),
        [
            (Field.STOCK, Lane.STOCK),
            (Field.STATUS, Lane.STATUS),
            (Field.PRICE, Lane.PRICE),
            (Field.TITLE, Lane.CONTENT),
        ],
    )
    def test_an_update_goes_in_the_lane_of_its_field(self, field: Field, lane: Lane) -> None:
        assert CHANGE._replace(cell=CHANGE.cell._replace(field=field)).lane is lane

    def test_a_creation_is_content_whatever_its_field(self) -> None:
        assert CHANGE._replace(kind=ChangeKind.CREATE).lane is Lane.CONTENT

    def test_a_change_that_a_guard_stopped_is_blocked(self) -> None:
        assert CHANGE._replace(guard="big-move").blocked is True
        assert CHANGE.blocked is False

    def test_totals_start_at_nothing(self) -> None:
        assert Totals() == Totals(changes=0, blocked=0, calls=0, seconds=0.0, at_risk=())


class TestChecksum:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("id", "c9"),
            ("kind", ChangeKind.CREATE),
            ("sku", "Z"),
            ("group", "g9"),
            ("before", "12.01 CNY"),
            ("before", None),
            ("before", ""),
            ("after", "9.00 CNY"),
            ("after", None),
            ("why", "price book 4"),
            ("guard", "big-move"),
            ("stake", Stake(units=1)),
            ("stake", Stake(cost="1.00 CNY")),
            ("stake", Stake(moved=0)),
        ],
    )
    def test_it_covers_every_field_of_a_change(self, field: str, value: Any) -> None:
        changed = CHANGE._replace(**{field: value})
        assert checksum(HEADER, [changed]) != checksum(HEADER, [CHANGE])

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("channel", "us"),
            ("listing", "101"),
            ("offer", "201"),
            ("field", Field.COMPARE_AT),
            ("scope", ""),
        ],
    )
    def test_it_covers_every_part_of_the_cell(self, field: str, value: Any) -> None:
        changed = CHANGE._replace(cell=CHANGE.cell._replace(**{field: value}))
        assert checksum(HEADER, [changed]) != checksum(HEADER, [CHANGE])

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("id", "p2"),
            ("made_at", MADE + timedelta(microseconds=1)),
            ("expires_at", MADE + timedelta(hours=2)),
            ("channels", ("tmall",)),
            ("channels", ("us", "tmall")),
            ("fields", (Field.PRICE,)),
            ("versions", {"prices": 4, "links": 7}),
            ("versions", {"prices": 3}),
            ("guards", {"tmall": "max-move 31", "us": "max-move 50"}),
            ("guards", {"tmall": "max-move 50", "us": "max-move 30"}),
            ("allowed", ()),
            ("who", "lin"),
        ],
    )
    def test_it_covers_every_field_of_the_header(self, field: str, value: Any) -> None:
        changed = replace(HEADER, **{field: value})
        assert checksum(changed, [CHANGE]) != checksum(HEADER, [CHANGE])

    @pytest.mark.parametrize(
        "totals",
        [
            replace(TOTALS, cuts="1.00 CNY"),
            replace(TOTALS, rises=None),
            replace(TOTALS, sums=(replace(SUMS, rate="7.2"),)),
            replace(TOTALS, sums=(replace(SUMS, blocked=1),)),
            Totals(),
        ],
    )
    def test_it_covers_what_a_reviewer_is_told_of_all_changes(self, totals: Totals) -> None:
        assert checksum(HEADER, [CHANGE], totals) != checksum(HEADER, [CHANGE], TOTALS)

    def test_it_covers_the_order_of_changes_and_how_many_there_are(self) -> None:
        sums = {
            checksum(HEADER, changes)
            for changes in ([], [CHANGE], [CHANGE, OTHER], [OTHER, CHANGE], [CHANGE, CHANGE])
        }
        assert len(sums) == 5

    def test_the_order_in_which_inputs_are_named_means_nothing(self) -> None:
        turned = replace(
            HEADER,
            versions=dict(reversed([*HEADER.versions.items()])),
            guards=dict(reversed([*HEADER.guards.items()])),
        )
        assert checksum(turned, [CHANGE]) == checksum(HEADER, [CHANGE])

    def test_changes_one_by_one_are_the_same_as_all_at_once(self) -> None:
        digest = Checksum(HEADER)
        for change in (CHANGE, OTHER):
            digest.add(change)
        assert digest.sealed(Totals()) == checksum(HEADER, iter([CHANGE, OTHER]))

    def test_it_is_sha_256_of_canonical_json_lines_and_stays_so(self) -> None:
        """Stored plans are checked against it: another form would make all of them look forged."""
        assert checksum(HEADER, [CHANGE]) == (
            "90bf9d431e39014c25fbf2619d0e87e922543c846cf91e79f0571b5ef449241f"
        )

    @given(changes())
    def test_a_change_is_said_just_as_json_says_it(self, change: Change) -> None:
        cell, stake = change.cell, change.stake
        said: list[str | int | None] = [
            change.id, change.kind, cell.channel, cell.listing, cell.offer, cell.field, cell.scope,
            change.sku, change.group, change.before, change.after, change.why, change.guard,
        ]  # fmt: skip
        known = [stake.units, stake.cost, stake.moved]
        whole = said if known == [None, None, None] else [*said, *known]
        assert change.canonical() == json.dumps(whole, separators=(",", ":"))

    def test_a_text_that_is_not_valid_unicode_still_has_a_checksum(self) -> None:
        broken = CHANGE._replace(after="half an emoji \ud83d")
        assert checksum(HEADER, [broken]) != checksum(HEADER, [CHANGE])

    @given(st.text(), st.text(), st.text(), st.text())
    def test_text_never_runs_over_into_the_next_field(self, a: str, b: str, c: str, d: str) -> None:
        one = checksum(HEADER, [CHANGE._replace(sku=a, group=b)])
        two = checksum(HEADER, [CHANGE._replace(sku=c, group=d)])
        assert (one == two) == ((a, b) == (c, d))
