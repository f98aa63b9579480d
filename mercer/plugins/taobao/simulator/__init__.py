"""A simulated Taobao or Tmall shop: the gateway on the wire, and its back door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mercer.core.account import Channel
from mercer.core.after_sales import CaseKind
from mercer.plugins.buyers import chinese_buyer
from mercer.plugins.dumps import Dumps
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
from mercer.plugins.taobao.settings import SellerType
from mercer.plugins.taobao.simulator import after_sales, checkout
from mercer.plugins.taobao.simulator.app import PATH, Gateway
from mercer.plugins.taobao.simulator.people import known
from mercer.plugins.taobao.simulator.protocol import TopError
from mercer.plugins.taobao.simulator.seeding import edited, stocked
from mercer.plugins.taobao.simulator.shop import Shop, Trade
from mercer.plugins.taobao.simulator.truth import offer_truth, order_truth

_DUMPS: Final = Dumps(Shop)
_BEYOND_DOUBLES: Final = 2**53


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
            self.shop.put(stocked(self.shop, product, self._world.now))

    def offers(self) -> list[Truth]:
        return [offer_truth(item, sku) for item in self.shop.items.values() for sku in item.live]

    def edit(self, merchant_code: str, edit: Edit) -> None:
        """Raise `ValueError` with the platform's words where its rules forbid the edit."""
        for item, sku in self.shop.coded(merchant_code):
            try:
                edited(self.shop, item, sku, edit, self._world.now)
            except TopError as error:
                raise ValueError(error.sub_msg) from error

    def order(self, lines: Lines, *, paid: bool = True, buyer: Buyer | None = None) -> str:
        who = known(self.shop, buyer or chinese_buyer(len(self.shop.trades)))
        trade = checkout.place(self.shop, lines, who, self._world.now)
        if paid:
            checkout.pay(self.shop, trade, self._world.now)
        return str(trade.tid)

    def pay(self, order: str) -> None:
        """Raise `KeyError` for an unknown order, `ValueError` for one that is not unpaid."""
        checkout.pay(self.shop, self.trade(order), self._world.now)

    def cancel(self, order: str) -> None:
        """Raise `KeyError` for an unknown order, `ValueError` for one shipped or closed."""
        trade = self.trade(order)
        if trade.status == checkout.UNPAID:
            checkout.close(self.shop, trade, self._world.now)
        else:
            after_sales.cancel_paid(self.shop, trade, self._world.now)

    def ask_back(self, order: str, lines: Lines, kind: CaseKind) -> str:
        """A refund is about one sub-order: raise `ValueError` for several."""
        trade = self.trade(order)
        if len(lines) != 1:
            raise ValueError(f"a refund is about one line of an order, not {len(lines)}")
        ((code, count),) = lines
        line = next((line for line in trade.lines if line.code == code), None)
        if line is None:
            raise KeyError(code)
        refund = after_sales.ask(self.shop, trade, line, count, kind, self._world.now)
        return str(refund.refund_id)

    def settle_case(self, case: str, *, agreed: bool) -> None:
        """Raise `ValueError` for a case that has ended."""
        after_sales.settle(self.shop, self.shop.refunds[int(case)], self._world.now, agreed=agreed)

    def orders(self) -> list[OrderTruth]:
        return [order_truth(trade) for trade in self.shop.trades.values()]

    def notices(self) -> list[Notice]:
        """None: TMC messages wait to be polled."""
        return []

    def trade(self, order: str) -> Trade:
        if not order.isdecimal():
            raise KeyError(order)
        return self.shop.trades[int(order)]

    def dump(self) -> dict[str, Any]:
        return _DUMPS.made(self.shop)

    def load(self, state: Mapping[str, Any]) -> None:
        self._gateway.shop = _DUMPS.read(state)
