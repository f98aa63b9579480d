"""`mercer conflicts`, `overrides` and `reconcile`: what they say, what they refuse, and their JSON."""

from __future__ import annotations

import io
from typing import Any

import pytest

from mercer.commands.invocation import Invocation
from mercer.core.money import Money
from tests.commands.conftest import Mercer, Seller


def yuan(amount: str) -> Money:
    return Money.of(amount, "CNY")


@pytest.fixture
def disputed(stocked: Seller, mercer: Mercer) -> Seller:
    """North asks: TEE-S was edited there and changed here, TEE-M was only edited there."""
    path = stocked.folder / "mercer.toml"
    text = path.read_text("utf-8")
    path.write_text(f'{text}\n[channels.north.policy]\nprice = "ask"\n', "utf-8")
    stocked.north.change("tee", "tee/TEE-S", price=yuan("12.00"))
    stocked.north.change("tee", "tee/TEE-M", price=yuan("11.00"))
    assert mercer("price", "set", "TEE-S", "9.00", "CNY").code == 0
    assert mercer("pull").code == 0
    return stocked


def queue(mercer: Mercer, *args: str) -> dict[str, dict[str, Any]]:
    found = mercer("conflicts", "list", *args, "--json").json["conflicts"]
    return {each["sku"]: each for each in found}


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


@pytest.mark.usefixtures("disputed")
class TestConflicts:
    def test_the_queue_shows_three_values_and_can_be_narrowed(self, mercer: Mercer) -> None:
        found = queue(mercer)
        assert {sku: each["state"] for sku, each in found.items()} == {
            "TEE-S": "conflict", "TEE-M": "drift",
        }  # fmt: skip
        sides = [found["TEE-S"][side] for side in ("agreed", "ours", "theirs")]
        assert sides == [money("10.00"), money("9.00"), money("12.00")]
        assert found["TEE-S"]["theirs_since"] is not None
        assert set(queue(mercer, "--state", "drift")) == {"TEE-M"}
        assert set(queue(mercer, "--sku", "TEE-S")) == {"TEE-S"}
        assert queue(mercer, "--channel", "south") == {}
        assert queue(mercer, "--field", "content") == {}
        assert "TEE-S  price  10.00 CNY  9.00 CNY" in mercer("conflicts", "list").out

    def test_one_is_shown_with_what_each_way_out_will_write(self, mercer: Mercer) -> None:
        id = queue(mercer)["TEE-S"]["id"]
        answer = mercer("conflicts", "show", id)
        assert f"{id}: TEE-S price on north: conflict" in answer.out
        assert "price book v2" in answer.out
        assert "ours: the next plan writes 9.00 CNY to north, over 12.00 CNY" in answer.out
        assert "theirs: nothing is sent: north keeps 12.00 CNY as its own" in answer.out
        told = mercer("conflicts", "show", id, "--json").json
        assert set(told["writes"]) == {"ours", "theirs", "value"}
        assert told["price_book"] == 2

    def test_one_is_settled_by_its_id_and_the_catalogue_stays(
        self, mercer: Mercer, disputed: Seller
    ) -> None:
        id = queue(mercer)["TEE-S"]["id"]
        answer = mercer("conflicts", "resolve", id, "--theirs", "--reason", "a sale")
        assert answer.code == 0
        assert f"{id}: TEE-S price on north is to show 12.00 CNY: agreed" in answer.out
        assert set(queue(mercer)) == {"TEE-M"}
        (own,) = mercer("overrides", "list", "--json").json["overrides"]
        assert (own["id"], own["value"], own["reason"]) == (id, money("12.00"), "a sale")
        assert mercer("sync").code == 0
        assert disputed.south.find("TEE-S")[1].price == yuan("9.00")
        assert disputed.north.find("TEE-S")[1].price == yuan("12.00")

    def test_many_are_settled_by_what_they_are(self, mercer: Mercer, disputed: Seller) -> None:
        args = (
            "conflicts",
            "resolve",
            "--channel",
            "north",
            "--value",
            "10.50",
            "--reason",
            "half",
        )
        assert mercer(*args).code == 2
        assert len(mercer(*args, "--yes", "--json").json["settled"]) == 2
        assert mercer("sync").code == 0
        assert disputed.north.find("TEE-M")[1].price == yuan("10.50")

    def test_an_own_value_that_is_ended_gives_way_to_ours(
        self, mercer: Mercer, disputed: Seller
    ) -> None:
        id = queue(mercer)["TEE-S"]["id"]
        until = ("--until", "2099-01-01")
        mercer("conflicts", "resolve", id, "--theirs", "--reason", "a sale", *until)
        assert "2099-01-01" in mercer("overrides", "list").out
        assert mercer("overrides", "end", id, "--reason", "over").code == 0
        assert mercer("sync").code == 0
        assert disputed.north.find("TEE-S")[1].price == yuan("9.00")

    def test_what_waits_is_settled_one_by_one(
        self, mercer: Mercer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Invocation, "interactive", True)
        monkeypatch.setattr("sys.stdin", io.StringIO("theirs\na sale\nskip\n"))
        answer = mercer("conflicts", "resolve")
        assert answer.code == 0
        assert "1 settled, 0 left" in answer.out
        assert len(queue(mercer)) == 1

    @pytest.mark.parametrize(
        ("args", "says"),
        [
            (["resolve"], "say --ours, --theirs or --value V"),
            (["resolve", "c1", "--ours"], "say why: --reason TEXT"),
            (["resolve", "--ours", "--reason", "x"], "name conflicts, such as c12"),
            (["resolve", "c1", "--ours", "--value", "1", "--reason", "x"], "say one of"),
            (["resolve", "12x", "--ours", "--reason", "x"], "'12x' is no id such as c12"),
            (
                ["resolve", "c1", "--theirs", "--until", "soon", "--reason", "x"],
                "'soon' is no time",
            ),
            (["resolve", "c1", "--theirs", "--until", "2000-01-01", "--reason", "x"], "is past"),
            (["show", "c99999"], "there is no conflict c99999"),
            (["list", "--channel", "nowhere"], "no channel 'nowhere'"),
            (["list", "--field", "colour"], "'colour' is not one of"),
        ],
    )
    def test_what_cannot_be_meant_is_refused_in_one_sentence(
        self, mercer: Mercer, args: list[str], says: str
    ) -> None:
        answer = mercer("conflicts", *args)
        assert answer.code != 0
        assert says in answer.err

    def test_an_id_that_waits_for_nobody_is_left_and_told(self, mercer: Mercer) -> None:
        answer = mercer("conflicts", "resolve", "c99999", "--ours", "--reason", "x")
        assert answer.code == 1
        assert "left: c99999: it waits for nobody" in answer.out

    def test_a_value_that_is_none_leaves_the_conflict(self, mercer: Mercer) -> None:
        id = queue(mercer)["TEE-S"]["id"]
        answer = mercer("conflicts", "resolve", id, "--value", "9 USD", "--reason", "x")
        assert answer.code == 1
        assert "north sells in CNY, not in USD" in answer.out


