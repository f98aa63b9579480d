"""Both sides of the wire against Amazon's own models: what the adapter sends, what the simulator says."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx
import pytest

from mercer.core.after_sales import CaseKind
from mercer.core.cell import NOTHING
from mercer.core.contract import ContentWrite, ScheduleWrite
from mercer.core.order import OrderStatus
from mercer.core.scheduled import Scheduled
from mercer.plugins.amazon import order_mapping
from mercer.plugins.amazon.after_sales_mapping import CANCELLATION
from mercer.plugins.amazon.mapping import Market, listing
from mercer.plugins.amazon.simulator.seller import parsed
from mercer.plugins.amazon.webhook import event, opened
from mercer.plugins.simulation import FaultKind

from .conftest import (
    SPECS,
    Rig,
    listings,
    price_write,
    product,
    stock_write,
    usd,
    whole_order,
)

jsonschema = pytest.importorskip("jsonschema")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SPECS.exists(), reason="Amazon's models are not beside the project"),
]

MODELS = (
    "listingsItems_2021-08-01",
    "orders_2026-01-01",
    "ordersV0",
    "feeds_2021-06-30",
    "reports_2021-06-30",
    "fbaInventory",
)
DATES = ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
NO_MODEL = ("/auth/o2/token", "/storage/", "/sellers/v1/")


@cache
def model(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SPECS / f"{name}.json").read_text("utf-8"))
    return found


def closed(node: Any) -> Any:
    """The same schema, refusing properties that it does not name: a misspelt one is a fault."""
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    shut = {name: closed(each) for name, each in node.items()}
    if isinstance(node.get("properties"), dict) and "additionalProperties" not in node:
        shut["additionalProperties"] = False
    return shut


def check(instance: Any, schema: dict[str, Any], document: dict[str, Any]) -> None:
    whole = {**closed(schema), "definitions": closed(document["definitions"])}
    valid(jsonschema.Draft4Validator(whole), instance)


def valid(validator: Any, instance: Any) -> None:
    assert [f"{each.json_path}: {each.message}" for each in validator.iter_errors(instance)] == []


def operation_of(request: httpx.Request) -> tuple[dict[str, Any], dict[str, Any], re.Match[str]]:
    path = request.url.raw_path.decode().partition("?")[0]
    for name in MODELS:
        for template, operations in model(name)["paths"].items():
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
            found = re.fullmatch(pattern, path)
            if found and request.method.lower() in operations:
                return model(name), operations[request.method.lower()], found
    raise AssertionError(f"no model has {request.method} {path}")


def check_request(request: httpx.Request) -> None:
    document, operation, path = operation_of(request)
    given = dict(parse_qsl(request.url.query.decode(), keep_blank_values=True))
    given |= {name: unquote(each) for name, each in path.groupdict().items()}
    parameters = {each["name"]: each for each in operation["parameters"] if each["in"] != "body"}
    assert given.keys() <= parameters.keys()
    assert {name for name, each in parameters.items() if each.get("required")} <= given.keys()
    for name, text in given.items():
        check_parameter(text, parameters[name])
    bodies = [each for each in operation["parameters"] if each["in"] == "body"]
    assert bool(bodies) == bool(request.content)
    if bodies:
        assert request.headers["content-type"] == "application/json"
        check(json.loads(request.content), bodies[0]["schema"], document)


def check_parameter(text: str, parameter: dict[str, Any]) -> None:
    if parameter["type"] == "array":
        values = text.split(",")
        allowed = parameter["items"].get("enum")
        assert len(values) <= parameter.get("maxItems", len(values))
        assert allowed is None or set(values) <= set(allowed)
    elif parameter["type"] == "integer":
        assert int(text) <= parameter.get("maximum", int(text))
    elif parameter["type"] == "boolean":
        assert text in ("true", "false")
    else:
        assert text in parameter.get("enum", [text])


def check_response(request: httpx.Request, response: httpx.Response) -> None:
    document, operation, _ = operation_of(request)
    answer = operation["responses"][str(response.status_code)]
    if "schema" in answer:
        check(response.json(), answer["schema"], document)
    else:
        assert response.content == b""
    told = {name.lower() for name in answer.get("headers", {})}
    assert told <= response.headers.keys()
    assert ("x-amzn-ratelimit-limit" in response.headers) is ("x-amzn-ratelimit-limit" in told)


def exchanges(rig: Rig) -> Iterator[tuple[httpx.Request, httpx.Response]]:
    for request, response in rig.recorder.seen:
        at_aws = "x-amz-target" in request.headers
        if not at_aws and not any(each in str(request.url) for each in NO_MODEL):
            yield request, response


def check_all(rig: Rig) -> set[str]:
    """Validate everything that went over the wire; the operations that did."""
    seen = set()
    for request, response in exchanges(rig):
        check_request(request)
        check_response(request, response)
        seen.add(operation_of(request)[1]["operationId"])
    return seen


async def test_all_that_a_channel_does_is_valid_on_both_sides(rig: Rig) -> None:
    rig.simulator.seed([product("A", "B/1", "C,2", title="Müg 茶")])
    rig.simulator.fulfil_by_amazon("B/1", 4)
    adapter = rig.adapter(personal_data="yes")
    shop = await listings(adapter)
    await adapter.read_back(["A", "C,2", "NONE"])
    await adapter.write_prices([price_write(shop["A"], "21.00"), price_write(shop["C,2"], "0.00")])
    for wanted in (Scheduled(usd("9.00"), *map(datetime.fromisoformat, DATES)), NOTHING):
        write = ScheduleWrite(shop["C,2"], shop["C,2"].offers[0], wanted)
        await adapter.schedule_prices([write])
        await adapter.read_back(["C,2"])
    await adapter.write_stock([stock_write(shop["A"], 9)], "key")
    await adapter.write_content([ContentWrite(shop["A"], "Cup", "Holds coffee.")])
    orders = [rig.simulator.order([("A", 1)], paid=paid) for paid in (True, False)]
    orders.append(rig.simulator.order([("B/1", 1)]))
    rig.simulator.cancel(orders[0])
    shipped = rig.simulator.order([("A", 1), ("C,2", 2)])
    until = rig.clock.now()
    rig.clock.advance(600)
    _ = [page async for page in adapter.read_orders(until - timedelta(hours=1), until)]
    assert await adapter.read_order(orders[1]) is not None
    assert await adapter.read_order("000-0000000-0000000") is None
    assert await adapter.rehearse([price_write(shop["A"], "22.00")])
    await adapter.ship(whole_order(rig, shipped))
    await rig.clock.sleep(600)
    assert (await adapter.read_order(shipped)) is not None
    rig.simulator.ask_back(shipped, [("A", 1)], CaseKind.RETURN)
    assert [each async for each in adapter.read_after_sales(until, rig.clock.now())]
    assert await adapter.check()
    assert check_all(rig) == {
        "searchListingsItems",
        "getListingsItem",
        "patchListingsItem",
        "searchOrders",
        "getOrder",
        "confirmShipment",
        "createReport",
        "getReport",
        "getReportDocument",
        "getInventorySummaries",
    }


async def test_a_feed_and_a_report_are_valid_from_end_to_end(rig: Rig) -> None:
    skus = [f"SKU-{n:04}" for n in range(1005)]
    rig.simulator.seed([product(*skus)])
    adapter = rig.adapter()
    shop = await listings(adapter)
    writes = [price_write(shop[sku], "0.00" if sku == skus[0] else "22.00") for sku in skus]
    await adapter.write_prices(writes)
    assert check_all(rig) == {
        "searchListingsItems",
        "createReport",
        "getReport",
        "getReportDocument",
        "createFeedDocument",
        "createFeed",
        "getFeed",
        "getFeedDocument",
    }
    (upload,) = rig.recorder.of("PUT", "/storage/")
    check_document(json.loads(upload.content), "listings-feed-schema-v2")
    results = [
        json.loads(gzip.decompress(response.content))
        for request, response in rig.recorder.seen
        if request.method == "GET"
        and "/storage/" in str(request.url)
        and response.headers["content-type"].startswith("application/json")
    ]
    (report,) = results
    check_document(report, "listings-feed-processing-report-schema-v2")
    assert report["summary"]["messagesInvalid"] == 1


def check_document(instance: Any, name: str) -> None:
    schema = json.loads((SPECS / "schemas" / "feeds" / f"{name}.json").read_text("utf-8"))
    valid(jsonschema.Draft7Validator(schema), instance)


@pytest.mark.parametrize(
    "kind", [FaultKind.THROTTLE, FaultKind.ERROR_BEFORE, FaultKind.ERROR_AFTER]
)
async def test_failures_are_told_in_the_models_own_shape(rig: Rig, kind: FaultKind) -> None:
    rig.simulator.seed([product("A")])
    rig.strike(kind, writes_only=False)
    await listings(rig.adapter())
    statuses = {response.status_code for _, response in exchanges(rig)}
    assert statuses - {200} <= {429, 500, 503}
    assert len(statuses) == 2
    check_all(rig)


# ---------------------------------------------------------------- Amazon's own examples


def examples(name: str, path: str, method: str) -> list[dict[str, Any]]:
    """The static sandbox's replies with HTTP 200, prices as exact numbers."""
    response = model(name)["paths"][path][method]["responses"]["200"]
    static = response["x-amzn-api-sandbox"]["static"]
    return [parsed(json.dumps(each["response"])) for each in static]


