"""Rows that cannot be understood, and the others beside them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mercer.core.errors import ProtocolBroken, Rejected, Transient
from mercer.plugins.aside import fetched, original, understood

Row = dict[str, Any]


def number(row: Row) -> int | None:
    if row.get("skipped"):
        return None
    if row["n"] < 0:
        raise ProtocolBroken("n is below zero")
    return int(row["n"])


def name(row: Row) -> str:
    return str(row["id"])


def test_a_row_that_cannot_be_understood_is_set_aside_and_the_others_go_on() -> None:
    rows: list[Row] = [{"id": "a", "n": 1}, {"id": "b"}, {"id": "c", "n": -1}, {"id": "d", "n": 2}]
    found, aside = understood(rows, number, name)
    assert found == (1, 2)
    assert [(each.id, each.reason) for each in aside] == [
        ("b", "KeyError: 'n'"),
        ("c", "n is below zero"),
    ]
    assert aside[0].payload == '{"id": "b"}'


def test_a_row_that_is_nothing_of_ours_is_neither_told_nor_set_aside() -> None:
    assert understood([{"id": "a", "skipped": True}], number, name) == ((), ())


def test_a_payload_keeps_every_digit_and_every_character() -> None:
    assert original({"price": Decimal("0.10"), "名": "杯"}) == '{"price": "0.10", "名": "杯"}'


async def test_what_is_refused_or_broken_by_its_id_does_not_stop_the_others() -> None:
    async def fetch(id: str) -> Row | None:
        match id:
            case "gone":
                return None
            case "refused":
                raise Rejected("no such thing")
        return {"id": "another name", "n": int(id)}

    found, aside = await fetched(["1", "gone", "refused", "-1", "2"], fetch, number)
    assert found == (1, 2)
    assert [each.id for each in aside] == ["refused", "-1"]


async def test_a_failure_of_the_platform_itself_is_not_taken_for_a_bad_row() -> None:
    async def fetch(id: str) -> Row | None:
        raise Transient(f"{id}: the platform is down", in_doubt=False)

    with pytest.raises(Transient):
        await fetched(["1"], fetch, number)
