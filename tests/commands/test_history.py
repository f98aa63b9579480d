"""`mercer history` and what `mercer doctor` says of the audit."""

from __future__ import annotations

import sqlite3

import pytest

from tests.commands.conftest import Mercer, Seller


def test_a_price_is_told_from_the_book_to_the_shop(mercer: Mercer, stocked: Seller) -> None:
    assert mercer("price", "set", "MUG", "12.00", "CNY").code == 0
    assert mercer("sync").code == 0

    told = mercer("history", "MUG", "--channel", "north", "--field", "price")

    assert told.code == 0
    shown = told.out.splitlines()
    assert shown[0].split("  ")[0] == "at (UTC)"
    assert any("price set" in line and "10.00 CNY -> 12.00 CNY" in line for line in shown)
    (ended,) = [line for line in shown if "change ended" in line]
    assert "p1, r1" in ended
    assert "memory-" in ended


def test_the_document_has_every_key_and_names_the_thing(mercer: Mercer, stocked: Seller) -> None:
    found = mercer("history", "mug", "--channel", "north", "--json").json
    assert found["of"] == {"kind": "listing", "name": "mug", "channel": "north"}
    assert {event["kind"] for event in found["events"]} == {"link made"}
    assert set(found["events"][0]) == {
        "at", "kind", "who", "channel", "listing", "offer", "field", "scope", "sku", "order",
        "plan", "run", "change", "before", "after", "request_id", "reason",
    }  # fmt: skip


def test_columns_stay_aligned_with_chinese_in_them(mercer: Mercer, stocked: Seller) -> None:
    mercer("stock", "adjust", "MUG", "+1", "--reason", "盘点更正")
    mercer("stock", "adjust", "MUG", "+1", "--reason", "counted")
    told = mercer("history", "MUG", "--field", "stock").out.splitlines()
    assert any("盘点更正" in line for line in told)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("nothing",), "there is no SKU, listing or order 'nothing'"),
        (("MUG", "--channel", "west"), "there is no channel 'west'"),
        (("mug",), "'mug' is several things: listing mug on north, listing mug on south"),
        (("MUG", "--field", "colour"), "'colour' is not one of"),
        (("MUG", "--since", "yesterday"), "'yesterday' does not match"),
    ],
)
def test_a_wrong_input_is_refused_in_one_sentence(
    mercer: Mercer, stocked: Seller, args: tuple[str, ...], sentence: str
) -> None:
    answer = mercer("history", *args)
    assert answer.code != 0
    assert sentence in answer.err


def test_since_a_later_day_nothing_is_known(mercer: Mercer, stocked: Seller) -> None:
    assert "nothing is known" in mercer("history", "MUG", "--since", "2999-01-01").out


def of_audit(mercer: Mercer) -> dict[str, object]:
    checks = mercer("doctor", "--json").json["checks"]
    (found,) = [each for each in checks if each["check"] == "audit"]
    return dict(found)


def test_doctor_follows_the_audit_and_tells_its_last_hash(mercer: Mercer, stocked: Seller) -> None:
    found = of_audit(mercer)
    with sqlite3.connect(stocked.folder / "mercer.db") as database:
        ((number, hash),) = database.execute("SELECT number, hash FROM chain")
    assert found["ok"] is True
    assert found["detail"] == f"{number} lines hold, the last has hash {hash}"


def test_doctor_names_the_first_line_that_somebody_changed(mercer: Mercer, stocked: Seller) -> None:
    with sqlite3.connect(stocked.folder / "mercer.db") as database:
        database.execute("DROP TRIGGER audit_append_only_update")
        database.execute("UPDATE audit SET who = 'nobody' WHERE number = 3")
    found = of_audit(mercer)
    assert found["ok"] is False
    assert str(found["detail"]).startswith("line 3 is not what was written; 2 lines hold")
