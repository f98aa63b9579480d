"""`mercer customers` and `mercer maintain`, with the key that `mercer init` makes."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mercer.config import load
from mercer.core.customer import Customer
from mercer.core.order import Order
from mercer.plugins.memory.shop import Shop
from tests.commands.conftest import Mercer, Seller

ANNA = Customer("k-anna", "欧阳晓彤", "13912345678", "anna@qq.example", "望湖路1号")


def buy(shop: Shop, customer: Customer) -> Order:
    order = replace(shop.sell("MUG", 1, datetime.now(UTC)), customer=customer)
    shop.orders[order.order] = order
    return order


@pytest.fixture
def ordered(stocked: Seller, mercer: Mercer) -> Seller:
    """Two orders of one buyer and one of another, pulled."""
    buy(stocked.north, ANNA)
    buy(stocked.north, ANNA)
    buy(stocked.south, replace(ANNA, key="k-bert", name="司马浩然"))
    assert mercer("pull", "orders").code == 0
    return stocked


def key_file(seller: Seller) -> Path:
    return seller.folder / "secrets" / "personal.key"


def test_a_new_workspace_has_a_key_that_only_its_owner_can_read(
    tmp_path: Path, mercer: Mercer
) -> None:
    assert mercer("init", tmp_path / "shop").code == 0
    key = tmp_path / "shop" / "secrets" / "personal.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert load(tmp_path / "shop" / "mercer.toml").personal_key == "file:secrets/personal.key"
    assert mercer("doctor", "--workspace", tmp_path / "shop").code == 0


def test_a_key_that_is_there_is_never_replaced(tmp_path: Path, mercer: Mercer) -> None:
    mercer("init", tmp_path)
    key = (tmp_path / "secrets" / "personal.key").read_text()
    (tmp_path / "mercer.toml").unlink()
    assert mercer("init", tmp_path).code == 0
    assert (tmp_path / "secrets" / "personal.key").read_text() == key


def test_the_list_tells_who_bought_how_often_and_no_names(ordered: Seller, mercer: Mercer) -> None:
    shown = mercer("customers", "list")
    assert shown.code == 0
    assert "2 customers" in shown.out
    found = mercer("customers", "list", "--channel", "north", "--json")
    (north,) = found.json["customers"]
    assert (north["channels"], north["orders"]) == (["north"], 2)
    for value in (ANNA.name, ANNA.phone, ANNA.email, ANNA.key):
        assert value is not None
        assert value not in shown.out + found.out


def test_showing_a_customer_opens_the_data_and_logs_who_asked(
    ordered: Seller, mercer: Mercer
) -> None:
    shown = mercer("customers", "show", "1")
    assert "欧阳晓彤" in shown.out
    assert mercer("customers", "show", "1", "--json").json["customer"]["orders"][0]["buyer"] == {
        "key": "k-anna",
        "name": "欧阳晓彤",
        "phone": "13912345678",
        "email": "anna@qq.example",
        "address": "望湖路1号",
        "seal": None,
        "masked": False,
    }
    lines = (ordered.folder / "mercer.log").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    opened = [each for each in events if each["event"] == "personal data opened"]
    assert [each["customers"] for each in opened] == [[1], [1]]
    assert all(each["who"] for each in opened)
    assert "欧阳" not in "".join(lines)


def test_a_customer_is_found_by_key(ordered: Seller, mercer: Mercer) -> None:
    found = mercer("customers", "find", "--key", "k-bert", "--json")
    assert [each["channels"] for each in found.json["customers"]] == [["south"]]
    assert mercer("customers", "find").code == 2


def test_erasing_gives_a_receipt_and_leaves_the_orders(ordered: Seller, mercer: Mercer) -> None:
    assert mercer("customers", "erase", "1", "--reason", "letter").code == 2
    receipt = mercer("customers", "erase", "1", "--reason", "letter", "--yes", "--json").json
    assert receipt["erasure"]["removed"] == 2
    assert receipt["erasure"]["receipt"] == "e1"
    after = mercer("customers", "show", "1", "--json").json["customer"]
    assert (after["orders"][0]["buyer"], len(after["orders"])) == (None, 2)
    assert after["erased_at"]
    assert "letter" in mercer("customers", "erasures").out


def test_the_buyer_of_an_order_is_erased(ordered: Seller, mercer: Mercer) -> None:
    done = mercer("customers", "erase", "--order", "south", "O1", "--reason", "x", "--yes")
    assert done.code == 0
    assert "receipt e1" in done.out
    missing = mercer("customers", "erase", "--order", "south", "O9", "--reason", "x", "--yes")
    assert "south has no order 'O9'" in missing.err


def test_a_new_key_seals_everything_and_the_old_one_can_go(ordered: Seller, mercer: Mercer) -> None:
    old = key_file(ordered).read_text()
    done = mercer("maintain", "--new-key", "--json")
    assert done.json["resealed"] == 4
    new, rest = key_file(ordered).read_text().split("\n", 1)
    assert rest == old
    assert stat.S_IMODE(key_file(ordered).stat().st_mode) == 0o600
    key_file(ordered).write_text(new)
    assert "欧阳晓彤" in mercer("customers", "show", "1").out


def test_a_lost_key_is_said_with_what_to_do_and_is_overcome(
    ordered: Seller, mercer: Mercer
) -> None:
    good = key_file(ordered).read_text()
    mercer("init", ordered.folder / "other")
    key_file(ordered).write_text((ordered.folder / "other/secrets/personal.key").read_text())
    refused = mercer("customers", "show", "1")
    assert refused.code == 1
    assert "no key of [personal] opens order O" in refused.err
    assert "mercer maintain --drop-unopenable" in refused.err
    assert mercer("doctor").code == 1
    assert mercer("maintain", "--reseal").code == 1
    key_file(ordered).write_text(good)
    assert "欧阳晓彤" in mercer("customers", "show", "1").out

    key_file(ordered).write_text((ordered.folder / "other/secrets/personal.key").read_text())
    dropped = mercer("maintain", "--drop-unopenable", "--json").json["dropped"]
    assert sorted((each["channel"], each["values"]) for each in dropped) == [
        ("", 1),
        ("north", 2),
        ("south", 1),
    ]
    buy(ordered.north, ANNA)
    assert mercer("pull", "orders").code == 0


@pytest.mark.usefixtures("ordered")
def test_maintaining_says_what_it_did(mercer: Mercer) -> None:
    assert mercer("maintain").out == "3 values kept\n"
    assert mercer("maintain", "--json").json == {
        "expired": [],
        "dropped": [],
        "links": 0,
        "resealed": None,
        "kept": 3,
        "swept": True,
        "runs": 0,
    }


def test_a_workspace_without_a_key_keeps_orders_without_buyers_and_doctor_says_so(
    stocked: Seller, mercer: Mercer
) -> None:
    path = stocked.folder / "mercer.toml"
    text = path.read_text()
    begin, end = text.index("[personal]"), text.index("[channels")
    path.write_text(text[:begin] + text[end:])
    buy(stocked.north, ANNA)
    assert mercer("pull", "orders").code == 0
    assert "none is kept: mercer.toml has no [personal] key" in mercer("doctor").out
    assert mercer("customers", "list", "--json").json == {"customers": []}
    refused = mercer("customers", "show", "1")
    assert "this workspace keeps no personal data" in refused.err


def test_a_key_outside_a_file_is_not_written(
    ordered: Seller, mercer: Mercer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERSONAL_KEY", key_file(ordered).read_text())
    path = ordered.folder / "mercer.toml"
    path.write_text(path.read_text().replace("file:secrets/personal.key", "env:PERSONAL_KEY"))
    assert "欧阳晓彤" in mercer("customers", "show", "1").out
    assert "where Mercer does not write" in mercer("maintain", "--new-key").err


def test_no_key_is_shown_whatever_goes_wrong(ordered: Seller, mercer: Mercer) -> None:
    key = key_file(ordered).read_text().strip()
    path = ordered.folder / "mercer.toml"
    path.write_text(path.read_text().replace("file:secrets/personal.key", key))
    plain = mercer("status", "--debug")
    assert "personal.key is of type str; allowed: file:PATH, env:NAME" in plain.err
    path.write_text(path.read_text().replace(key, "file:secrets/personal.key"))
    key_file(ordered).write_text(key[:-5])
    broken = mercer("customers", "show", "1", "--debug")
    assert "key 1 of 1 is not 32 bytes" in broken.err
    logged = "".join(each.read_text() for each in ordered.folder.glob("mercer.log*"))
    assert key[:-5] not in plain.err + broken.err + logged
