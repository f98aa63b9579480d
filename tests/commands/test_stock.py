"""Stock on the command line: counted, corrected, moved, ruled and explained."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mercer.commands.output import width
from mercer.config import editing
from tests.answer import Answer
from tests.commands.conftest import Mercer, Seller


def ran(answer: Answer) -> Answer:
    assert answer.code == 0, answer.err
    return answer


def test_what_lies_there_is_shown_and_what_was_never_counted_is_unknown(
    stocked: Seller, mercer: Mercer
) -> None:
    file = stocked.file("more.csv", "product,title,sku,price\n杯子,陶瓷杯,杯-红,9.00\n")
    ran(mercer("import", "products", file, "--currency", "CNY"))
    out = ran(mercer("stock", "show")).out.splitlines()
    assert [line.split() for line in out if line.startswith("TEE-S")] == [
        ["TEE-S", "-", "5", "0", "5"]
    ]
    (unknown,) = [line for line in out if line.startswith("杯-红")]
    assert unknown.split() == ["杯-红", "-", "unknown", "unknown", "unknown"]
    assert width(unknown[: unknown.index("-  ")]) == out[0].index("location")
    (row,) = ran(mercer("stock", "show", "杯-红", "--json")).json["skus"]
    assert row == {
        "sku": "杯-红", "on_hand": None, "reserved": None, "available": None, "locations": [],
        "parts": None,
    }  # fmt: skip


def test_a_bundle_is_shown_as_what_its_parts_make_up(stocked: Seller, mercer: Mercer) -> None:
    file = stocked.file("set.csv", "product,title,sku,price,parts\nset,Set,SET,20.00,MUG*2\n")
    ran(mercer("import", "products", file, "--currency", "CNY"))
    (row,) = ran(mercer("stock", "show", "SET", "--json")).json["skus"]
    assert (row["available"], row["on_hand"], row["parts"]) == (2, None, {"MUG": 2})
    assert "as parts" in ran(mercer("stock", "show")).out
    answer = mercer("stock", "set", "SET", "3", "--reason", "count")
    assert "SET is a bundle" in answer.err
    assert "count its parts: MUG" in answer.err


@pytest.mark.parametrize(
    "words",
    [
        ["show", "NOPE"],
        ["set", "NOPE", "3", "--reason", "count"],
        ["adjust", "NOPE", "+3", "--reason", "found"],
        ["move", "NOPE", "3", "--to", "west"],
        ["history", "NOPE"],
        ["why", "NOPE", "--channel", "north"],
        ["rule", "NOPE", "--channel", "north", "--buffer", "1"],
    ],
)
def test_an_unknown_sku_is_told_with_the_fix(
    stocked: Seller, mercer: Mercer, words: list[str]
) -> None:
    del stocked
    answer = mercer("stock", *words)
    assert answer.code == 1
    assert "there is no SKU 'NOPE' in the catalogue" in answer.err
    assert "mercer import products FILE" in answer.err


def test_counts_corrections_and_moves_make_a_history_that_adds_up(
    stocked: Seller, mercer: Mercer
) -> None:
    del stocked
    ran(mercer("stock", "set", "MUG", "8", "--reason", "盘点"))
    ran(mercer("stock", "adjust", "MUG", "-2", "--reason", "broken"))
    ran(mercer("stock", "adjust", "MUG", "+1", "--reason", "found"))
    moved = ran(mercer("stock", "move", "MUG", "3", "--to", "west", "--json")).json["stock"]
    assert [(each["location"], each["on_hand"]) for each in moved] == [("", 4), ("west", 3)]
    (shown,) = ran(mercer("stock", "show", "MUG", "--json")).json["skus"]
    assert shown["on_hand"] == 7
    movements = ran(mercer("stock", "history", "MUG", "--json")).json["movements"]
    assert [each["on_hand"] for each in movements] == [5, 3, -2, 1, 0, -3, 3]
    assert [each["after"]["on_hand"] for each in movements] == [5, 8, 6, 7, 0, 4, 3]
    assert [each["reason"] for each in movements][1:3] == ["盘点", "broken"]
    assert all(each["who"] for each in movements)
    last = ran(mercer("stock", "history", "MUG", "--last", "1", "--json")).json["movements"]
    assert [each["location"] for each in last] == ["west"]
    assert "west" in ran(mercer("stock", "history", "MUG")).out


@pytest.mark.parametrize(
    ("words", "fault", "fix"),
    [
        (["adjust", "MUG", "3", "--reason", "x"], "say +3 or -3", ""),
        (["adjust", "MUG", "-9", "--reason", "x"], "only 5 of MUG lie there", "at most"),
        (["adjust", "MUG", "+1.5", "--reason", "x"], "not whole", "whole number"),
        (["adjust", "MUG", "+1", "--location", "west", "--reason", "x"], "never counted at", "set"),
        (["move", "MUG", "9", "--to", "west"], "only 5 of MUG lie there", "at most"),
        (["move", "MUG", "0", "--to", "west"], "0 units cannot be moved", "1 or more"),
        (["set", "MUG", "-1", "--reason", "x"], "", ""),
        (["set", "MUG", "4"], "--reason", ""),
    ],
)
def test_what_cannot_be_is_refused(
    stocked: Seller, mercer: Mercer, words: list[str], fault: str, fix: str
) -> None:
    del stocked
    answer = mercer("stock", *words)
    assert answer.code in (1, 2)
    assert fault in answer.err
    assert fix in answer.err
    assert ran(mercer("stock", "show", "MUG", "--json")).json["skus"][0]["on_hand"] == 5


def test_a_rule_for_one_sku_changes_what_is_planned_and_says_why(
    stocked: Seller, mercer: Mercer
) -> None:
    del stocked
    ran(mercer("stock", "rule", "MUG", "--channel", "north", "--buffer", "2", "--maximum", "9"))
    found = ran(mercer("stock", "rule", "MUG", "--channel", "north", "--json")).json["rule"]
    assert (found["buffer"], found["maximum"], found["percent"]) == (2, 9, None)
    (change,) = ran(mercer("plan", "--field", "stock", "--json")).json["changes"]
    assert (change["channel"], change["sku"], change["after"]) == ("north", "MUG", 3)
    assert "rule north/MUG: 5 available, less 2 as a buffer" in change["why"]
    ran(mercer("stock", "rule", "MUG", "--channel", "north", "--clear"))
    assert ran(mercer("plan", "--field", "stock", "--json")).json["changes"] == []
    assert "no rule of its own" in ran(mercer("stock", "rule", "MUG", "--channel", "north")).out


def test_a_sku_is_disabled_until_a_time_and_only_with_a_reason(
    stocked: Seller, mercer: Mercer
) -> None:
    del stocked
    rule = ("stock", "rule", "MUG", "--channel", "north")
    assert "needs a reason" in mercer(*rule, "--disabled-until", "2126-12-01T08:00").err
    assert mercer(*rule, "--disabled-until", "soon").code == 2
    assert mercer(*rule, "--clear", "--buffer", "1").code == 2
    ran(mercer(*rule, "--disabled-until", "2126-12-01T08:00", "--reason", "召回"))
    why = ran(mercer("stock", "why", "MUG", "--channel", "north")).out
    assert "none until 2126-12-01 08:00+00:00: 召回" in why
    document = ran(mercer("stock", "why", "MUG", "--channel", "north", "--json")).json
    assert document["published"] == 0
    until = datetime(2126, 12, 1, 8, tzinfo=UTC).isoformat()
    assert document["rule"]["disabled_until"] == until


def test_settings_that_contradict_the_channels_are_refused(stocked: Seller, mercer: Mercer) -> None:
    del stocked
    answer = mercer("stock", "rule", "MUG", "--channel", "north", "--relist-at", "3")
    assert answer.code == 1
    assert "needs delist-at" in answer.err
    assert mercer("stock", "rule", "MUG", "--channel", "west", "--buffer", "1").code == 1


def test_why_goes_from_the_ledger_to_the_shop(stocked: Seller, mercer: Mercer) -> None:
    at = datetime.now(UTC).replace(microsecond=0)
    stocked.south.sell("MUG", 2, at)
    ran(mercer("pull"))
    ran(mercer("stock", "move", "MUG", "1", "--to", "west"))
    ran(mercer("stock", "rule", "MUG", "--channel", "south", "--allocation", "1"))
    document = ran(mercer("stock", "why", "MUG", "--channel", "north", "--json")).json
    (part,) = document["parts"]
    assert part["locations"] == [
        {"location": "", "on_hand": 4, "reserved": 2, "available": 2},
        {"location": "west", "on_hand": 1, "reserved": 0, "available": 1},
    ]
    assert part["reserved"] == [{"channel": "south", "order": "O1", "location": "", "units": 2}]
    assert part["allocations"] == [{"channel": "south", "left": 1}]
    assert (part["available"], document["published"]) == (2, 2)
    (offer,) = document["offers"]
    assert (offer["should_show"], offer["shows"], offer["state"]) == (2, 5, "push")
    out = ran(mercer("stock", "why", "MUG", "--channel", "north")).out
    for told in ("order O1 on south", "at west", "for south alone", "the default", "shows 5: push"):
        assert told in out


def test_why_names_the_line_of_the_file_that_a_rule_comes_from(
    stocked: Seller, mercer: Mercer
) -> None:
    path = stocked.folder / "mercer.toml"
    path.write_text(path.read_text("utf-8") + "\n[channels.north.stock]\nbuffer = 4\n", "utf-8")
    line = path.read_text("utf-8").splitlines().index("[channels.north.stock]") + 1
    document = ran(mercer("stock", "why", "MUG", "--channel", "north", "--json")).json
    assert document["rule"]["origin"] == f"{path}:{line}"
    assert (document["rule"]["buffer"], document["published"]) == (4, 1)


def test_more_sold_than_there_was_is_listed_until_it_is_settled(
    stocked: Seller, mercer: Mercer
) -> None:
    assert "nothing was sold" in ran(mercer("stock", "incidents")).out
    at = datetime.now(UTC).replace(microsecond=0)
    stocked.north.sell("MUG", 4, at)
    stocked.south.sell("MUG", 3, at)
    ran(mercer("pull"))
    (incident,) = ran(mercer("stock", "incidents", "--open", "--json")).json["incidents"]
    assert (incident["sku"], incident["available"], incident["settled_at"]) == ("MUG", -2, None)
    assert sorted(each["units"] for each in incident["orders"]) == [3, 4]
    ran(mercer("stock", "adjust", "MUG", "+2", "--reason", "found"))
    assert ran(mercer("stock", "incidents", "--open", "--json")).json["incidents"] == []
    assert "MUG" in ran(mercer("stock", "incidents")).out


def test_a_channel_shares_its_stock_with_another_of_its_account(
    seller: Seller, mercer: Mercer
) -> None:
    path = seller.folder / "mercer.toml"
    editing.add_channel(
        path, "east", platform="memory", currency="CNY", settings={"shop": "east"},
        account="north", stock_with="north",
    )  # fmt: skip
    answer = mercer("stock", "rule", "X", "--channel", "east", "--buffer", "1")
    assert "kept on north" in answer.err
