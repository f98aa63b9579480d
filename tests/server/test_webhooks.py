"""What platforms call: verified before it is looked at, kept once, and answered at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

import httpx
import pytest

from mercer.core.account import Channel
from mercer.core.contract import Event, EventKind
from mercer.core.errors import AuthExpired, ProtocolBroken
from mercer.server.webhooks import LARGEST_BODY, webhooks_app
from mercer.store import tables
from mercer.store.database import open_database
from tests.sync.conftest import Seller
from tests.sync.hostile import Hostile


class Calling(Hostile):
    """A platform that calls: a body is signed with the word `signed`, and names an order."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
        if headers.get("x-signature") != "signed":
            raise AuthExpired("a webhook's signature is wrong")
        if not body.isascii():
            raise ProtocolBroken("no text")
        order = body[:20].decode()
        return [Event(order, EventKind.ORDER, order, "orders/create", (("S", 2),))]


@pytest.fixture
def seller() -> Iterator[Seller]:
    seller = Seller(open_database(None))
    seller.add_channel(Channel("north", "memory", "north", "CNY"), Calling)
    seller.add_channel(Channel("south", "memory", "south", "CNY"))
    yield seller
    seller.database.close()


@pytest.fixture
async def caller(seller: Seller) -> AsyncIterator[httpx.AsyncClient]:
    app = httpx.ASGITransport(webhooks_app(seller.session))
    async with httpx.AsyncClient(transport=app, base_url="http://here") as client:
        client.headers["x-signature"] = "signed"
        yield client


async def test_what_a_webhook_names_is_kept_once_and_its_units_are_held(
    seller: Seller, caller: httpx.AsyncClient
) -> None:
    await seller.agree("p", "S")
    for kept in (1, 0):
        answer = await caller.post("/webhooks/north", content=b"O1")
        assert (answer.status_code, answer.json()) == (200, {"kept": kept})
    (event,) = seller.rows(tables.events)
    assert (event["channel"], event["id"], event["handled_at"]) == ("north", "O1", None)
    balance = seller.balance("S")
    assert balance is not None
    assert balance.reserved == 2


async def test_a_webhook_that_the_platform_did_not_sign_leaves_nothing(
    seller: Seller, caller: httpx.AsyncClient
) -> None:
    answer = await caller.post("/webhooks/north", content=b"O1", headers={"x-signature": "forged"})
    assert answer.status_code == 401
    assert seller.rows(tables.events) == []


@pytest.mark.parametrize("channel", ["south", "west", "north/x", ""])
async def test_nobody_is_called_but_channels_whose_platform_calls(
    caller: httpx.AsyncClient, channel: str
) -> None:
    assert (await caller.post(f"/webhooks/{channel}", content=b"O1")).status_code == 404


async def test_a_signed_body_without_sense_and_one_without_end_are_refused(
    seller: Seller, caller: httpx.AsyncClient
) -> None:
    assert (await caller.post("/webhooks/north", content=b"\xff")).status_code == 422
    endless = b"O" * (LARGEST_BODY + 1)
    assert (await caller.post("/webhooks/north", content=endless)).status_code == 413
    assert seller.rows(tables.events) == []


async def test_whoever_asks_for_its_health_is_told_who_may_call(caller: httpx.AsyncClient) -> None:
    assert (await caller.get("/health")).json() == {"channels": ["north"]}


async def test_the_next_sync_deals_with_what_webhooks_named(
    seller: Seller, caller: httpx.AsyncClient
) -> None:
    await seller.agree("p", "S")
    seller.later(1)
    order = seller.sell("north", "S", 2)
    await caller.post("/webhooks/north", content=order.order.encode())
    seller.later(1)
    await seller.sync()
    (event,) = seller.rows(tables.events)
    assert event["handled_at"] is not None
    assert [row["order"] for row in seller.rows(tables.orders)] == [order.order]