class TestOverrides:
    @pytest.mark.usefixtures("stocked")
    def test_without_any_there_is_nothing_to_end(self, mercer: Mercer) -> None:
        assert "no channel keeps a value of its own" in mercer("overrides", "list").out
        answer = mercer("overrides", "end", "c1", "--reason", "x")
        assert answer.code != 0
        assert "c1 keeps no value of its own" in answer.err


class TestReconcile:
    @pytest.mark.usefixtures("stocked")
    def test_all_in_sync_is_exit_0(self, mercer: Mercer) -> None:
        answer = mercer("reconcile", "--full")
        assert answer.code == 0
        assert "north: the whole shop read" in answer.out
        assert "0 not in sync" in answer.out

    @pytest.mark.usefixtures("disputed")
    def test_what_is_not_in_sync_is_told_field_by_field_and_row_by_row(
        self, mercer: Mercer
    ) -> None:
        answer = mercer("reconcile", "--channel", "north", "--field", "price,orders")
        assert answer.code == 1
        assert "north: nothing due" in answer.out
        assert "theirs moved" in answer.out
        assert "next: mercer conflicts list" in answer.out
        told = mercer("reconcile", "--channel", "north", "--json")
        assert told.code == 1
        (north,) = told.json["channels"]
        assert north["fields"]["price"] == {
            "in_sync": 1, "ours_moved": 0, "theirs_moved": 1, "both_moved": 1, "form": 0,
            "missing": 0, "unknown": 0, "never_agreed": 0, "not_known": 0,
        }  # fmt: skip
        rows = {row["sku"]: row for row in told.json["rows"]}
        assert rows["TEE-S"]["stands"] == "both_moved"
        assert rows["TEE-S"]["id"] == queue(mercer)["TEE-S"]["id"]

    @pytest.mark.usefixtures("stocked")
    @pytest.mark.parametrize(
        ("args", "says"),
        [
            (["--full", "--share", "5"], "leave out --share"),
            (["--share", "0"], "0 is not in the range"),
            (["--field", "prise"], "'prise' is not one of price, stock, content, status, orders"),
            (["--channel", "nowhere"], "no channel 'nowhere'"),
        ],
    )
    def test_what_cannot_be_meant_is_refused(
        self, mercer: Mercer, args: list[str], says: str
    ) -> None:
        answer = mercer("reconcile", *args)
        assert answer.code != 0
        assert says in answer.err


@pytest.mark.usefixtures("stocked")
def test_status_tells_how_fresh_the_truth_is(mercer: Mercer) -> None:
    answer = mercer("status")
    assert "Last confirmed, 95 % within (the oldest):" in answer.out
    (north, _) = mercer("status", "--json").json["channels"]
    price = north["freshness"]["fields"]["price"]
    assert price["cells"] == 3
    assert 0 <= price["p95_age"] <= price["oldest_age"] < 60
    assert north["freshness"]["enumerated_age"] < 60
    assert north["freshness"]["orders_age"] is not None
