"""The channels of a sandbox as a tester writes them: `shopify,amazon-pl=amazon:PLN@amazon-de`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from mercer.config.tables import CHANNEL_NAME
from mercer.core.account import Channel
from mercer.core.errors import InputError
from mercer.sandbox.catalogue import CURRENCIES

Channels = Mapping[str, Channel]
"""By name, in the order in which they were written."""

SYNTAX: Final = "write NAME, NAME=PLATFORM, :CURRENCY and @CHANNEL behind it where wanted"

_WRITTEN: Final = re.compile(
    r"(?P<name>[^=:@]+)(=(?P<platform>[^=:@]+))?(:(?P<currency>[^=:@]+))?(@(?P<beside>[^=:@]+))?"
)
_HOME: Final = dict.fromkeys(("jd", "taobao"), "CNY")
"""Platforms that sell in one currency; the others take any, and dollars unless told."""

_SHARING: Final = frozenset({"amazon"})
"""Platforms where one account has several storefronts and one stock for them."""

_ZONES: Final = {
    "CNY": "Asia/Shanghai",
    "USD": "America/New_York",
    "EUR": "Europe/Berlin",
    "GBP": "Europe/London",
    "PLN": "Europe/Warsaw",
    "JPY": "Asia/Tokyo",
}


@dataclass(frozen=True, slots=True)
class _Shop:
    """`beside`: the channel whose account and stock are this one's too."""

    name: str
    platform: str
    currency: str
    beside: str

    @classmethod
    def read(cls, text: str) -> Self:
        match = _WRITTEN.fullmatch(text)
        if match is None:
            what = f"{text!r} is no channel" if text else "there is a blank in the channels"
            raise InputError(what, hint=SYNTAX)
        platform = match["platform"] or match["name"]
        currency = match["currency"] or _HOME.get(platform, "USD")
        return cls(match["name"], platform, currency, match["beside"] or "")

    def channel(self, others: Mapping[str, Self]) -> Channel:
        self._check(others)
        return Channel(
            self.name,
            self.platform,
            account=self.beside or self.name,
            currency=self.currency,
            zone=_ZONES[self.currency],
            stock_with=self.beside,
        )

    def _check(self, others: Mapping[str, Self]) -> None:
        if not CHANNEL_NAME.fullmatch(self.name):
            raise InputError(
                f"{self.name!r} cannot name a channel",
                hint="use lower-case letters, digits and hyphens",
            )
        known = (_HOME[self.platform],) if self.platform in _HOME else CURRENCIES
        if self.currency not in known:
            raise InputError(
                f"{self.name}: a simulated shop of {self.platform} has no prices in {self.currency}",
                hint=f"choose one of {', '.join(known)}",
            )
        if not self.beside:
            return
        if self.platform not in _SHARING:
            raise InputError(
                f"{self.name}: an account of {self.platform} has one storefront",
                hint=f"leave @{self.beside} out; it is for {', '.join(sorted(_SHARING))}",
            )
        first = others.get(self.beside)
        if first is None or first.beside or first.platform != self.platform:
            raise InputError(
                f"{self.name}: {self.beside!r} is no channel with an account at {self.platform}",
                hint=f"name it too: {self.beside}={self.platform}:EUR",
            )


def read_channels(text: str) -> Channels:
    """Read `NAME[=PLATFORM][:CURRENCY][@CHANNEL]`, parted by commas.

    A channel is called like its platform if not named, and sells in its platform's own currency, or
    in dollars. `@amazon-de` puts a channel beside that one: into its account, with the same stock.
    Raise `InputError` for what cannot be.
    """
    shops: dict[str, _Shop] = {}
    for part in text.split(","):
        shop = _Shop.read(part.strip())
        if shop.name in shops:
            raise InputError(f"{shop.name!r} is there twice in the channels {text!r}", hint=SYNTAX)
        shops[shop.name] = shop
    return {name: shop.channel(shops) for name, shop in shops.items()}


def spelled(channels: Channels) -> str:
    """Such that `read_channels` makes the same of it."""
    return ",".join(
        f"{name}={each.platform}:{each.currency}"
        + (f"@{each.stock_with}" if each.stock_with else "")
        for name, each in channels.items()
    )
