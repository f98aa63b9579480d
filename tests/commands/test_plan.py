"""From a difference to a plan, and from a plan to the shop, on shops in memory."""

from __future__ import annotations

import json

from tests.commands.conftest import Mercer, Seller


def price_at(seller: Seller, sku: str) -> str:
    found = [
        offer.price
        for listing in seller.north.listings.values()
        for offer in listing.offers
        if offer.merchant_code == sku
    ]
    return str(found[0])


def test_nothing_is_pushed_before_somebody_says_whose_values_hold(
    seller: Seller, mercer: Mercer
) -> None:
    seller.show(seller.north, "tee", "TEE-S", price="12.00")
    products = seller.file("p.csv", "product,title,sku,price\ntee,Title of tee,TEE-S,10.00\n")
    mercer("import", "products", products, "--currency", "CNY")
    mercer("pull", "--channel", "north")
    mercer("link")
    assert mercer("status", "--json").json["channels"][0]["unagreed"] == 1
    assert mercer("plan", "--json", "--channel", "north", "--field", "price").json["changes"] == []
    (waiting,) = mercer("adopt", "north", "--json").json["unagreed"]
    assert waiting["ours"] == {"amount": "10.00", "currency": "CNY"}
    assert waiting["theirs"] == {"amount": "12.00", "currency": "CNY"}
    assert mercer("adopt", "north", "--ours", "--json").json["settled"] == 1
    (change,) = mercer("plan", "--json", "--channel", "north", "--field", "price").json["changes"]
    assert change["before"] == {"amount": "12.00", "currency": "CNY"}


def test_offers_of_no_sku_are_told_with_what_to_do(seller: Seller, mercer: Mercer) -> None:
    seller.show(seller.north, "tee", "TEE-S")
    mercer("pull", "--channel", "north")
    assert mercer("adopt", "north", "--json").json["unlinked"] == 1
    assert "mercer adopt north --theirs" in mercer("adopt", "north").out
    assert "next: say which SKU each offer is: mercer link" in mercer("status").out
    mercer("adopt", "north", "--theirs")
    assert mercer("adopt", "north", "--json").json["unlinked"] == 0
    assert "mercer link" not in mercer("status").out


def test_a_plan_has_the_keys_that_programs_rely_on(stocked: Seller, mercer: Mercer) -> None:
    del stocked
    mercer("price", "set", "TEE-S", "11.00", "CNY")
    plan = mercer("plan", "--json").json
    assert set(plan) >= {"id", "checksum", "changes", "totals", "notes", "expires_at", "at_risk"}
    assert set(plan["totals"]) == {
        "changes", "blocked", "offers", "calls", "seconds", "cuts", "rises",
    }  # fmt: skip
    assert plan["approval"] == {"needed": [], "given": [], "lacks": None}
    assert [each["channel"] for each in plan["channels"]] == ["north", "south"]
    assert all(
        set(each) == {
            "channel", "offers", "changes", "blocked", "cuts", "rises", "rate", "calls", "seconds",
            "ways",
        }
        for each in plan["channels"]
    )  # fmt: skip
    assert sum(each["calls"] for each in plan["channels"]) == plan["totals"]["calls"]
    change = plan["changes"][0]
    assert set(change) == {
        "id", "kind", "channel", "listing", "offer", "sku", "field", "scope", "group", "before",
        "after", "guard", "why", "move_percent", "margin_percent", "cost", "units", "at_stake",
    }  # fmt: skip
    assert change["after"] == {"amount": "11.00", "currency": "CNY"}
    assert change["guard"] is None


def test_a_plan_tells_for_each_channel_and_in_all_what_it_comes_to(
    stocked: Seller, mercer: Mercer
) -> None:
    del stocked
    mercer("price", "set", "TEE-S", "11.00", "CNY")
    mercer("price", "set", "MUG", "9.00", "CNY")
    for shown in (mercer("plan").out, mercer("plan", "show").out):
        rows = [line.split() for line in shown.splitlines()]
        at = rows.index(
            ["channel", "offers", "changes", "blocked", "cuts", "rises", "calls", "time"]
        )
        assert [row[:8] for row in rows[at + 1 : at + 4]] == [
            ["north", "2", "2", "0", "5.00", "CNY", "5.00", "CNY"],
            ["south", "2", "2", "0", "5.00", "CNY", "5.00", "CNY"],
            ["all", "4", "4", "0", "10.00", "CNY", "10.00", "CNY"],
        ]


def test_the_exit_code_tells_changes_and_blocked_ones_apart(
    stocked: Seller, mercer: Mercer
) -> None:
    del stocked
    assert mercer("plan", "--exit-code").code == 0
    mercer("price", "set", "TEE-S", "11.00", "CNY")
    assert mercer("plan", "--exit-code").code == 10
    mercer("price", "set", "MUG", "1.00", "CNY")
    answer = mercer("plan", "--exit-code")
    assert answer.code == 20
    assert "decimal-slip" in answer.out
    assert mercer("plan").code == 0


def test_a_guard_passes_only_by_name_and_with_a_reason(stocked: Seller, mercer: Mercer) -> None:
    del stocked
    mercer("price", "set", "TEE-S", "15.00", "CNY")
    assert mercer("plan", "--json").json["totals"]["blocked"] == 2
    assert mercer("plan", "--allow", "big-move").code == 2
    assert mercer("plan", "--allow", "missing-price", "--reason", "x").code == 2
    allowed = mercer("plan", "--allow", "big-move:TEE-S", "--reason", "new season", "--json").json
    assert allowed["totals"]["blocked"] == 0
    assert "new season" in allowed["allowed"][0]


