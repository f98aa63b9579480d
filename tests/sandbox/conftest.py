"""The smallest shop that a sandbox can hold, under the platform names `toy` and `taobao`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import Field, SecretStr

from mercer.core.account import Channel
from mercer.core.cell import Nothing, money_from_text
from mercer.core.errors import SettingsError
from mercer.plugins import registry
from mercer.plugins.platform import ChannelSettings, Platform
from mercer.plugins.simulation import (
    Dropped,
    Edit,
    FaultKind,
    ShopProduct,
    Simulator,
    Truth,
    World,
)
from mercer.sandbox.app import SandboxApp
from mercer.sandbox.catalogue import generate
from mercer.sandbox.world import Sandbox


class ToySettings(ChannelSettings):
    address: str
    token: SecretStr | None = None
    note: str = Field(default="")


class Toy:
    def __init__(self, channel: Channel, world: World) -> None:
        self._channel = channel
        self._world = world
        self.shelf: dict[str, Truth] = {}
        self.orders: dict[str, list[tuple[str, int]]] = {}

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        if self._world.faults.draw(self._channel.name, write=False) is FaultKind.TIMEOUT:
            raise Dropped
        message = await receive()
        answer = {
            "path": scope["path"],
            "raw_path": scope["raw_path"].decode(),
            "query": scope["query_string"].decode(),
            "body": message["body"].decode(),
            "now": self._world.clock.now().isoformat(),
        }
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def settings(self, address: str) -> dict[str, str]:
        return {"address": f"{address}/api", "token": f"token-of-{self._channel.name}"}

    def seed(self, products: Sequence[ShopProduct]) -> None:
        for each in products:
            for sku, price in each.prices.items():
                self.shelf[sku] = Truth(
                    merchant_code=sku,
                    listing=each.product.code,
                    offer=sku.lower(),
                    title=each.product.title,
                    price=price,
                    compare_at=each.compare_at.get(sku),
                    quantity=each.quantities[sku],
                    status="listed",
                )

    def offers(self) -> list[Truth]:
        return list(self.shelf.values())

    def edit(self, merchant_code: str, edit: Edit) -> None:
        offer = self.shelf[merchant_code]
        above = offer.compare_at if edit.compare_at is None else edit.compare_at
        self.shelf[merchant_code] = replace(
            offer,
            price=edit.price or offer.price,
            compare_at=None if isinstance(above, Nothing) else above,
            quantity=offer.quantity if edit.quantity is None else edit.quantity,
            title=edit.title or offer.title,
            status={None: offer.status, True: "listed", False: "delisted"}[edit.listed],
        )

    def order(self, lines: Sequence[tuple[str, int]], *, paid: bool = True) -> str:
        for sku, quantity in lines:
            if self.shelf[sku].quantity < quantity:
                raise ValueError(f"only {self.shelf[sku].quantity} of {sku} are left")
        for sku, quantity in lines:
            self.edit(sku, Edit(quantity=self.shelf[sku].quantity - quantity))
        order = f"{'paid' if paid else 'open'}-{self._world.rng.getrandbits(32)}"
        self.orders[order] = list(lines)
        return order

    def cancel(self, order: str) -> None:
        for sku, quantity in self.orders.pop(order):
            self.edit(sku, Edit(quantity=self.shelf[sku].quantity + quantity))

    def dump(self) -> dict[str, Any]:
        rows = [
            [each.merchant_code, each.listing, each.offer, each.title, str(each.price),
             str(each.compare_at or ""), each.quantity, each.status]
            for each in self.shelf.values()
        ]  # fmt: skip
        return {"shelf": rows, "orders": self.orders}

    def load(self, state: Mapping[str, Any]) -> None:
        self.orders = {key: [(sku, n) for sku, n in each] for key, each in state["orders"].items()}
        for sku, listing, offer, title, price, above, quantity, status in state["shelf"]:
            money, compare_at = money_from_text(price), money_from_text(above)
            assert money
            self.shelf[sku] = Truth(sku, listing, offer, title, money, compare_at, quantity, status)


def _no_adapter(*_: Any) -> Any:
    raise AssertionError("a sandbox connects to nobody")


TOYS = {
    name: Platform(name, name.title(), ToySettings, _no_adapter, Toy)
    for name in ("toy", "taobao", "shopify")
}


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = Platform("bare", "Bare", ToySettings, _no_adapter)

    def load(name: str) -> Platform:
        try:
            return {**TOYS, "bare": bare}[name]
        except KeyError:
            raise SettingsError(f"no platform {name!r} is installed") from None

    monkeypatch.setattr(registry, "load", load)


@pytest.fixture
def sandbox(toys: None) -> Sandbox:
    """Two shops with the same ten products, one in dollars and one in yuan."""
    sandbox = Sandbox({"us": "toy", "cn": "taobao"}, seed=7)
    sandbox.stock(generate(10, 7))
    return sandbox


@pytest.fixture
def code(sandbox: Sandbox) -> str:
    """A merchant code that both shops have, with units left."""
    return next(
        each.merchant_code for each in sandbox.simulators["us"].offers() if each.quantity > 5
    )


@pytest.fixture
async def client(sandbox: Sandbox) -> Any:
    transport = httpx.ASGITransport(SandboxApp(sandbox))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:1") as client:
        yield client


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


def _is_a_simulator(toy: Toy) -> Simulator:
    return toy