def test_the_sandboxes_listing_is_read_without_loss() -> None:
    (found, *_) = examples(
        "listingsItems_2021-08-01", "/listings/2021-08-01/items/{sellerId}/{sku}", "get"
    )
    summaries = {each["marketplaceId"]: each for each in found["summaries"]}
    prices = {(each["marketplaceId"], each["offerType"]): each["price"] for each in found["offers"]}
    for marketplace, summary in summaries.items():
        price = prices[marketplace, "B2C"]
        read = listing(found, Market(marketplace, price["currencyCode"]))
        (offer,) = read.offers
        assert (read.listing, read.title) == (found["sku"], summary["itemName"])
        assert (read.code, read.refs["product_type"]) == (summary["asin"], summary["productType"])
        assert offer.price is not None
        assert offer.price.amount == parsed(price["amount"])
        stock = {each.location: each.quantity for each in offer.stock}
        told = found["fulfillmentAvailability"]
        assert stock == {each["fulfillmentChannelCode"]: each["quantity"] for each in told}


def test_every_listing_of_the_sandboxes_search_is_read() -> None:
    (answer, *_) = examples(
        "listingsItems_2021-08-01", "/listings/2021-08-01/items/{sellerId}", "get"
    )
    read = [listing(item, Market("ATVPDKIKX0DER", "USD")) for item in answer["items"]]
    assert [each.listing for each in read] == [item["sku"] for item in answer["items"]]


