from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.account import Channel
from mercer.core.errors import ProtocolBroken, Rejected
from mercer.plugins.amazon.simulator import AmazonSimulator
from mercer.plugins.amazon.simulator.patching import patched
from mercer.plugins.amazon.simulator.protocol import Refused
from mercer.plugins.amazon.wire import Call, moment
from mercer.plugins.simulation import Edit, World
from mercer.testkit.mount import address

from .conftest import CHANNEL, Rig, listings, price_write, product, stock_write, usd

HERE = {"marketplaceIds": "ATVPDKIKX0DER"}
BASE = address(CHANNEL.name)


def search(rig: Rig, **query: str) -> Call:
    path = f"/listings/2021-08-01/items/{rig.simulator.shop.seller.id}"
    return Call("searchListingsItems", "GET", path, {**HERE, **query})


def orders(**query: str) -> Call:
    return Call("searchOrders", "GET", "/orders/2026-01-01/orders", query)


# ---------------------------------------------------------------- gate


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"user-agent": "x"}, "missing in the request header"),
        ({"user-agent": "x", "x-amz-access-token": "Atza|no"}, "revoked, malformed or invalid"),
    ],
)
async def test_a_token_that_is_not_good_is_a_403(
    rig: Rig, headers: dict[str, str], words: str
) -> None:
    reply = await rig.client.get(f"{BASE}/orders/2026-01-01/orders", headers=headers)
    assert reply.status_code == 403
    assert words in reply.json()["errors"][0]["details"]
    assert "x-amzn-ratelimit-limit" not in reply.headers
    assert reply.headers["x-amzn-requestid"]


async def test_the_burst_of_an_operation_is_a_bucket_that_fills_by_the_worlds_clock(
    rig: Rig,
) -> None:
    await rig.wire().run(search(rig))
    (token,) = rig.simulator.shop.seller.tokens
    headers = {"x-amz-access-token": token, "user-agent": "x"}
    url = f"{BASE}/orders/2026-01-01/orders?createdAfter=2026-01-01T00:00:00Z"
    statuses = [(await rig.client.get(url, headers=headers)).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    rig.clock.advance(1 / 0.0056)
    assert (await rig.client.get(url, headers=headers)).headers[
        "x-amzn-ratelimit-limit"
    ] == "0.0056"


async def test_the_feed_type_has_a_limit_of_its_own(rig: Rig) -> None:
    made = await rig.wire().run(
        Call(
            "createFeedDocument", "POST", "/feeds/2021-06-30/documents", body={"contentType": "a/b"}
        )
    )
    await rig.wire().upload(made["url"], "a/b", b"{}")
    (token, *_) = rig.simulator.shop.seller.tokens
    headers = {"x-amz-access-token": token, "user-agent": "x"}
    body = {"feedType": "JSON_LISTINGS_FEED", "inputFeedDocumentId": made["feedDocumentId"]}
    url = f"{BASE}/feeds/2021-06-30/feeds"
    statuses = [
        (await rig.client.post(url, headers=headers, content=json.dumps(body))).status_code
        for _ in range(6)
    ]
    assert statuses == [202] * 5 + [429]


# ---------------------------------------------------------------- listings


async def test_search_reaches_a_thousand_items_and_counts_them_all(rig: Rig) -> None:
    rig.simulator.seed([product(*(f"SKU-{n:04}" for n in range(1100)))])
    answer, seen = await rig.wire().run(search(rig, pageSize="20")), 0
    assert answer["numberOfResults"] == 1100
    while True:
        seen += len(answer["items"])
        token = answer["pagination"].get("nextToken")
        if not token:
            break
        answer = await rig.wire().run(search(rig, pageSize="20", pageToken=token))
    assert seen == 1000


def body(op: str, path: str, value: Any, type: str = "PRODUCT") -> dict[str, Any]:
    return {"productType": type, "patches": [{"op": op, "path": path, "value": value}]}


def stocked(op: str, **sub: Any) -> dict[str, Any]:
    value = {"fulfillment_channel_code": "DEFAULT", **sub}
    return body(op, "/attributes/fulfillment_availability", [value])


BEFORE: dict[str, Any] = {
    "fulfillment_availability": [
        {"fulfillment_channel_code": "DEFAULT", "quantity": 5, "lead_time_to_ship_max_days": 2}
    ]
}


def test_replace_resets_what_it_leaves_out_and_merge_keeps_it() -> None:
    replaced, _ = patched(BEFORE, stocked("replace", quantity=7), "CUP", "USD")
    merged, _ = patched(BEFORE, stocked("merge", quantity=7), "CUP", "USD")
    assert "lead_time_to_ship_max_days" not in replaced["fulfillment_availability"][0]
    assert merged["fulfillment_availability"][0]["lead_time_to_ship_max_days"] == 2
    assert BEFORE["fulfillment_availability"][0]["quantity"] == 5


@given(st.lists(st.integers(0, 999), min_size=1, max_size=5), st.sampled_from(["merge", "replace"]))
def test_a_patch_sent_twice_is_a_patch_sent_once_and_the_last_one_holds(
    quantities: list[int], op: str
) -> None:
    once = twice = BEFORE
    for quantity in quantities:
        once, _ = patched(once, stocked(op, quantity=quantity), "CUP", "USD")
        for _ in range(2):
            twice, _ = patched(twice, stocked(op, quantity=quantity), "CUP", "USD")
    assert once == twice
    assert once["fulfillment_availability"][0]["quantity"] == quantities[-1]


def test_another_channel_is_added_beside_the_first() -> None:
    value = [{"fulfillment_channel_code": "AMAZON_NA"}]
    patch = body("merge", "/attributes/fulfillment_availability", value)
    after, issues = patched(BEFORE, patch, "CUP", "USD")
    assert (len(after["fulfillment_availability"]), issues) == (2, [])


def test_delete_removes_the_instance_that_its_selectors_name() -> None:
    after, _ = patched(BEFORE, stocked("delete"), "CUP", "USD")
    assert after["fulfillment_availability"] == []


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        (body("merge", "/attributes/item_name/0", [{}]), "Invalid path"),
        (body("merge", "/attributes/item_name", {}), "Invalid empty value"),
        (body("move", "/attributes/item_name", [{}]), "Invalid operation"),
        ({"productType": "PRODUCT"}, "patches"),
    ],
)
def test_a_malformed_patch_is_a_400(patch: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words) as caught:
        patched(BEFORE, patch, "CUP", "USD")
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        (body("merge", "/attributes/purchaseable_offer", [{}]), "90000900"),
        (body("replace", "/attributes/item_name", [{"value": "x"}]), "4000003"),
        (body("replace", "/attributes/item_name", [{"value": " "}], "CUP"), "90220"),
        (body("replace", "/attributes/purchasable_offer", [{"currency": "USD"}]), "90220"),
        (body("replace", "/attributes/purchasable_offer", [{"currency": "EUR"}]), "4000001"),
        (stocked("merge", quantity=-1), "4000001"),
        (stocked("merge", quantity="5"), "4000001"),
    ],
)
def test_an_invalid_submission_carries_amazons_code(patch: dict[str, Any], code: str) -> None:
    _, issues = patched(BEFORE, patch, "CUP", "USD")
    assert [issue["code"] for issue in issues] == [code]


