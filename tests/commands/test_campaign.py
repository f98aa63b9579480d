"""Campaigns from the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.commands.conftest import Mercer, Seller

FILE = "sku,price,currency\nTEE-S,8.00,CNY\n"

TIMES = ("--start", "2037-11-11", "--end", "2037-11-12")


@pytest.fixture
def asked(stocked: Seller) -> Path:
    return stocked.file("c.csv", FILE)


def test_a_dry_run_shows_both_edges_and_keeps_nothing(asked: Path, mercer: Mercer) -> None:
    book = mercer("export", "prices").out
    answer = mercer("campaign", "create", "sale", asked, *TIMES, "--dry-run")
    assert answer.code == 0, answer.err
    assert re.search(r"north +TEE-S +price +10.00 CNY +8.00 CNY +10.00 CNY", answer.out)
    assert "dry run: nothing was kept" in answer.out
    assert mercer("export", "prices").out == book
    assert mercer("campaign", "list", "--json").json == {"campaigns": []}


def test_one_that_is_made_is_listed_shown_and_cancelled(asked: Path, mercer: Mercer) -> None:
    book = mercer("export", "prices").out
    made = mercer("campaign", "create", "sale", asked, *TIMES, "--yes", "--json").json
    assert made["created"]
    assert [(each["channel"], each["edge"]) for each in made["edges"]] == [
        ("north", "start"),
        ("north", "end"),
        ("south", "start"),
        ("south", "end"),
    ]
    (listed,) = mercer("campaign", "list", "--json").json["campaigns"]
    assert (listed["name"], listed["state"]) == ("sale", "planned")
    shown = mercer("campaign", "show", "sale", "--json").json
    assert shown["checksum"] == made["checksum"]
    assert [len(each["changes"]) for each in shown["plans"]] == [1, 1, 1, 1]
    assert mercer("campaign", "cancel", "sale").code == 2, "nobody is there to confirm"
    assert mercer("campaign", "cancel", "sale", "--yes", "--json").json["plan"] is None
    assert mercer("export", "prices").out == book
    assert mercer("campaign", "cancel", "sale", "--yes").code == 1


def test_one_that_runs_is_cancelled_with_a_plan_of_what_holds_without_it(
    stocked: Seller, asked: Path, mercer: Mercer
) -> None:
    now = datetime.now(UTC)
    start = (now - timedelta(seconds=1)).isoformat(timespec="seconds")
    end = (now + timedelta(hours=2)).isoformat(timespec="seconds")
    times = ("--start", start, "--end", end)
    answer = mercer("campaign", "create", "sale", asked, *times, "--yes")
    assert answer.code == 0, answer.err
    assert mercer("sync").code == 0
    assert str(stocked.north.find("TEE-S")[1].price) == "8.00 CNY"
    shown = mercer("campaign", "show", "sale")
    assert re.search(r"north +running +1 +start +1 +0 .* yes", shown.out), shown.out
    cancelled = mercer("campaign", "cancel", "sale", "--yes", "--json").json
    assert mercer("apply", cancelled["plan"]["id"], "--yes").code == 0
    assert str(stocked.north.find("TEE-S")[1].price) == "10.00 CNY"


def test_it_is_approved_beforehand_by_somebody_else(
    asked: Path, stocked: Seller, mercer: Mercer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stocked.folder / "mercer.toml"
    path.write_text(f'{path.read_text("utf-8")}\n[approval]\nabove = "5 CNY"\n', "utf-8")
    monkeypatch.setenv("LOGNAME", "anna")
    why = "its cuts of 10.00 CNY are more than 5.00 CNY"
    made = mercer("campaign", "create", "sale", asked, *TIMES, "--yes").out
    assert f"the start on north needs approval: {why}" in made
    assert "the end on north needs" not in made
    assert "next: have it approved beforehand: mercer campaign approve sale" in made
    assert "anna made campaign sale" in mercer("campaign", "approve", "sale").err
    monkeypatch.setenv("LOGNAME", "bob")
    given = mercer("campaign", "approve", "sale", "--reason", "singles day", "--json").json
    assert set(given) == {"campaign", "checksum", "approved", "approvals"}
    shown = mercer("campaign", "show", "sale")
    assert "approved by bob at" in shown.out
    assert "next: have it approved" not in shown.out
    mercer("price", "set", "TEE-S", "9.00", "CNY")
    shown = mercer("campaign", "show", "sale", "--json").json
    assert shown["approved"]
    assert [each["reason"] for each in shown["approvals"]] == ["singles day"]
    start, end = (each for each in reversed(shown["plans"]) if each["channel"] == "north")
    assert (start["needs_approval"], start["as_foreseen"]) == ([why], True)
    assert (end["needs_approval"], end["as_foreseen"]) == ([], False)
    back = mercer("campaign", "approve", "sale", "--withdraw")
    assert "nobody approves it now" in back.out
    assert (
        "nobody has approved campaign sale"
        in mercer("campaign", "approve", "sale", "--withdraw").err
    )


def test_with_one_bad_line_nothing_is_made(stocked: Seller, mercer: Mercer) -> None:
    file = stocked.file("c.csv", f"{FILE}NOPE,5.00,CNY\nTEE-M,5.00,USD\n")
    answer = mercer("campaign", "create", "sale", file, *TIMES, "--yes")
    assert answer.code == 1
    assert "c.csv:3: sku: there is no SKU 'NOPE'" in answer.err
    assert "c.csv:4: currency: no channel sells in USD" in answer.err
    assert "nothing was created" in answer.err
    assert mercer("campaign", "list", "--json").json == {"campaigns": []}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--start", "soon", "--end", "2037-11-12"), "'soon' is no time"),
        (("--start", "2037-11-12", "--end", "2037-11-11"), "ends before it starts"),
        ((*TIMES, "--zone", "Mars"), "'Mars' is no time zone"),
        ((*TIMES, "--start-tolerance", "10"), "'10' is no tolerance"),
        ((*TIMES, "--start-tolerance", "0s..1s"), "widen it, such as --start-tolerance"),
        ((*TIMES, "--allow", "big-move"), "--allow needs --reason"),
        (("--start", "2020-01-01", "--end", "2037-11-12"), "there is no time left"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    asked: Path, mercer: Mercer, args: tuple[str, ...], said: str
) -> None:
    answer = mercer("campaign", "create", "sale", asked, *args, "--yes")
    assert answer.code in (1, 2)
    assert said in " ".join(answer.err.split())


def test_a_template_is_refused_until_it_is_filled_in(stocked: Seller, mercer: Mercer) -> None:
    file = stocked.folder / "t.xlsx"
    answer = mercer("campaign", "template", file, "--channel", "north", "--lang", "zh", "--json")
    assert answer.json["rows"] == 3
    answer = mercer("campaign", "create", "sale", file, *TIMES, "--yes", "--currency", "CNY")
    assert answer.code == 1
    assert "the price is blank" in answer.err
    assert mercer("campaign", "template").out.startswith("sku,price,currency,channel")