def sandbox_orders() -> list[dict[str, Any]]:
    if not SPECS.exists():
        return []
    base = "/orders/2026-01-01/orders"
    found = examples("orders_2026-01-01", base, "get")
    one = examples("orders_2026-01-01", f"{base}/{{orderId}}", "get")
    return [
        *chain.from_iterable(each["orders"] for each in found),
        *(each["order"] for each in one),
    ]


@pytest.mark.parametrize("node", sandbox_orders(), ids=lambda node: str(node["orderId"]))
def test_every_order_of_the_sandbox_is_read_without_loss(node: dict[str, Any]) -> None:
    read = order_mapping.order(node, "USD")
    assert order_mapping.is_ours(node, node["salesChannel"]["marketplaceId"])
    assert isinstance(read.status, OrderStatus)
    total = node.get("proceeds", {}).get("grandTotal")
    if total:
        assert read.totals.grand is not None
        assert read.totals.grand.amount == parsed(total["amount"])
        assert read.currency == total["currencyCode"]
    for line, told in zip(read.lines, node["orderItems"], strict=True):
        price = told["product"].get("price", {}).get("unitPrice")
        assert line.line == told["orderItemId"]
        assert line.merchant_code == told["product"].get("sellerSku")
        assert line.ordered == told["quantityOrdered"]
        assert (line.unit_price is not None) == (price is not None)


NOTIFICATIONS = (
    "OrderChangeNotification",
    "ListingsItemStatusChangeNotification",
    "ListingsItemIssuesChangeNotification_2023-12-13",
    "ListingsItemMfnQuantityChange",
)


@pytest.mark.parametrize("name", NOTIFICATIONS)
def test_amazons_own_notifications_name_what_to_read(name: str) -> None:
    schema = notification(name)
    for example in schema["examples"]:
        payload = example["Payload"]
        payload = payload.get("OrderChangeNotification", payload)
        told = opened(json.dumps(example))
        assert told is not None
        found = event(told, payload["SellerId"])
        assert found is not None
        assert found.id.removeprefix(CANCELLATION) == payload.get(
            "AmazonOrderId", payload.get("Sku")
        )
        assert found.key == example["NotificationMetadata"]["NotificationId"]
        assert found.at is not None


def notification(name: str) -> dict[str, Any]:
    path = SPECS / "schemas" / "notifications" / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


async def test_the_simulated_queue_holds_what_amazons_schemas_allow(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.order([("A", 1)])
    adapter = rig.adapter()
    await adapter.write_stock([stock_write((await listings(adapter))["A"], 9)], "key")
    schemas = {
        "ORDER_CHANGE": notification("OrderChangeNotification"),
        "LISTINGS_ITEM_MFN_QUANTITY_CHANGE": notification("ListingsItemMfnQuantityChange"),
    }
    bodies = [json.loads(each.body) for each in rig.simulator.shop.seller.queue.values()]
    assert {each["NotificationType"] for each in bodies} == schemas.keys()
    for body in bodies:
        schema = schemas[body["NotificationType"]]
        valid(jsonschema.validators.validator_for(schema)(schema), body)
