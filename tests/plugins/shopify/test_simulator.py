"""The simulated shop as a client sees it: envelopes, refusals, limits, and its back door."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mercer.core.cell import NOTHING
from mercer.plugins.shopify.simulator import ShopifySimulator
from mercer.plugins.shopify.simulator.shop import Shop
from mercer.plugins.simulation import Edit, FaultKind, World
from mercer.testkit.mount import address

from .conftest import CHANNEL, Rig, tee, usd

SET = """
mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { changes { name delta quantityAfterChange item { id } } }
    userErrors { field message code }
  }
}
"""


def first_error(answer: dict[str, Any]) -> tuple[str, str]:
    error = answer["errors"][0]
    return error["message"], error.get("extensions", {}).get("code", "")


def quantities(shop: Shop, *rows: tuple[str, int, int | None]) -> dict[str, Any]:
    """(SKU, quantity, change from) at the shop's location."""
    return {
        "name": "available",
        "reason": "correction",
        "quantities": [
            {
                "inventoryItemId": f"gid://shopify/InventoryItem/{item(shop, sku)}",
                "locationId": f"gid://shopify/Location/{shop.location}",
                "quantity": quantity,
                "changeFromQuantity": seen,
            }
            for sku, quantity, seen in rows
        ],
    }


def item(shop: Shop, sku: str) -> int:
    return shop.by_sku(sku)[0].inventory_item.id


# ---------------------------------------------------------------- the envelope


async def test_an_unknown_token_is_401_in_the_platforms_words(rig: Rig) -> None:
    url = f"{address(CHANNEL.name)}/admin/api/2026-10/graphql.json"
    reply = await rig.client.post(url, content="{}", headers={"X-Shopify-Access-Token": "x"})

    assert reply.status_code == 401
    assert reply.json()["errors"].startswith("[API] Invalid API key or access token")


async def test_a_body_that_is_not_json_is_400_and_another_path_404(rig: Rig) -> None:
    base = address(CHANNEL.name)
    headers = {"X-Shopify-Access-Token": await rig.token()}
    reply = await rig.client.post(
        f"{base}/admin/api/2026-10/graphql.json", content="{", headers=headers
    )

    assert reply.status_code == 400
    assert (await rig.client.get(f"{base}/admin/products.json")).status_code == 404


@pytest.mark.parametrize(("asked", "served"), [("2026-07", "2026-07"), ("2024-01", "2026-01")])
async def test_a_version_past_its_time_falls_forward(rig: Rig, asked: str, served: str) -> None:
    reply = await rig.client.post(
        f"{address(CHANNEL.name)}/admin/api/{asked}/graphql.json",
        json={"query": "{ shop { name } }"},
        headers={"X-Shopify-Access-Token": await rig.token()},
    )

    assert reply.headers["x-shopify-api-version"] == served
    assert reply.headers["x-request-id"]


@pytest.mark.parametrize(
    ("text", "variables", "message", "code"),
    [
        ("{ shop {", {}, "syntax error", "PARSE_ERROR"),
        ("{ shop { foo } }", {}, "Field 'foo' doesn't exist on type 'Shop'", "undefinedField"),
        (
            "{ shop(x: 1) { name } }",
            {},
            "Field 'shop' doesn't accept argument 'x'",
            "argumentNotAccepted",
        ),
        (
            "{ order { name } }",
            {},
            "Field 'order' is missing required arguments: id",
            "missingRequiredArguments",
        ),
        (
            "query Q($a: Int) { shop { name } }",
            {"a": 1},
            "Variable $a is declared by Q but not used",
            "variableNotUsed",
        ),
        ("{ shop }", {}, "Field must have selections (field 'shop'", "selectionMismatch"),
        ("{ shop @x { name } }", {}, "Directive @x is not defined", "undefinedDirective"),
        (
            "query Q($i: ID!) { order(id: $i) { name } }",
            {},
            "Variable $i of type ID! was provided invalid value",
            "INVALID_VARIABLE",
        ),
        ("{ products { nodes { id } } }", {}, "you must provide one of first", "BAD_REQUEST"),
        ("{ orders(first: 251) { nodes { id } } }", {}, "first cannot exceed 250.", "BAD_REQUEST"),
        ('{ orders(first: 1, after: "x") { nodes { id } } }', {}, "Malformed", "BAD_REQUEST"),
        ("query A { shop { name } } query B { shop { id } }", {}, "An operation name is", ""),
    ],
)
async def test_mistakes_are_told_in_the_platforms_words(
    rig: Rig, text: str, variables: dict[str, Any], message: str, code: str
) -> None:
    told, kind = first_error(await rig.graphql(text, **variables))

    assert told.startswith(message)
    assert kind == code


