"""One Shopify channel: what it declares, how it is checked, and its capabilities put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from mercer.core.account import Channel
from mercer.core.cell import Field, Lane
from mercer.core.clock import Clock
from mercer.core.contract import Batch, Calls, Declared, Event, GroupBy, OrderReads
from mercer.core.errors import SettingsError
from mercer.plugins.shopify import webhook
from mercer.plugins.shopify.after_sales import ReadsAfterSales
from mercer.plugins.shopify.cancelling import CancelsOrders
from mercer.plugins.shopify.checks import Checks
from mercer.plugins.shopify.orders import ReadsOrders
from mercer.plugins.shopify.prices import WritesPrices
from mercer.plugins.shopify.products import CreatesListings, WritesProducts
from mercer.plugins.shopify.queries import query
from mercer.plugins.shopify.reads import READ_BACK
from mercer.plugins.shopify.settings import ShopifySettings
from mercer.plugins.shopify.shipping import Ships
from mercer.plugins.shopify.stock import WritesStock
from mercer.plugins.shopify.wire import POINTS, Wire
from mercer.plugins.transport import Transport

_PRODUCT: Final = Batch(
    1, one_listing=True, quota=POINTS.name, cost=query("write_product").cost, confirms=True
)
_LOOK: Final = Calls(POINTS.name, cost=18, listings=READ_BACK)
_POLL: Final = Calls(POINTS.name, cost=10)
"""As they turn out for products of a few variants, and for a few new orders; Shopify wants more to
be there when it is asked, and gives the rest back.
"""

DECLARED: Final = Declared(
    fields=frozenset(Field) - {Field.SCHEDULED},
    quotas=(POINTS,),
    batches={
        Lane.STOCK: Batch(
            250,
            one_listing=False,
            quota=POINTS.name,
            cost=query("write_stock").cost,
        ),
        Lane.PRICE: Batch(
            250,
            one_listing=True,
            quota=POINTS.name,
            cost=query("write_prices").cost,
            confirms=True,
        ),
        Lane.STATUS: _PRODUCT,
        Lane.CONTENT: _PRODUCT,
    },
    groups={
        Lane.STOCK: GroupBy.CELL,
        Lane.PRICE: GroupBy.OFFER,
        Lane.STATUS: GroupBy.CELL,
        Lane.CONTENT: GroupBy.CELL,
    },
    read_back=READ_BACK,
    settle=timedelta(0),
    deadline=timedelta(seconds=60),
    orders=OrderReads(
        overlap=timedelta(minutes=5),
        horizon=timedelta(days=60),
        every=timedelta(seconds=15),
        glimpse=timedelta(seconds=1.5),
    ),
    look=(_LOOK,),
    polls=(_POLL,),
    creation=(
        Calls(POINTS.name, query("product_by_handle").cost),
        Calls(POINTS.name, query("create_product").cost),
        Calls(POINTS.name, query("publish").cost),
        Calls(POINTS.name, _LOOK.cost),
    ),
    compare_and_set_stock=True,
    after_sales=OrderReads(overlap=timedelta(minutes=5), horizon=timedelta(days=60)),
    partial_shipments=True,
    linkable=frozenset({"email", "phone"}),
    notes={
        "price": "Prices have no compare-and-set: an edit made since the last read is overwritten.",
        "stock": "Of one location. An item that Shopify does not track sells without limit until "
        "its first write, which also switches tracking on.",
        "status": "Active or draft. An unlisted product counts as listed; which sales channels "
        "show a product is set when it is created and left alone after.",
        "orders": "Orders older than 60 days need the scope read_all_orders.",
        "cancel": "The buyer is paid back and told, and the shop puts the units back itself.",
        "after_sales": "Returns and exchanges have a course; a refund is over when it is first seen. "
        "Shopify sets no deadlines, and a buyer's wish to cancel reaches the seller by mail only.",
    },
)


class ShopifyAdapter(
    WritesProducts,
    CreatesListings,
    WritesPrices,
    WritesStock,
    ReadsOrders,
    Ships,
    CancelsOrders,
    ReadsAfterSales,
    Checks,
):
    declared = DECLARED

    def __init__(
        self, channel: Channel, settings: ShopifySettings, transport: Transport, clock: Clock
    ) -> None:
        transport.declare(DECLARED.quotas)
        super().__init__(channel, settings, Wire(settings, transport, clock), clock)

    def verify(self, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
        secret = self._settings.webhook_secret or self._settings.client_secret
        if secret is None:
            raise SettingsError(
                f"channel {self._channel.name} has no secret to check webhooks with",
                hint="set `webhook_secret`",
            )
        return webhook.events(secret.get_secret_value(), self._settings.shop, headers, body)
