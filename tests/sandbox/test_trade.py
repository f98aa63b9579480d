"""Buyers at the simulators that come with Mercer: they pay, want things back, and share one stock."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import httpx
import pytest

from mercer.core.after_sales import CaseKind
from mercer.plugins.buyers import western_buyer
from mercer.plugins.simulation import Edit, OrderTruth, Simulator
from mercer.sandbox.app import SandboxApp
from mercer.sandbox.catalogue import generate
from mercer.sandbox.channels import read_channels
from mercer.sandbox.world import Sandbox, load

EVERY = "shopify,taobao,jd,amazon-de=amazon:EUR,amazon-pl=amazon:PLN@amazon-de"
CHANNELS = ("shopify", "taobao", "jd", "amazon-de", "amazon-pl")


@pytest.fixture
def sandbox() -> Sandbox:
    sandbox = Sandbox(read_channels(EVERY), seed=3)
    sandbox.stock(generate(8, 3))
    sandbox.world.clock.advance(3600)
    return sandbox


def shown(sandbox: Sandbox, channel: str, code: str) -> int:
    offers = sandbox.simulators[channel].offers()
    return next(each.quantity for each in offers if each.merchant_code == code)


def truth(shop: Simulator, order: str) -> OrderTruth:
    return next(each for each in shop.orders() if each.order == order)


@pytest.fixture
def code(sandbox: Sandbox) -> str:
    offers = sandbox.simulators["jd"].offers()
    return next(each.merchant_code for each in offers if each.quantity > 5)


@pytest.mark.parametrize("name", CHANNELS)
def test_an_order_is_placed_paid_and_cancelled(sandbox: Sandbox, name: str, code: str) -> None:
    shop = sandbox.simulators[name]
    order = shop.order([(code, 2)], paid=False, buyer=western_buyer(5))
    placed = truth(shop, order)
    assert (placed.paid, placed.cancelled, dict(placed.units)) == (False, False, {code: 2})
    assert placed.created_at == sandbox.world.clock.now().replace(microsecond=0)
    sandbox.world.clock.advance(60)
    shop.pay(order)
    assert truth(shop, order).paid
    sandbox.world.clock.advance(60)
    shop.cancel(order)
    assert truth(shop, order).cancelled
    assert sum(truth(shop, order).units.values()) == 0
    assert truth(shop, order).parcels == ()


@pytest.mark.parametrize("name", CHANNELS)
def test_orders_and_cases_go_on_after_the_sandbox_was_put_away(
    sandbox: Sandbox, name: str, code: str
) -> None:
    shop = sandbox.simulators[name]
    orders = [shop.order([(code, 1)], buyer=western_buyer(each)) for each in range(3)]
    case = first_case(shop, orders[0], code)
    again = load(json.loads(json.dumps(sandbox.dump())))
    assert again.simulators[name].orders() == shop.orders()
    for each in (sandbox, again):
        each.world.clock.advance(60)
        each.simulators[name].cancel(orders[1])
        if case is not None:
            each.simulators[name].settle_case(case, agreed=True)
    assert again.dump() == sandbox.dump()


def first_case(shop: Simulator, order: str, code: str) -> str | None:
    for kind in CaseKind:
        try:
            return shop.ask_back(order, [(code, 1)], kind)
        except ValueError:
            continue
    return None  # nothing is asked back here before it ships


@pytest.mark.parametrize("name", CHANNELS)
def test_nobody_pays_or_settles_what_is_not_there(sandbox: Sandbox, name: str) -> None:
    shop = sandbox.simulators[name]
    for act in (
        lambda: shop.pay("1"),
        lambda: shop.cancel("1"),
        lambda: shop.ask_back("1", [], CaseKind.RETURN),
        lambda: shop.settle_case("1", agreed=True),
    ):
        with pytest.raises(KeyError):
            act()


def test_two_storefronts_of_one_account_have_one_stock_and_two_prices(
    sandbox: Sandbox, code: str
) -> None:
    german, polish = sandbox.simulators["amazon-de"], sandbox.simulators["amazon-pl"]
    before = shown(sandbox, "amazon-de", code)
    polish.order([(code, 2)])
    assert shown(sandbox, "amazon-de", code) == shown(sandbox, "amazon-pl", code) == before - 2
    german.edit(code, Edit(quantity=50))
    assert shown(sandbox, "amazon-pl", code) == 50
    assert {each.price.currency for each in german.offers()} == {"EUR"}
    assert {each.price.currency for each in polish.offers()} == {"PLN"}
    assert german.orders() == []
    again = load(json.loads(json.dumps(sandbox.dump())))
    again.simulators["amazon-pl"].order([(code, 1)])
    assert shown(again, "amazon-de", code) == 49


async def test_the_back_doors_open_for_every_shop(sandbox: Sandbox, code: str) -> None:
    transport = httpx.ASGITransport(SandboxApp(sandbox))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:1") as client:

        async def post(path: str, body: dict[str, Any]) -> Any:
            answer = await client.post(f"/_world/{path}", json=body)
            assert answer.status_code == 200, answer.text
            return answer.json()

        for name in CHANNELS:
            buyer = asdict(western_buyer(9))
            placed = await post(
                f"{name}/order", {"merchant_code": code, "paid": False, "buyer": buyer}
            )
            await post(f"{name}/pay", placed)
            (order,) = (await client.get(f"/_world/{name}/orders")).json()["orders"]
            assert (order["order"], order["paid"]) == (placed["order"], True)
            await post(f"{name}/notices", {})
            assert (await post(f"{name}/notices", {}))["notices"] == []
