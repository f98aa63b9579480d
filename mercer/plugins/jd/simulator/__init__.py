"""A simulated JD shop: both gateways on the wire, and its back door."""

from __future__ import annotations

import random
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter

from mercer.core.account import Channel
from mercer.core.money import Money
from mercer.core.product import ProductStatus
from mercer.core.product import Sku as OwnSku
from mercer.plugins.jd.mapping import status
from mercer.plugins.jd.settings import Gateway as GatewayName
from mercer.plugins.jd.simulator import checkout, goods
from mercer.plugins.jd.simulator.app import CLASSIC, SP, Gateway
from mercer.plugins.jd.simulator.protocol import JdError
from mercer.plugins.jd.simulator.shop import OFF_SHELF, ON_SHELF, Buyer, Order, Shop, Sku, Ware
from mercer.plugins.simulation import Edit, ShopProduct, Truth, World
from mercer.plugins.yuan import CURRENCY

_STATE: Final = TypeAdapter(Shop)
_BEYOND_DOUBLES: Final = 2**53
_FOR_LONG: Final = timedelta(days=30)
_SURNAMES: Final = "王李张刘陈杨赵黄周吴"
_STREETS: Final = ("新港中路", "体育东路", "环市西路", "江南大道")


class JdSimulator:
    """Orders take units off what can be sold when they are placed."""

    def __init__(self, channel: Channel, world: World, gateway: GatewayName) -> None:
        self._world = world
        self._settings_gateway = gateway
        rng = world.rng
        shop = Shop(
            vender_id=rng.randrange(10**7, 10**8),
            shop_id=rng.randrange(10**7, 10**8),
            name=f"{channel.name}旗舰店",
            app_key=f"{rng.getrandbits(128):032X}",
            app_secret=f"{rng.getrandbits(128):032x}",
            access_token=f"{rng.getrandbits(140):035x}lmd",
            refresh_token=f"{rng.getrandbits(140):035x}te2",
            next_id=_BEYOND_DOUBLES + rng.randrange(10**15),
        )
        self._gateway = Gateway(channel.name, world, shop)

    @property
    def shop(self) -> Shop:
        return self._gateway.shop

    @property
    def app(self) -> Any:
        return self._gateway.app

    def settings(self, address: str) -> dict[str, str]:
        path = SP if self._settings_gateway == "sp-api" else CLASSIC
        return {
            "app_key": self.shop.app_key,
            "app_secret": self.shop.app_secret,
            "access_token": self.shop.access_token,
            "gateway": self._settings_gateway,
            "address": address.rstrip("/") + path,
        }

    def seed(self, products: Sequence[ShopProduct]) -> None:
        for product in products:
            ware = _stocked(self.shop, product, self._now() - _FOR_LONG)
            self.shop.wares[ware.ware_id] = ware

    def offers(self) -> list[Truth]:
        now = self._now()
        return [_truth(ware, sku, now) for ware in self.shop.wares.values() for sku in ware.live]

    def edit(self, merchant_code: str, edit: Edit) -> None:
        """Raise `ValueError` with the platform's words where its rules forbid the edit."""
        found = list(self.shop.coded(merchant_code))
        if not found:
            raise KeyError(merchant_code)
        for ware, sku in found:
            try:
                _edited(self.shop, ware, sku, edit, self._now())
            except JdError as error:
                raise ValueError(error.zh) from error

    def order(self, lines: Sequence[tuple[str, int]], *, paid: bool = True) -> str:
        order = checkout.place(self.shop, lines, _buyer(self._world.rng), self._now())
        if paid:
            checkout.pay(self.shop, order, self._now())
        return str(order.order_id)

    def cancel(self, order: str) -> None:
        """Raise `KeyError` for an unknown order, `ValueError` for one shipped or cancelled."""
        checkout.cancel(self.shop, self.placed(order), self._now())

    def placed(self, order: str) -> Order:
        if not order.isdecimal():
            raise KeyError(order)
        return self.shop.orders[int(order)]

    def dump(self) -> dict[str, Any]:
        state: dict[str, Any] = _STATE.dump_python(self.shop, mode="json")
        return state

    def load(self, state: Mapping[str, Any]) -> None:
        self._gateway.shop = _STATE.validate_python(dict(state))

    def _now(self) -> datetime:
        return self._world.clock.now().replace(microsecond=0)


def _stocked(shop: Shop, product: ShopProduct, since: datetime) -> Ware:
    own = product.product
    return Ware(
        ware_id=shop.new_id(),
        title=own.title,
        introduction=own.description or "",
        mobile_desc=own.description or "",
        outer_id=own.code,
        status=ON_SHELF if own.status is ProductStatus.ACTIVE else OFF_SHELF,
        created=since,
        modified=since,
        skus=[_sku(shop, product, sku, since) for sku in own.skus],
    )


def _sku(shop: Shop, product: ShopProduct, sku: OwnSku, since: datetime) -> Sku:
    return Sku(
        sku_id=shop.new_id(),
        outer_id=sku.sku,
        price=_fen(product.prices[sku.sku]),
        stock_num=product.quantities[sku.sku],
        created=since,
        modified=since,
        barcode=sku.barcode or "",
        attributes=[
            (_attribute(name), _attribute(f"{name}:{value}"), value) for name, value in sku.options
        ],
    )


def _attribute(name: str) -> int:
    """Ids of attributes and values are the platform's; any stable number will do."""
    return zlib.crc32(name.encode())


def _fen(price: Money) -> int:
    if price.currency != CURRENCY:
        raise ValueError(f"a JD shop sells in {CURRENCY}, not {price.currency}")
    return price.minor


def _edited(shop: Shop, ware: Ware, sku: Sku, edit: Edit, now: datetime) -> None:
    if edit.price is not None:
        goods.set_price(ware, sku, _fen(edit.price), now)
    if edit.quantity is not None:
        goods.set_stock(ware, sku, edit.quantity, now)
    if edit.title is not None:
        goods.set_text(shop, ware, edit.title, None, now)
    if edit.listed is True:
        goods.put_on_shelf(shop, ware, now)
    if edit.listed is False:
        goods.take_off_shelf(ware, now)


def _truth(ware: Ware, sku: Sku, now: datetime) -> Truth:
    return Truth(
        merchant_code=sku.outer_id,
        listing=str(ware.ware_id),
        offer=str(sku.sku_id),
        title=ware.title,
        price=Money(sku.price, CURRENCY),
        compare_at=None,
        quantity=sku.stock_num,
        status=status(str(ware.shown_status(now))).value,
    )


def _buyer(rng: random.Random) -> Buyer:
    return Buyer(
        pin=f"jd_{rng.getrandbits(48):012x}",
        name=rng.choice(_SURNAMES) + rng.choice("伟芳娜敏静"),
        mobile=f"13{rng.randrange(10**9):09d}",
        address=f"{rng.choice(_STREETS)}{rng.randrange(1, 999)}号",
    )
