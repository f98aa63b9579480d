"""A second person's approval, as people and programs see it."""

from __future__ import annotations

import pytest

from tests.commands.conftest import Mercer, Seller
from tests.commands.test_plan import price_at


@pytest.fixture
def careful(stocked: Seller, monkeypatch: pytest.MonkeyPatch) -> Seller:
    """Cuts of more than 5.00 need approval; `anna` is at work."""
    path = stocked.folder / "mercer.toml"
    path.write_text(f'{path.read_text("utf-8")}\n[approval]\nabove = "5 CNY"\n', "utf-8")
    monkeypatch.setenv("LOGNAME", "anna")
    return stocked


def test_a_plan_tells_that_it_needs_approval_and_why(careful: Seller, mercer: Mercer) -> None:
    del careful
    mercer("price", "set", "TEE-S", "9.00", "CNY")
    shown = mercer("plan").out
    why = "its cuts of 10.00 CNY are more than 5.00 CNY"
    assert f"plan p1 needs the approval of somebody else than anna, who made it: {why}" in shown
    assert "next: mercer approve p1, then mercer apply p1" in shown
    assert mercer("plan", "show", "--json").json["approval"] == {
        "needed": [why],
        "given": [],
        "lacks": f"plan p1 needs the approval of somebody else than anna, who made it: {why}",
    }


def test_a_plan_is_approved_by_somebody_else_and_applied(
    careful: Seller, mercer: Mercer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mercer("price", "set", "TEE-S", "9.00", "CNY")
    mercer("plan")
    refused = mercer("apply", "p1", "--yes", "--json")
    assert (refused.code, refused.error["kind"]) == (1, "refused")
    assert "mercer approve p1" in refused.error["hint"]
    assert mercer("approve", "p1").code == 1
    assert price_at(careful, "TEE-S") == "10.00 CNY"
    monkeypatch.setenv("LOGNAME", "bob")
    given = mercer("approve", "p1", "--reason", "singles day", "--json").json
    assert set(given) == {"plan", "checksum", "approval"}
    (approval,) = given["approval"]["given"]
    assert (approval["who"], approval["reason"]) == ("bob", "singles day")
    assert "approved by bob at" in mercer("plan", "show").out
    assert mercer("apply", "p1", "--yes", "--json").json["confirmed"] == 2


def test_an_approval_is_taken_back(
    careful: Seller, mercer: Mercer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del careful
    mercer("price", "set", "TEE-S", "9.00", "CNY")
    mercer("plan")
    assert "nobody has approved plan p1" in mercer("approve", "p1", "--withdraw").err
    monkeypatch.setenv("LOGNAME", "bob")
    assert "next: mercer apply p1" in mercer("approve", "p1").out
    assert "next: mercer approve p1" in mercer("approve", "p1", "--withdraw").out
    assert mercer("apply", "p1", "--yes").code == 1


def test_a_file_is_approved_only_if_it_is_the_plan(
    careful: Seller, mercer: Mercer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mercer("price", "set", "TEE-S", "9.00", "CNY")
    file = careful.folder / "plan.json"
    mercer("plan", "--out", file)
    monkeypatch.setenv("LOGNAME", "bob")
    text = file.read_text("utf-8")
    file.write_text(text.replace('"9.00"', '"9.90"'), "utf-8")
    assert "was changed" in mercer("approve", file).err
    file.write_text(text, "utf-8")
    assert mercer("approve", file).code == 0
    assert mercer("apply", file, "--yes").code == 0


def test_a_sync_stops_with_one_sentence_that_names_the_plan(
    careful: Seller, mercer: Mercer
) -> None:
    mercer("price", "set", "TEE-S", "9.00", "CNY")
    mercer("stock", "set", "MUG", "3")
    answer = mercer("sync")
    assert answer.code == 1
    assert "held: plan p1 needs the approval of somebody else than anna" in answer.err
    assert price_at(careful, "TEE-S") == "10.00 CNY"
    told = mercer("sync", "--json").json
    assert told["held"]["kind"] == "refused"
    assert told["apply"] is None


def test_prices_are_pushed_only_with_approval_and_the_plan_waits(
    careful: Seller, mercer: Mercer
) -> None:
    file = careful.file("prices.csv", "sku,price,currency\nTEE-S,9.00,CNY\n")
    answer = mercer("price", "push", file, "--yes")
    assert answer.code == 1
    assert "the prices are set and nothing was sent: plan p1 needs the approval" in answer.err
    assert price_at(careful, "TEE-S") == "10.00 CNY"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("", "approval says nothing of which plans need it"),
        ('above = "5"', 'allowed: an amount with its currency, such as "3.50 USD"'),
        ('above = "5 USD"', "approval.above is 5.00 USD; cuts are summed up in CNY"),
        ('above = "-5 CNY"', "approval.above is -5.00 CNY"),
        ("changes = -1", "approval.changes is -1"),
        ("changes = 5\nsecond = true", "approval.second is not known; did you mean second_person?"),
    ],
)
def test_a_setting_of_approval_that_is_wrong_is_named(
    stocked: Seller, mercer: Mercer, table: str, told: str
) -> None:
    path = stocked.folder / "mercer.toml"
    path.write_text(f"{path.read_text('utf-8')}\n[approval]\n{table}\n", "utf-8")
    answer = mercer("plan")
    assert answer.code == 1
    assert "mercer.toml:" in answer.err
    assert told in answer.err
