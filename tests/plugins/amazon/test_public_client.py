"""A public client library, which somebody else wrote against the real SP-API, at the simulator.

Skipped where it is absent; `make test-peers` installs `python-amazon-sp-api`.
"""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import uvicorn

from mercer.plugins.amazon.simulator import AmazonSimulator
from mercer.plugins.simulation import World

from .conftest import CHANNEL, product, usd

api = pytest.importorskip("sp_api.api")
auth = pytest.importorskip("sp_api.auth.access_token_client")
exceptions = pytest.importorskip("sp_api.base.exceptions")


@dataclass
class Served:
    simulator: AmazonSimulator
    world: World
    address: str
    clients: list[Any] = field(default_factory=list)

    def client(self, kind: Any) -> Any:
        seller = self.simulator.shop.seller
        credentials = {
            "refresh_token": seller.refresh_token,
            "lwa_app_id": seller.client_id,
            "lwa_client_secret": seller.client_secret,
        }
        made = kind(credentials=credentials)
        made.endpoint = self.address
        self.clients.append(made)
        return made

    def close(self) -> None:
        for client in self.clients:
            client.close()
            client._auth._transport.close()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """On a loopback port, since the library opens connections of its own."""
    world = World()
    simulator = AmazonSimulator(CHANNEL, world)
    simulator.seed([product("A/1", "B", "C")])
    listener = socket.create_server(("127.0.0.1", 0))
    host = f"127.0.0.1:{listener.getsockname()[1]}"
    simulator.settings(f"http://{host}")
    monkeypatch.setattr(auth.AccessTokenClient, "scheme", "http://")
    monkeypatch.setattr(auth.AccessTokenClient, "host", host)
    auth.cache.clear()
    server = uvicorn.Server(uvicorn.Config(simulator.app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    served = Served(simulator, world, f"http://{host}")
    yield served
    served.close()
    server.should_exit = True
    thread.join()


HERE = {"marketplaceIds": ["ATVPDKIKX0DER"]}


def patch(quantity: int) -> dict[str, Any]:
    value = {"fulfillment_channel_code": "DEFAULT", "quantity": quantity}
    path = "/attributes/fulfillment_availability"
    return {
        "productType": "PRODUCT",
        "patches": [{"op": "merge", "path": path, "value": [value]}],
    }


def test_the_client_reads_searches_and_patches_listings(served: Served) -> None:
    seller = served.simulator.shop.seller.id
    client = served.client(api.ListingsItems)
    item = client.get_listings_item(seller, "A/1", **HERE, includedData="summaries,offers").payload
    assert (item["sku"], item["summaries"][0]["itemName"]) == ("A/1", "Mug")
    found = client.search_listings_items(seller, **HERE, pageSize=2).payload
    assert (found["numberOfResults"], len(found["items"])) == (3, 2)
    answer = client.patch_listings_item(seller, "A/1", **HERE, body=patch(9)).payload
    assert answer["status"] == "ACCEPTED"
    assert {each.quantity for each in served.simulator.offers()} == {9, 5}
    with pytest.raises(exceptions.SellingApiNotFoundException):
        client.get_listings_item(seller, "NONE", **HERE)


def test_the_client_reads_orders(served: Served) -> None:
    id = served.simulator.order([("B", 2)])
    served.world.clock.advance(200)
    client = served.client(api.OrdersV20260101)
    found = client.search_orders(
        createdAfter="2026-10-01T00:00:00Z",
        includedData=["PROCEEDS", "FULFILLMENT"],
        **HERE,
    ).payload
    (order,) = found["orders"]
    assert (order["orderId"], order["fulfillment"]["fulfillmentStatus"]) == (id, "UNSHIPPED")
    one = client.get_order(id, includedData=["PROCEEDS"]).payload
    assert one["order"]["proceeds"]["grandTotal"] == {"amount": "40.00", "currencyCode": "USD"}
    with pytest.raises(exceptions.SellingApiBadRequestException):
        client.search_orders(**HERE)


def test_the_client_submits_a_feed_and_reads_its_report(served: Served) -> None:
    seller = served.simulator.shop.seller.id
    feed = {
        "header": {"sellerId": seller, "version": "2.0"},
        "messages": [
            {"messageId": 1, "sku": "B", "operationType": "PATCH", **patch(7)},
            {"messageId": 2, "sku": "NONE", "operationType": "PATCH", **patch(7)},
        ],
    }
    client = served.client(api.Feeds)
    file = io.StringIO(json.dumps(feed))
    _, made = client.submit_feed("JSON_LISTINGS_FEED", file, content_type="application/json")
    id = made.payload["feedId"]
    assert client.get_feed(id).payload["processingStatus"] == "IN_QUEUE"
    served.world.clock.advance(60)
    done = client.get_feed(id).payload
    assert done["processingStatus"] == "DONE"
    text = client.get_feed_document(done["resultFeedDocumentId"])
    report = json.loads(text)
    assert [each["sku"] for each in report["issues"]] == ["NONE"]
    truth = {each.merchant_code: each for each in served.simulator.offers()}
    assert (truth["B"].quantity, truth["B"].price) == (7, usd("20.00"))


def test_a_token_that_was_revoked_is_a_403_to_the_client(served: Served) -> None:
    client = served.client(api.ListingsItems)
    client.get_listings_item(served.simulator.shop.seller.id, "B", **HERE)
    served.simulator.shop.seller.tokens.clear()
    with pytest.raises(exceptions.SellingApiForbiddenException):
        client.get_listings_item(served.simulator.shop.seller.id, "B", **HERE)


def test_the_client_rehearses_a_patch(served: Served) -> None:
    client = served.client(api.ListingsItems)
    seller = served.simulator.shop.seller.id
    mode = {"mode": "VALIDATION_PREVIEW"}
    for quantity, status in ((9, "VALID"), (-1, "INVALID")):
        body = patch(quantity)
        answer = client.patch_listings_item(seller, "B", **HERE, **mode, body=body).payload
        assert answer["status"] == status
    assert {each.quantity for each in served.simulator.offers()} == {5}


def test_the_client_confirms_a_shipment(served: Served) -> None:
    id = served.simulator.order([("B", 2)])
    (line,) = served.simulator.shop.orders[id].lines
    detail = {
        "packageReferenceId": "1",
        "carrierCode": "UPS",
        "trackingNumber": "1Z999",
        "shipDate": "2026-11-01T08:00:00Z",
        "orderItems": [{"orderItemId": line.id, "quantity": 1}],
    }
    client = served.client(api.OrdersV0)
    client.confirm_shipment(id, marketplaceId=HERE["marketplaceIds"][0], packageDetail=detail)
    served.world.clock.advance(90)
    orders = served.client(api.OrdersV20260101)
    order = orders.get_order(id, includedData=["FULFILLMENT", "PACKAGES"]).payload["order"]
    assert order["fulfillment"]["fulfillmentStatus"] == "PARTIALLY_SHIPPED"
    assert [each["trackingNumber"] for each in order["packages"]] == ["1Z999"]
    too_many = {
        **detail,
        "packageReferenceId": "2",
        "orderItems": [{"orderItemId": line.id, "quantity": 2}],
    }
    with pytest.raises(exceptions.SellingApiBadRequestException):
        client.confirm_shipment(id, marketplaceId=HERE["marketplaceIds"][0], packageDetail=too_many)


def test_the_sdk_of_aws_reads_and_empties_the_queue(served: Served) -> None:
    boto3 = pytest.importorskip("boto3")
    settings = served.simulator.settings(served.address)

    def queue(secret: str) -> Any:
        return boto3.client(
            "sqs",
            region_name="us-east-1",
            endpoint_url=served.address,
            aws_access_key_id=settings["aws_access_key_id"],
            aws_secret_access_key=secret,
        )

    served.world.clock.advance_to(datetime.now(UTC))
    id = served.simulator.order([("B", 2)])
    url = {"QueueUrl": settings["queue_url"]}
    with pytest.raises(Exception, match="signature"):
        queue("wrong").receive_message(**url)
    client = queue(settings["aws_secret_access_key"])
    messages = client.receive_message(**url, MaxNumberOfMessages=10)["Messages"]
    assert all(id in each["Body"] for each in messages)
    entries = [
        {"Id": str(number), "ReceiptHandle": each["ReceiptHandle"]}
        for number, each in enumerate(messages)
    ]
    assert len(client.delete_message_batch(**url, Entries=entries)["Successful"]) == len(entries)
    assert served.simulator.shop.seller.queue == {}
    client.close()
