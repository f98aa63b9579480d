"""The smallest shop that a sandbox can hold, under the names of real platforms too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import Field, SecretStr, TypeAdapter

from mercer.core.account import Channel
from mercer.core.after_sales import CaseKind
from mercer.core.cell import Nothing
from mercer.core.errors import SettingsError
from mercer.plugins import registry
from mercer.plugins.platform import ChannelSettings, Platform
from mercer.plugins.simulation import (
    Buyer,
    Dropped,
    Edit,
    FaultKind,
    Lines,
    Notice,
    OrderTruth,
    ShopProduct,
    Simulator,
    Truth,
    World,
)
from mercer.sandbox.app import SandboxApp
from mercer.sandbox.catalogue import generate
from mercer.sandbox.channels import read_channels
from mercer.sandbox.world import Sandbox


class ToySettings(ChannelSettings):
    address: str
    token: SecretStr | None = None
    note: str = Field(default="")


@dataclass
class ToyState:
    shelf: dict[str, Truth] = field(default_factory=dict)
    placed: dict[str, OrderTruth] = field(default_factory=dict)
    bought_by: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    outbox: list[Notice] = field(default_factory=list)


STATE = TypeAdapter(ToyState)


class Toy:
    def __init__(self, channel: Channel, world: World) -> None:
        if (channel.platform, channel.currency) == ("amazon", "CNY"):
            raise ValueError("no marketplace of Amazon's sells in CNY")
        self._channel = channel
        self._world = world
        self.state = ToyState()

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
                self.state.shelf[sku] = Truth(
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
        return list(self.state.shelf.values())

    def edit(self, merchant_code: str, edit: Edit) -> None:
        offer = self.state.shelf[merchant_code]
        above = offer.compare_at if edit.compare_at is None else edit.compare_at
        self.state.shelf[merchant_code] = replace(
            offer,
            price=edit.price or offer.price,
            compare_at=None if isinstance(above, Nothing) else above,
            quantity=offer.quantity if edit.quantity is None else edit.quantity,
            title=edit.title or offer.title,
            status={None: offer.status, True: "listed", False: "delisted"}[edit.listed],
        )

    def order(self, lines: Lines, *, paid: bool = True, buyer: Buyer | None = None) -> str:
        for sku, quantity in lines:
            if self.state.shelf[sku].quantity < quantity:
                raise ValueError(f"only {self.state.shelf[sku].quantity} of {sku} are left")
        for sku, quantity in lines:
            self.edit(sku, Edit(quantity=self.state.shelf[sku].quantity - quantity))
        order = f"o-{self._world.rng.getrandbits(32)}"
        now = self._world.clock.now()
        self.state.placed[order] = OrderTruth(order, now, paid, False, dict(lines), {}, ())
        self.state.bought_by[order] = buyer.key if buyer else ""
        self._tell(order)
        return order

    def pay(self, order: str) -> None:
        self.state.placed[order] = replace(self.state.placed[order], paid=True)
        self._tell(order)

    def cancel(self, order: str) -> None:
        for sku, quantity in self.state.placed[order].units.items():
            self.edit(sku, Edit(quantity=self.state.shelf[sku].quantity + quantity))
        self.state.placed[order] = replace(self.state.placed[order], cancelled=True, units={})
        self._tell(order)

    def ask_back(self, order: str, lines: Lines, kind: CaseKind) -> str:
        if kind is CaseKind.EXCHANGE:
            raise ValueError("nothing is exchanged here")
        units = self.state.placed[order].units
        assert all(units[sku] >= quantity for sku, quantity in lines)
        self.state.cases[case := f"c-{len(self.state.cases)}"] = order
        return case

    def settle_case(self, case: str, *, agreed: bool) -> None:
        order = self.state.cases.pop(case)
        if agreed:
            self.cancel(order)

    def orders(self) -> list[OrderTruth]:
        return list(self.state.placed.values())

    def notices(self) -> list[Notice]:
        told, self.state.outbox = self.state.outbox, []
        return told

    def _tell(self, order: str) -> None:
        notice = Notice(
            self._world.clock.now(), {"x-signature": "signed"}, f"订单 {order}".encode()
        )
        self.state.outbox.append(notice)

    def dump(self) -> dict[str, Any]:
        state: dict[str, Any] = STATE.dump_python(self.state, mode="json")
        return state

    def load(self, state: Mapping[str, Any]) -> None:
        self.state = STATE.validate_python(state)


def _no_adapter(*_: Any) -> Any:
    raise AssertionError("a sandbox connects to nobody")


TOYS = {
    name: Platform(name, name.title(), ToySettings, _no_adapter, Toy)
    for name in ("toy", "taobao", "shopify", "amazon")
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
    sandbox = Sandbox(read_channels("us=toy,cn=taobao"), seed=7)
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
