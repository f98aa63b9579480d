"""One Shopify channel: what it declares, how it is checked, and its capabilities put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from mercer.core.account import Channel
from mercer.core.cell import Field, Lane
from mercer.core.clock import Clock
from mercer.core.contract import Batch, Declared, Event, GroupBy, Health, OrderReads
from mercer.core.errors import PlatformError, SettingsError
from mercer.plugins.shopify import webhook
from mercer.plugins.shopify.orders import ReadsOrders
from mercer.plugins.shopify.prices import WritesPrices
from mercer.plugins.shopify.products import CreatesListings, WritesProducts
from mercer.plugins.shopify.queries import query
from mercer.plugins.shopify.reads import READ_BACK
from mercer.plugins.shopify.settings import ShopifySettings
from mercer.plugins.shopify.stock import WritesStock
from mercer.plugins.shopify.wire import POINTS, Wire
from mercer.plugins.transport import Transport

_PRODUCT: Final = Batch(1, one_listing=True, quota=POINTS.name, cost=query("write_product").cost)

DECLARED: Final = Declared(
    fields=frozenset(Field),
    quotas=(POINTS,),
    batches={
        Lane.STOCK: Batch(
            250, one_listing=False, quota=POINTS.name, cost=query("write_stock").cost
        ),
        Lane.PRICE: Batch(
            250, one_listing=True, quota=POINTS.name, cost=query("write_prices").cost
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
    orders=OrderReads(overlap=timedelta(minutes=5), horizon=timedelta(days=60)),
    compare_and_set_stock=True,
    notes={
        "price": "Prices have no compare-and-set: an edit made since the last read is overwritten.",
        "stock": "Of one location. An item that Shopify does not track sells without limit until "
        "its first write, which also switches tracking on.",
        "status": "Active or draft. An unlisted product counts as listed; which sales channels "
        "show a product is set when it is created and left alone after.",
        "orders": "Orders older than 60 days need the scope read_all_orders.",
    },
)

_SCOPES: Final = ("products", "inventory", "orders", "publications")


class ShopifyAdapter(WritesProducts, CreatesListings, WritesPrices, WritesStock, ReadsOrders):
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

    async def check(self) -> Sequence[Health]:
        try:
            shop = await self._wire.run(query("shop"))
            access = await self._wire.run(query("access"))
        except PlatformError as error:
            return [Health("credentials", False, error.reason, error.hint)]
        granted = {each["handle"] for each in access["accessScopes"]}
        return [
            Health("credentials", True, shop["name"]),
            _permissions(granted),
            self._currency(shop["currencyCode"]),
            self._version(),
            await self._place("location"),
            await self._place("publication"),
        ]

    def _currency(self, currency: str) -> Health:
        ok = currency == self._channel.currency
        fix = "" if ok else f'set currency = "{currency}" for channel {self._channel.name}'
        return Health("currency", ok, f"the shop sells in {currency}", fix)

    def _version(self) -> Health:
        asked, served = self._settings.api_version, self._wire.served_version
        fix = "" if asked == served else f'set api_version = "{served}", or update Mercer'
        return Health("version", asked == served, f"asked for {asked}, served {served}", fix)

    async def _place(self, which: str) -> Health:
        try:
            found = await (self.location() if which == "location" else self.publication())
        except PlatformError as error:
            return Health(which, False, error.message, error.hint)
        return Health(which, True, found)


def _permissions(granted: set[str]) -> Health:
    """A write scope includes its read scope. Orders and locations are only read."""
    missing = [
        f"write_{each}"
        for each in _SCOPES
        if f"write_{each}" not in granted and not (each == "orders" and "read_orders" in granted)
    ]
    if not {"read_locations", "write_locations"} & granted:
        missing.append("read_locations")
    wanted = ", ".join(missing).replace("write_orders", "read_orders")
    detail = f"missing: {wanted}" if missing else "all granted"
    fix = f"add {wanted} to the app and release a new version" if missing else ""
    return Health("permissions", not missing, detail, fix)