async def test_a_wrong_gid_and_an_unknown_input_field_are_problems_of_their_variable(
    rig: Rig,
) -> None:
    text = """mutation P($p: ProductUpdateInput!) {
      productUpdate(product: $p) { userErrors { message } }
    }"""
    answer = await rig.graphql(text, p={"id": "7", "colour": "red", "status": "GONE"})

    problems = answer["errors"][0]["extensions"]["problems"]
    assert {(each["path"][0], each["explanation"]) for each in problems} == {
        ("id", "Invalid global id '7'"),
        ("colour", "Field is not defined on ProductUpdateInput"),
        ("status", 'Expected "GONE" to be one of: ACTIVE, ARCHIVED, DRAFT, UNLISTED'),
    }


async def test_the_path_to_an_unknown_field_begins_with_the_operation(rig: Rig) -> None:
    answer = await rig.graphql("query Q { products(first: 1) { nodes { foo } } }")

    assert answer["errors"][0]["path"] == ["query Q", "products", "nodes", "foo"]


# ---------------------------------------------------------------- points


async def test_a_document_of_more_than_a_thousand_points_is_refused(rig: Rig) -> None:
    lines = "lineItems(first: 250) { nodes { product { id } variant { id } } }"
    text = f"{{ orders(first: 250) {{ nodes {{ id {lines} }} }} products(first: 250) "
    text += "{ nodes { variants(first: 250) { nodes { product { variants(first: 250) "
    answer = await rig.graphql(text + "{ nodes { id } } } } } } } }")

    assert first_error(answer)[1] == "MAX_COST_EXCEEDED"
    assert "extensions" not in answer