async def test_a_validation_preview_stores_nothing(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    path = f"/listings/2021-08-01/items/{rig.simulator.shop.seller.id}/A"
    query = {**HERE, "mode": "VALIDATION_PREVIEW"}
    for quantity, status in ((9, "VALID"), (-9, "INVALID")):
        patch = stocked("merge", quantity=quantity)
        answer = await rig.wire().run(Call("patchListingsItem", "PATCH", path, query, patch))
        assert answer["status"] == status
    assert rig.shown("A").quantity == 5


async def test_a_sale_while_a_submission_is_under_way_counts_in_both(rig: Rig) -> None:
    rig.simulator.seed([product("A", quantity=5)])
    adapter = rig.adapter()
    await adapter.write_stock([stock_write((await listings(adapter))["A"], 10)], "key")
    rig.simulator.order([("A", 2)])
    (early,) = await adapter.read_back(["A"])
    assert early.offers[0].stock[0].quantity == 3
    rig.clock.advance(300)
    (late,) = await adapter.read_back(["A"])
    assert late.offers[0].stock[0].quantity == 8


# ---------------------------------------------------------------- orders


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"createdAfter": "2026-10-01T00:00:00Z", "lastUpdatedAfter": "2026-10-01T00:00:00Z"},
        {"createdBefore": "2026-10-01T00:00:00Z"},
        {"lastUpdatedAfter": "2026-10-01T00:00:00"},
        {"lastUpdatedAfter": "2026-10-01T00:00:00Z", "includedData": "EVERYTHING"},
        {"lastUpdatedAfter": "2026-10-01T00:00:00Z", "maxResultsPerPage": "101"},
    ],
)
async def test_a_search_of_orders_that_breaks_a_rule_is_a_400_that_names_nothing(
    rig: Rig, query: dict[str, str]
) -> None:
    with pytest.raises(Rejected, match="check your input"):
        await rig.wire().run(orders(**query))


