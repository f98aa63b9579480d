"""A simulated JD shop: both gateways on the wire, and its back door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mercer.core.account import Channel
from mercer.core.after_sales import CaseKind
from mercer.plugins.buyers import chinese_buyer
from mercer.plugins.dumps import Dumps
from mercer.plugins.jd.after_sales_mapping import SLIP
from mercer.plugins.jd.settings import Gateway as GatewayName
from mercer.plugins.jd.simulator import checkout, services
from mercer.plugins.jd.simulator.app import CLASSIC, SP, Gateway
from mercer.plugins.jd.simulator.protocol import JdError
from mercer.plugins.jd.simulator.seeding import edited, stocked
from mercer.plugins.jd.simulator.shop import Order, Shop
from mercer.plugins.jd.simulator.truth import offer_truth, order_truth
from mercer.plugins.simulation import (
    Buyer,
    Edit,
    Lines,
    Notice,
    OrderTruth,
    ShopProduct,
    Truth,
    World,
)

_DUMPS: Final = Dumps(Shop)
_BEYOND_DOUBLES: Final = 2**53


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
            ware = stocked(self.shop, product, self._world.now)
            self.shop.wares[ware.ware_id] = ware

    def offers(self) -> list[Truth]:
        now = self._world.now
        return [
            offer_truth(ware, sku, now) for ware in self.shop.wares.values() for sku in ware.live
        ]

    def edit(self, merchant_code: str, edit: Edit) -> None:
        """Raise `ValueError` with the platform's words where its rules forbid the edit."""
        for ware, sku in self.shop.coded(merchant_code):
            try:
                edited(self.shop, ware, sku, edit, self._world.now)
            except JdError as error:
                raise ValueError(error.zh) from error

    def order(self, lines: Lines, *, paid: bool = True, buyer: Buyer | None = None) -> str:
        who = buyer or chinese_buyer(len(self.shop.orders))
        order = checkout.place(self.shop, lines, who, self._world.now)
        if paid:
            checkout.pay(self.shop, order, self._world.now)
        return str(order.order_id)

    def pay(self, order: str) -> None:
        checkout.pay(self.shop, self.placed(order), self._world.now)

    def cancel(self, order: str) -> None:
        """Raise `KeyError` for an unknown order, `ValueError` for one shipped or cancelled."""
        checkout.cancel(self.shop, self.placed(order), self._world.now)

    def ask_back(self, order: str, lines: Lines, kind: CaseKind) -> str:
        """A cancellation is a slip for the whole order, anything else a service order for one SKU."""
        placed, now = self.placed(order), self._world.now
        if kind is not CaseKind.CANCELLATION:
            return str(services.ask(self.shop, placed, lines, kind, now).id)
        asked: Counter[str] = Counter()
        for code, units in lines:
            asked[code] += units
        if asked != order_truth(placed).units:
            raise ValueError("JD cancels an order whole")
        return f"{SLIP}{checkout.ask_refund(self.shop, placed, now).id}"

    def settle_case(self, case: str, *, agreed: bool) -> None:
        """Raise `KeyError` for an unknown case, `ValueError` for one that has ended."""
        number = case.removeprefix(SLIP)
        if not number.isdecimal():
            raise KeyError(case)
        if case.startswith(SLIP):
            checkout.review(self.shop, self.shop.slips[int(number)], agreed, self._world.now)
        else:
            service = self.shop.services[int(number)]
            services.settle(self.shop, service, agreed=agreed, now=self._world.now)

    def orders(self) -> list[OrderTruth]:
        return [order_truth(order) for order in self.shop.orders.values()]

    def notices(self) -> list[Notice]:
        """JD calls nobody that is known."""
        return []

    def placed(self, order: str) -> Order:
        if not order.isdecimal():
            raise KeyError(order)
        return self.shop.orders[int(order)]

    def dump(self) -> dict[str, Any]:
        return _DUMPS.made(self.shop)

    def load(self, state: Mapping[str, Any]) -> None:
        self._gateway.shop = _DUMPS.read(state)
