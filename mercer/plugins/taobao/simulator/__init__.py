"""A simulated Taobao or Tmall shop: the gateway on the wire, and its back door."""

from __future__ import annotations

import random
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter

from mercer.core.account import Channel
from mercer.core.listing import ListingStatus
from mercer.core.money import Money
from mercer.core.product import ProductStatus
from mercer.core.product import Sku as OwnSku
from mercer.plugins.simulation import Edit, ShopProduct, Truth, World
from mercer.plugins.taobao.settings import SellerType
from mercer.plugins.taobao.simulator import checkout, goods
from mercer.plugins.taobao.simulator.app import PATH, Gateway
from mercer.plugins.taobao.simulator.protocol import TopError
from mercer.plugins.taobao.simulator.shop import Buyer, Item, Shop, Sku, Trade
from mercer.plugins.yuan import CURRENCY

_STATE: Final = TypeAdapter(Shop)
_BEYOND_DOUBLES: Final = 2**53
_FOR_LONG: Final = timedelta(days=30)
_SURNAMES: Final = "王李张刘陈杨赵黄周吴"
_STREETS: Final = ("文一西路", "中山北路", "人民南路", "解放东路")


class TaobaoSimulator:
    """Seeded items take stock when ordered at Taobao (C) and when paid at Tmall (B), as is usual."""

    def __init__(self, channel: Channel, world: World, seller_type: SellerType) -> None:
        self._world = world
        rng = world.rng
        shop = Shop(
            seller_type=seller_type,
            seller_id=rng.randrange(10**9, 4 * 10**9),
            nick=f"{channel.name}店",
            app_key=str(rng.randrange(10**7, 10**8)),
            app_secret=f"{rng.getrandbits(128):032x}",
            session=f"6100{rng.getrandbits(96):024x}",
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
        return {
            "app_key": self.shop.app_key,
            "app_secret": self.shop.app_secret,
            "session": self.shop.session,
            "seller_type": self.shop.seller_type,
            "address": address.rstrip("/") + PATH,
        }

    def seed(self, products: Sequence[ShopProduct]) -> None:
        for product in products:
            item = _stocked(self.shop, product, self._now() - _FOR_LONG)
            self.shop.items[item.num_iid] = item

    def offers(self) -> list[Truth]:
        return [_truth(item, sku) for item in self.shop.items.values() for sku in item.live]

    def edit(self, merchant_code: str, edit: Edit) -> None:
        """Raise `ValueError` with the platform's words where its rules forbid the edit."""
        found = list(self.shop.coded(merchant_code))
        if not found:
            raise KeyError(merchant_code)
        for item, sku in found:
            try:
                _edited(self.shop, item, sku, edit, self._now())
            except TopError as error:
                raise ValueError(error.sub_msg) from error

    def order(self, lines: Sequence[tuple[str, int]], *, paid: bool = True) -> str:
        trade = checkout.place(self.shop, lines, _buyer(self._world.rng), self._now())
        if paid:
            checkout.pay(self.shop, trade, self._now())
        return str(trade.tid)

    def cancel(self, order: str) -> None:
        """Raise `KeyError` for an unknown order, `ValueError` for one shipped or closed."""
        checkout.close(self.shop, self.trade(order), self._now())

    def trade(self, order: str) -> Trade:
        if not order.isdecimal():
            raise KeyError(order)
        return self.shop.trades[int(order)]

    def dump(self) -> dict[str, Any]:
        state: dict[str, Any] = _STATE.dump_python(self.shop, mode="json")
        return state

    def load(self, state: Mapping[str, Any]) -> None:
        self._gateway.shop = _STATE.validate_python(dict(state))

    def _now(self) -> datetime:
        return self._world.clock.now().replace(microsecond=0)


def _stocked(shop: Shop, product: ShopProduct, since: datetime) -> Item:
    """A product with a single SKU and no options becomes an item without SKUs."""
    own = product.product
    plain = len(own.skus) == 1 and not own.skus[0].options
    num_iid = shop.new_id()
    skus = [
        _sku(product, sku, num_iid if plain else shop.new_id(), number)
        for number, sku in enumerate(own.skus)
    ]
    item = Item(
        num_iid=num_iid,
        title=own.title,
        desc=own.description or "",
        outer_id=own.skus[0].sku if plain else own.code,
        sub_stock=2 if shop.seller_type == "B" else 1,
        price=min(sku.price for sku in skus),
        onsale=own.status is ProductStatus.ACTIVE,
        plain=plain,
        created=since,
        modified=since,
        list_time=since,
        skus=skus,
    )
    item.onsale = item.onsale and item.num > 0
    return item


def _sku(product: ShopProduct, sku: OwnSku, sku_id: int, number: int) -> Sku:
    pairs = sku.options or (("款式", str(number + 1)),)
    ids = [(_property(name), _property(f"{name}:{value}")) for name, value in pairs]
    named = [
        f"{pid}:{vid}:{_escaped(name)}:{_escaped(value)}"
        for (pid, vid), (name, value) in zip(ids, pairs, strict=True)
    ]
    return Sku(
        sku_id=sku_id,
        outer_id=sku.sku,
        price=_fen(product.prices[sku.sku]),
        quantity=product.quantities[sku.sku],
        barcode=sku.barcode or "",
        properties=";".join(f"{pid}:{vid}" for pid, vid in ids),
        properties_name=";".join(named),
    )


def _property(name: str) -> int:
    """Property and value ids are the platform's; any stable number will do."""
    return zlib.crc32(name.encode())


def _escaped(name: str) -> str:
    return name.replace(":", "#cln#").replace(";", "#scln#")


def _fen(price: Money) -> int:
    if price.currency != CURRENCY:
        raise ValueError(f"a Taobao shop sells in {CURRENCY}, not {price.currency}")
    return price.minor


def _edited(shop: Shop, item: Item, sku: Sku, edit: Edit, now: datetime) -> None:
    if edit.price is not None:
        prices = {each.sku_id: each.price for each in item.live} | {sku.sku_id: _fen(edit.price)}
        goods.set_prices(shop, item, min(prices.values()), prices, now)
    if edit.quantity is not None:
        goods.set_stock(shop, item, {sku.sku_id: edit.quantity}, now)
    if edit.title is not None:
        goods.set_text(shop, item, edit.title, None, now)
    if edit.listed is True:
        goods.put_on_shelf(shop, item, item.num, now)
    if edit.listed is False:
        goods.take_off_shelf(shop, item, now)


def _truth(item: Item, sku: Sku) -> Truth:
    off = ListingStatus.DELISTED if item.num else ListingStatus.SOLD_OUT
    return Truth(
        merchant_code=sku.outer_id,
        listing=str(item.num_iid),
        offer=str(sku.sku_id),
        title=item.title,
        price=Money(sku.price, CURRENCY),
        compare_at=None,
        quantity=sku.quantity,
        status=(ListingStatus.LISTED if item.onsale else off).value,
    )


def _buyer(rng: random.Random) -> Buyer:
    return Buyer(
        open_uid=f"AAH{rng.getrandbits(64):016x}",
        nick=f"买家{rng.randrange(10**6)}",
        name=rng.choice(_SURNAMES) + rng.choice("伟芳娜敏静"),
        mobile=f"13{rng.randrange(10**9):09d}",
        address=f"{rng.choice(_STREETS)}{rng.randrange(1, 999)}号",
    )
