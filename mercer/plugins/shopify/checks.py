"""What `mercer doctor` asks of a channel: cheap reads, and what to do where one goes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mercer.core.contract import Health
from mercer.core.errors import PlatformError
from mercer.plugins.shopify.connection import Connection
from mercer.plugins.shopify.queries import query

_SCOPES: Final = (
    "write_products",
    "write_inventory",
    "write_orders",
    "write_publications",
    "write_merchant_managed_fulfillment_orders",
    "read_returns",
    "read_locations",
)


class Checks(Connection):
    async def check(self) -> Sequence[Health]:
        try:
            shop = await self._wire.run(query("shop"))
            access = await self._wire.run(query("access"))
        except PlatformError as error:
            return [Health("credentials", False, error.reason, error.hint)]
        granted = {each["handle"] for each in access["accessScopes"]}
        return [
            Health("credentials", True, shop["name"]),
            permissions(granted),
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


def permissions(granted: set[str]) -> Health:
    """A write scope includes its read scope. Customers' data is welcome, and not needed."""
    missing = [
        scope
        for scope in _SCOPES
        if scope not in granted and scope.replace("read_", "write_", 1) not in granted
    ]
    wanted = ", ".join(missing)
    detail = f"missing: {wanted}" if missing else "all granted"
    fix = f"add {wanted} to the app and release a new version" if missing else ""
    return Health("permissions", not missing, detail, fix)
