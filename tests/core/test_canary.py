"""Which changes go first."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.canary import chosen
from mercer.core.cell import CellKey, Field
from mercer.core.errors import InputError
from mercer.core.plan import Change, ChangeKind
from mercer.core.terms import Share, share_from, wait_from

shares = st.builds(Share, st.integers(1, 40)) | st.builds(Share, st.integers(1, 100), st.just(True))


@st.composite
def plans(draw: st.DrawFn) -> list[Change]:
    made: list[Change] = []
    for channel in draw(st.lists(st.sampled_from("abc"), max_size=3, unique=True)):
        for offer, size in enumerate(draw(st.lists(st.integers(1, 3), min_size=1, max_size=40))):
            group = f"price:{offer}" if size > 1 or draw(st.booleans()) else ""
            kind = ChangeKind.CREATE if draw(st.integers(0, 9)) == 0 else ChangeKind.UPDATE
            guard = "big-move: too much" if draw(st.integers(0, 9)) == 0 else ""
            for part in range(size):
                cell = CellKey(channel, str(offer), str(part), Field.PRICE)
                id = f"p1.{len(made) + 1}"
                made.append(Change(id, kind, cell, "S", group, "1.00 CNY", "2.00 CNY", "", guard))
    return made


@given(plans(), shares)
def test_every_channel_is_tried_with_whole_groups_and_about_so_many_changes(
    changes: list[Change], share: Share
) -> None:
    first = chosen(changes, share)
    able = [each for each in changes if each.kind is ChangeKind.UPDATE and not each.guard]
    assert {each.id for each in first} <= {each.id for each in able}
    assert {each.cell.channel for each in first} == {each.cell.channel for each in able}
    ids = {each.id for each in first}
    for each in able:
        if each.group:
            same = (each.cell.channel, each.group)
            whole = {o.id for o in able if (o.cell.channel, o.group) == same}
            assert whole <= ids or whole.isdisjoint(ids)
    wanted = max(share.of(len(able)), 1)
    assert len(first) >= min(wanted, len(able))
    assert len(first) <= wanted + 3 * len({each.cell.channel for each in able})


def test_a_canary_comes_from_all_over_a_channels_part_of_the_plan() -> None:
    changes = [
        Change(
            f"p1.{n}", ChangeKind.UPDATE, CellKey("a", str(n), "", Field.TITLE), "S", "", "", "", ""
        )
        for n in range(100)
    ]
    assert [int(each.cell.listing) for each in chosen(changes, Share(4))] == [0, 25, 50, 75]
    assert Counter(len(chosen(changes, Share(n, percent=True))) for n in (1, 5)) == {1: 1, 5: 1}


@pytest.mark.parametrize("text", ["", "-1", "5 %", "0.5%", "101%", "x", "1e3", "五"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no number such as 20"):
        share_from(text)


@pytest.mark.parametrize("text", ["", "5", "m", "1.5h", "-5m", "5d"])
def test_what_is_no_wait_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no time such as"):
        wait_from(text)


def test_shares_and_waits_are_read_as_people_write_them() -> None:
    assert (share_from("20"), share_from(" 5%")) == (Share(20), Share(5, percent=True))
    assert [wait_from(each) for each in ("90s", "5m", "1h")] == [
        timedelta(seconds=90),
        timedelta(minutes=5),
        timedelta(hours=1),
    ]