async def test_a_bound_of_less_than_two_minutes_ago_is_refused(rig: Rig) -> None:
    after = moment(rig.clock.now() - timedelta(hours=1))
    for ago, taken in ((119, False), (121, True)):
        before = moment(rig.clock.now() - timedelta(seconds=ago))
        call = orders(lastUpdatedAfter=after, lastUpdatedBefore=before)
        if taken:
            assert (await rig.wire().run(call))["orders"] == []
        else:
            with pytest.raises(Rejected):
                await rig.wire().run(call)


async def test_a_token_holds_for_its_own_parameters_only(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    for _ in range(3):
        rig.simulator.order([("A", 1)])
    rig.clock.advance(200)
    after = moment(rig.clock.now() - timedelta(hours=1))
    first = await rig.wire().run(orders(lastUpdatedAfter=after, maxResultsPerPage="1"))
    token = first["pagination"]["nextToken"]
    same = orders(lastUpdatedAfter=after, maxResultsPerPage="2", paginationToken=token)
    assert len((await rig.wire().run(same))["orders"]) == 2
    other = orders(createdAfter=after, paginationToken=token)
    with pytest.raises(Rejected, match="must match the original"):
        await rig.wire().run(other)


async def test_what_is_not_asked_for_is_not_told(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.order([("A", 1)])
    rig.clock.advance(200)
    (order,) = (await rig.wire().run(orders(createdAfter="2026-10-01T00:00:00Z")))["orders"]
    assert {"fulfillment", "proceeds"}.isdisjoint(order)


# ---------------------------------------------------------------- storage


async def test_storage_refuses_another_content_type_in_xml(rig: Rig) -> None:
    made = await rig.wire().run(
        Call(
            "createFeedDocument", "POST", "/feeds/2021-06-30/documents", body={"contentType": "a/b"}
        )
    )
    reply = await rig.client.put(made["url"], headers={"content-type": "a/c"}, content=b"x")
    assert (reply.status_code, b"SignatureDoesNotMatch" in reply.content) == (403, True)
    rig.clock.advance(301)
    with pytest.raises(ProtocolBroken):
        await rig.wire().upload(made["url"], "a/b", b"x")


# ---------------------------------------------------------------- back door


async def test_a_dumped_account_goes_through_json_and_goes_on(rig: Rig) -> None:
    rig.simulator.seed([product("A", "B")])
    adapter = rig.adapter()
    shop = await listings(adapter)
    await adapter.write_prices([price_write(shop["A"], "33.33")])
    order = rig.simulator.order([("B", 1)])
    state = json.loads(json.dumps(rig.simulator.dump()))

    other = AmazonSimulator(CHANNEL, World(99, rig.clock))
    other.load(state)
    assert other.offers() == rig.simulator.offers()
    assert other.dump() == rig.simulator.dump()
    price = other.shop.items["A"].newest.attributes["purchasable_offer"][0]["our_price"]
    assert price == [{"schedule": [{"value_with_tax": Decimal("33.33")}]}]
    other.cancel(order)
    assert {each.quantity for each in other.offers()} == {5}


def test_an_order_of_too_many_or_of_nothing_known_is_refused(rig: Rig) -> None:
    rig.simulator.seed([product("A", quantity=2)])
    with pytest.raises(ValueError, match="fewer than 3"):
        rig.simulator.order([("A", 2), ("A", 1)])
    with pytest.raises(KeyError):
        rig.simulator.order([("NONE", 1)])
    with pytest.raises(KeyError):
        rig.simulator.edit("NONE", Edit(quantity=1))
    assert rig.shown("A").quantity == 2


def test_cancelling_twice_gives_the_units_back_once(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    order = rig.simulator.order([("A", 2)])
    for _ in range(2):
        rig.simulator.cancel(order)
    assert rig.shown("A").quantity == 5


def test_the_account_is_in_a_marketplace_of_the_channels_currency() -> None:
    euro = AmazonSimulator(Channel("de", "amazon", "acme", "EUR"), World())
    assert euro.shop.marketplace == "A1PA6795UKMFR9"
    with pytest.raises(ValueError, match="CNY"):
        AmazonSimulator(Channel("cn", "amazon", "acme", "CNY"), World())


def test_the_same_seed_makes_the_same_account(rig: Rig) -> None:
    assert AmazonSimulator(CHANNEL, World()).dump() == rig.simulator.dump()


async def test_an_edit_in_seller_central_shows_late_like_any_submission(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.edit("A", Edit(price=usd("44"), quantity=1, title="Renamed", listed=False))
    assert (rig.shown("A").price, rig.shown("A").status) == (usd("44"), "delisted")
    assert (await listings(rig.adapter()))["A"].offers[0].price == usd("20")


async def test_a_client_without_a_user_agent_is_refused(rig: Rig) -> None:
    request = httpx.Request("GET", f"{BASE}/orders/2026-01-01/orders")
    assert (await rig.client.send(request)).status_code == 400