async def test_a_request_is_admitted_by_what_it_may_cost_and_charged_what_it_did(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    text = "{ products(first: 250) { nodes { variants(first: 250) { nodes { id } } } } }"

    cost = (await rig.graphql(text))["extensions"]["cost"]

    assert cost["requestedQueryCost"] == 2 + 11 * (1 + 2 + 11)
    assert cost["actualQueryCost"] < 20
    assert cost["throttleStatus"]["currentlyAvailable"] == 2000 - cost["actualQueryCost"]


async def test_points_come_back_by_the_worlds_clock(rig: Rig) -> None:
    rig.simulator.shop.state.points = 0
    text = "{ products(first: 10) { nodes { id } } }"

    answer = await rig.graphql(text)
    assert first_error(answer) == ("Throttled", "THROTTLED")
    assert "data" not in answer
    assert answer["extensions"]["cost"]["actualQueryCost"] is None
    rig.clock.advance(0.25)
    assert "errors" not in await rig.graphql(text)


# ---------------------------------------------------------------- search


async def test_an_unknown_search_field_is_only_a_warning(rig: Rig) -> None:
    answer = await rig.graphql('{ products(first: 1, query: "colour:red") { nodes { id } } }')

    (search,) = answer["extensions"]["search"]
    assert search["warnings"][0]["field"] == "colour"
    assert "errors" not in answer


async def test_a_timestamp_without_quotes_silently_finds_nothing(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    text = "query Q($q: String!) { products(first: 5, query: $q) { nodes { id } } }"

    quoted = await rig.graphql(text, q="updated_at:>='2026-11-01T00:00:00Z'")
    unquoted = await rig.graphql(text, q="updated_at:>=2026-11-01T00:00:00Z")

    assert len(quoted["data"]["products"]["nodes"]) == 1
    assert unquoted["data"]["products"]["nodes"] == []
    assert "search" not in unquoted["extensions"]


async def test_products_are_found_by_status_and_id(rig: Rig) -> None:
    rig.simulator.seed([tee("A"), tee("B")])
    rig.simulator.edit("B-1", Edit(listed=False))
    (id, *_) = rig.simulator.shop.state.products
    text = "query Q($q: String!) { products(first: 5, query: $q) { nodes { handle } } }"

    async def found(q: str) -> list[str]:
        answer = await rig.graphql(text, q=q)
        return [node["handle"] for node in answer["data"]["products"]["nodes"]]

    assert await found("status:draft") == ["b"]
    assert await found("status:active,draft") == ["a", "b"]
    assert await found(f"id:{id}") == ["a"]


# ---------------------------------------------------------------- writing stock


async def test_the_key_is_required_though_the_schema_does_not_say_so(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    text = SET.replace("@idempotent(key: $key)", "").replace(", $key: String!", "")
    answer = await rig.graphql(text, input=quantities(rig.simulator.shop, ("TEE-1", 1, None)))

    assert first_error(answer) == (
        "The @idempotent directive is required for this mutation but was not provided.",
        "BAD_REQUEST",
    )
    assert answer["data"] == {"inventorySetQuantities": None}


async def test_change_from_quantity_must_be_there_and_may_be_null(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    given = quantities(rig.simulator.shop, ("TEE-1", 1, None))
    assert "errors" not in await rig.graphql(SET, input=given, key="a")

    del given["quantities"][0]["changeFromQuantity"]
    answer = await rig.graphql(SET, input=given, key="b")
    assert first_error(answer)[1] == "INVALID_FIELD_ARGUMENTS"


async def test_more_than_250_rows_are_refused_before_anything_is_done(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=251)])
    rows = [(f"TEE-{n}", 1, None) for n in range(1, 252)]
    answer = await rig.graphql(SET, input=quantities(rig.simulator.shop, *rows), key="a")

    assert first_error(answer) == (
        "The input array size of 251 is greater than the maximum allowed of 250.",
        "MAX_INPUT_SIZE_EXCEEDED",
    )
    assert rig.shown("TEE-1").quantity == 5


async def test_one_bad_row_and_no_row_is_written(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    given = quantities(rig.simulator.shop, ("TEE-1", 1, 5), ("TEE-2", 1, 4))

    payload = (await rig.graphql(SET, input=given, key="a"))["data"]["inventorySetQuantities"]

    assert payload["inventoryAdjustmentGroup"] is None
    (error,) = payload["userErrors"]
    assert error["field"] == ["input", "quantities", "1", "changeFromQuantity"]
    assert rig.shown("TEE-1").quantity == 5


async def test_the_same_item_twice_in_one_call_is_refused(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    given = quantities(rig.simulator.shop, ("TEE-1", 1, None), ("TEE-1", 2, None))

    payload = (await rig.graphql(SET, input=given, key="a"))["data"]["inventorySetQuantities"]

    assert len(payload["userErrors"]) == 2


async def test_what_is_on_hand_moves_with_what_is_available(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    rig.simulator.order([("TEE-1", 2)])
    shop = rig.simulator.shop
    level = shop.by_sku("TEE-1")[0].inventory_item.levels[shop.location]
    assert (level.available, level.on_hand) == (3, 5)

    answer = await rig.graphql(SET, input=quantities(shop, ("TEE-1", 10, 3)), key="a")

    assert (level.available, level.on_hand) == (10, 12)
    group = answer["data"]["inventorySetQuantities"]["inventoryAdjustmentGroup"]
    assert [(each["name"], each["delta"]) for each in group["changes"]] == [
        ("available", 7),
        ("on_hand", 7),
    ]


async def test_a_key_answers_the_same_for_a_day_and_only_to_the_same_parameters(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    shop = rig.simulator.shop
    first = await rig.graphql(SET, input=quantities(shop, ("TEE-1", 1, None)), key="a")
    rig.simulator.edit("TEE-1", Edit(quantity=9))

    again = await rig.graphql(SET, input=quantities(shop, ("TEE-1", 1, None)), key="a")
    other = await rig.graphql(SET, input=quantities(shop, ("TEE-1", 2, None)), key="a")

    assert again["data"] == first["data"]
    (error,) = other["data"]["inventorySetQuantities"]["userErrors"]
    assert error["code"] == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
    assert rig.shown("TEE-1").quantity == 9
    rig.clock.advance(24 * 3600 + 1)
    await rig.graphql(SET, input=quantities(shop, ("TEE-1", 2, None)), key="a")
    assert rig.shown("TEE-1").quantity == 2


# ---------------------------------------------------------------- bulk operations


async def test_an_export_has_escaped_slashes_and_children_that_name_their_parent(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=1)])
    inner = "{ products { edges { node { id title variants { edges { node { id sku } } } } } } }"
    started = await rig.graphql(
        "mutation B($q: String!) { bulkOperationRunQuery(query: $q, groupObjects: false) "
        "{ bulkOperation { id status url objectCount } userErrors { message } } }",
        q=inner,
    )
    operation = started["data"]["bulkOperationRunQuery"]["bulkOperation"]
    assert (operation["status"], operation["url"], operation["objectCount"]) == (
        "CREATED",
        None,
        "0",
    )

    rig.clock.advance(5)
    text = "query B($id: ID!) { bulkOperation(id: $id) { status url objectCount fileSize } }"
    done = (await rig.graphql(text, id=operation["id"]))["data"]["bulkOperation"]
    content = (await rig.client.get(done["url"])).text

    assert (done["status"], done["objectCount"]) == ("COMPLETED", "2")
    assert content.startswith('{"id":"gid:\\/\\/shopify\\/Product\\/')
    product, variant = map(json.loads, content.splitlines())
    assert variant["__parentId"] == product["id"]
    assert len(content.encode()) == int(done["fileSize"])


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        ("{ shop { name } }", "Bulk queries must contain at least one connection."),
        ("{ products { nodes { id } } }", "All connection fields in a bulk query must select"),
        (
            "{ products { edges { node { title variants { edges { node { id } } } } } } }",
            "The parent 'node' field for a nested connection must select the 'id' field",
        ),
        ("{ products {", "Failed to parse the query"),
    ],
)
async def test_an_export_that_breaks_the_rules_is_refused(
    rig: Rig, inner: str, message: str
) -> None:
    answer = await rig.graphql(
        "mutation B($q: String!) { bulkOperationRunQuery(query: $q, groupObjects: false) "
        "{ userErrors { field message code } } }",
        q=inner,
    )

    (error,) = answer["data"]["bulkOperationRunQuery"]["userErrors"]
    assert error["message"].startswith(message)
    assert (error["field"], error["code"]) == (["query"], "INVALID")


# ---------------------------------------------------------------- the back door


def simulator(world: World) -> ShopifySimulator:
    made = ShopifySimulator(CHANNEL, world)
    made.seed([tee()])
    return made


def test_a_buyer_gets_no_more_than_is_there() -> None:
    shop = simulator(World())

    with pytest.raises(ValueError, match="TEE-1"):
        shop.order([("TEE-1", 3), ("TEE-1", 3)])
    with pytest.raises(KeyError):
        shop.order([("NONE", 1)])
    assert [each.quantity for each in shop.offers()] == [5, 5]


def test_a_shop_that_sells_on_without_stock_goes_below_zero() -> None:
    shop = simulator(World())
    shop.shop.by_sku("TEE-1")[0].inventory_policy = "CONTINUE"

    shop.order([("TEE-1", 7)])

    assert shop.offers()[0].quantity == -2


def test_a_cancelled_order_gives_its_units_back_once() -> None:
    shop = simulator(World())
    order = shop.order([("TEE-1", 3)], paid=False)

    shop.cancel(order)
    shop.cancel(order)

    assert shop.offers()[0].quantity == 5
    with pytest.raises(KeyError):
        shop.cancel("4711")


def test_the_back_office_edits_every_offer_of_a_code() -> None:
    shop = simulator(World())
    edit = Edit(usd("3"), NOTHING, 1, "Edited", listed=False)

    shop.edit("TEE-2", edit)

    first, second = shop.offers()
    assert (second.price, second.compare_at, second.quantity) == (usd("3"), None, 1)
    assert (first.title, first.status, first.price) == ("Edited", "delisted", usd("20"))
    with pytest.raises(KeyError):
        shop.edit("NONE", edit)


async def test_a_shop_put_away_as_json_goes_on_where_it_was(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    order = rig.simulator.order([("TEE-1", 2)])
    await rig.graphql(SET, input=quantities(rig.simulator.shop, ("TEE-2", 8, None)), key="before")
    state = json.loads(json.dumps(rig.simulator.dump()))

    again = ShopifySimulator(CHANNEL, World())
    again.load(state)

    assert again.offers() == rig.simulator.offers()
    assert again.dump() == rig.simulator.dump()
    again.cancel(order)
    assert again.offers()[0].quantity == 5


async def test_a_lost_write_is_taken_and_not_done(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    rig.strike(FaultKind.LOST_WRITE)

    given = quantities(rig.simulator.shop, ("TEE-1", 1, 5))
    answer = await rig.graphql(SET, input=given, key="a")

    assert answer["data"]["inventorySetQuantities"]["userErrors"] == []
    assert rig.shown("TEE-1").quantity == 5


def test_the_same_seed_makes_the_same_shop() -> None:
    one, two = simulator(World(7)), simulator(World(7))

    assert one.dump() == two.dump()
    assert one.settings("http://a") == two.settings("http://a")
    assert one.settings("http://a") != simulator(World(8)).settings("http://a")