def test_applying_a_plan_twice_changes_nothing(stocked: Seller, mercer: Mercer) -> None:
    mercer("price", "set", "TEE-S", "11.00", "CNY")
    plan = mercer("plan", "--json").json
    first = mercer("apply", plan["id"], "--yes", "--json")
    assert first.code == 0
    assert first.json["confirmed"] == 2
    assert price_at(stocked, "TEE-S") == "11.00 CNY"
    assert mercer("apply", plan["id"], "--yes", "--json").json["confirmed"] == 2
    assert mercer("plan", "--json").json["totals"]["changes"] == 0


def test_nothing_is_applied_where_nobody_can_confirm(stocked: Seller, mercer: Mercer) -> None:
    mercer("price", "set", "TEE-S", "11.00", "CNY")
    plan = mercer("plan", "--json").json
    answer = mercer("apply", plan["id"])
    assert answer.code == 2
    assert "--yes" in answer.err
    assert price_at(stocked, "TEE-S") == "10.00 CNY"


def test_a_plan_file_that_was_edited_is_refused(stocked: Seller, mercer: Mercer) -> None:
    mercer("price", "set", "TEE-S", "11.00", "CNY")
    file = stocked.folder / "plan.json"
    mercer("plan", "--out", file)
    plan = json.loads(file.read_text("utf-8"))
    plan["changes"][0]["after"]["amount"] = "1.00"
    file.write_text(json.dumps(plan), "utf-8")
    answer = mercer("apply", file, "--yes", "--json")
    assert answer.code == 1
    assert answer.error["kind"] == "refused"
    assert price_at(stocked, "TEE-S") == "10.00 CNY"


def test_a_plan_file_is_applied_as_its_id_would_be(stocked: Seller, mercer: Mercer) -> None:
    mercer("price", "set", "TEE-S", "11.00", "CNY")
    file = stocked.folder / "plan.json"
    mercer("plan", "--out", file)
    assert mercer("apply", file, "--yes", "--json").json["confirmed"] == 2


def test_an_edit_between_plan_and_apply_is_left_alone(stocked: Seller, mercer: Mercer) -> None:
    mercer("price", "set", "MUG", "11.00", "CNY")
    plan = mercer("plan", "--json", "--channel", "north").json
    seller = stocked
    seller.show(seller.north, "mug", "MUG", price="10.50")
    answer = mercer("apply", plan["id"], "--yes", "--json")
    assert answer.code == 1
    (item,) = answer.json["items"]
    assert item["outcome"] == "stale"
    assert "10.50 CNY" in item["reason"]
    assert price_at(seller, "MUG") == "10.50 CNY"


def test_a_plan_is_shown_again_by_its_id_or_as_the_last_one(
    stocked: Seller, mercer: Mercer
) -> None:
    del stocked
    mercer("price", "set", "TEE-S", "11.00", "CNY")
    plan = mercer("plan", "--json").json
    assert mercer("plan", "show", "--json").json == plan
    assert mercer("plan", "show", plan["id"], "--json").json == plan
    assert mercer("plan", "show", "p99").code == 1


def test_a_long_plan_is_shown_by_its_first_changes_and_their_number(
    seller: Seller, mercer: Mercer
) -> None:
    skus = [f"S-{number:03}" for number in range(80)]
    seller.show(seller.north, "many", *skus)
    rows = "".join(f"many,Title of many,{sku},11.00,5\n" for sku in skus)
    products = seller.file("p.csv", f"product,title,sku,price,quantity\n{rows}")
    mercer("import", "products", products, "--currency", "CNY")
    mercer("pull", "--channel", "north")
    mercer("link")
    mercer("adopt", "north", "--ours")
    out = mercer("plan", "--channel", "north").out
    assert "... and 30 more: mercer plan export" in out
    assert len(mercer("plan", "--channel", "north", "--json").json["changes"]) == 80


def test_drift_shows_both_values_and_sync_repairs_it(stocked: Seller, mercer: Mercer) -> None:
    stocked.show(stocked.north, "mug", "MUG", price="9.50")
    mercer("pull", "listings")
    (moved,) = mercer("status", "--json").json["differences"]
    assert moved["ours"] == {"amount": "10.00", "currency": "CNY"}
    assert moved["theirs"] == {"amount": "9.50", "currency": "CNY"}
    assert mercer("status", "--json").json["channels"][0]["drift"] == 1
    answer = mercer("sync", "--json")
    assert answer.code == 0
    assert answer.json["apply"]["confirmed"] == 1
    assert price_at(stocked, "MUG") == "10.00 CNY"
    assert mercer("sync", "--json").json["apply"] is None


def test_offers_without_an_answer_are_listed_and_linked_by_hand(
    stocked: Seller, mercer: Mercer
) -> None:
    stocked.show(stocked.north, "hat", "HAT-1")
    mercer("pull", "listings", "--channel", "north")
    assert mercer("link", "--json").json["channels"]["north"]["queued"] == 1
    (waiting,) = mercer("link", "list", "--json").json["unlinked"]
    assert waiting["merchant_code"] == "HAT-1"
    assert "no SKU HAT-1" in waiting["why"]
    assert mercer("link", "set", "north", "HAT-1", "MUG").code == 0
    assert mercer("link", "list", "--json").json["unlinked"] == []
    assert mercer("link", "set", "north", "HAT-1", "--none").code == 0
    assert mercer("link", "set", "north", "HAT-1").code == 2
