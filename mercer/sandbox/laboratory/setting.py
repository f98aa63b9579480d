"""What a world begins with, drawn from its seed: shops, goods, what is known of them, and the clocks."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Self

from mercer.core.account import Channel
from mercer.core.errors import InputError, MercerError, Unsupported
from mercer.core.guard import GuardSettings
from mercer.core.money import Money
from mercer.core.stock_rule import StockRule
from mercer.plugins import registry
from mercer.plugins.platform import Platform
from mercer.plugins.simulation import Simulator, World
from mercer.sandbox.catalogue import CURRENCIES, Article, generate
from mercer.sandbox.channels import read_channels
from mercer.sandbox.world import simulator_of

_GUARDS: Final = GuardSettings(prior_price=False)
"""The seller's cuts are meant, whatever is struck through beside them."""

_SKEWS: Final = (0, 0, 0, 0, -2, 3, -8, 10)
"""Seconds by which Mercer's clock is ahead of the shops'."""

_GOODS: Final = 24
"""Out of so many kinds of goods a seller chooses."""

_RULES: Final = (
    StockRule("all"),
    StockRule("all"),
    StockRule("buffer", buffer=2),
    StockRule("half", percent=50),
    StockRule("shelf", maximum=9, delist_at=1, relist_at=3),
)


@dataclass(frozen=True, slots=True)
class Size:
    """How large worlds are: products that the seller owns, at most so many SKUs of each, channels,
    products at each shop that are not the seller's affair, and steps.
    """

    products: tuple[int, int] = (1, 2)
    skus: int = 2
    channels: tuple[int, ...] = (1, 2, 2, 2, 3)
    foreign: int = 1
    steps: int = 10


SMALL: Final = Size()
LARGE: Final = Size((3, 8), 6, (2, 3, 4), 45, 40)
"""With foreign goods enough for several pages at the shops."""


@dataclass(frozen=True, slots=True)
class Setting:
    """`foreign` goods are at the shops and not in the catalogue. `late` ones come to a shop once
    everything else is agreed on, at another price than the seller's. Of the SKU `uncounted` nobody
    knows how many there are, of `unpriced` what it costs; either may be empty. A product `lacking`
    at a channel is still to be listed there.
    """

    seed: int
    channels: Mapping[str, Channel]
    articles: Sequence[Article]
    foreign: Sequence[Article]
    late: Article | None
    uncounted: str
    unpriced: str
    lacking: tuple[str, str]
    skew: timedelta

    @classmethod
    def drawn(cls, seed: int, size: Size, platforms: Sequence[Platform]) -> Self:
        """`platforms` with simulators are those that its shops are of."""
        rng = random.Random(f"setting {seed}")
        count = rng.randint(*size.products)
        goods = generate(_GOODS + size.foreign, seed)
        owned = [a for a in goods[:_GOODS] if len(a.product.skus) <= size.skus][: count + 1]
        late = owned.pop() if rng.random() < 0.3 else None
        articles = owned[:count]
        skus = [sku.sku for article in articles for sku in article.product.skus]
        channels = _channels(rng, size, platforms)
        lacking = ("", "")
        if len(articles) > 1 and rng.random() < 0.3:
            lacking = rng.choice(sorted(channels)), articles[-1].product.code
        return cls(
            seed=seed,
            channels=channels,
            articles=articles,
            foreign=goods[_GOODS:],
            late=late,
            uncounted=rng.choice(skus) if len(skus) > 1 and rng.random() < 0.2 else "",
            unpriced=rng.choice(skus) if rng.random() < 0.2 else "",
            lacking=lacking,
            skew=timedelta(seconds=rng.choice(_SKEWS)),
        )

    @property
    def owned(self) -> list[Article]:
        return [*self.articles, *([self.late] if self.late else [])]

    @property
    def skus(self) -> list[str]:
        return [sku.sku for article in self.owned for sku in article.product.skus]

    @property
    def prices(self) -> dict[tuple[str, str], Money]:
        """What goods cost in the beginning, by SKU and currency."""
        return {
            (sku, currency): price
            for article in self.owned
            for currency, prices in article.prices.items()
            for sku, price in prices.items()
        }

    def simulators(self, world: World, platforms: Mapping[str, Platform]) -> dict[str, Simulator]:
        """The shops, with their goods on the shelf; the late ones are still to come."""
        found: dict[str, Simulator] = {}
        for name, channel in self.channels.items():
            shop = found[name] = simulator_of(platforms[channel.platform], channel, world)
            there = [a for a in self.articles if (name, a.product.code) != self.lacking]
            shop.seed([each.on(channel.currency) for each in (*there, *self.foreign)])
        return found


def _channels(rng: random.Random, size: Size, platforms: Sequence[Platform]) -> dict[str, Channel]:
    chosen = [rng.choice(platforms) for _ in range(rng.choice(size.channels))]
    found: dict[str, Channel] = {}
    for number, platform in enumerate(chosen, start=1):
        channel = _channel(f"{platform.name}-{number}", platform, rng)
        found[channel.name] = replace(channel, stock_rule=rng.choice(_RULES), guards=_GUARDS)
    return found


def _channel(name: str, platform: Platform, rng: random.Random) -> Channel:
    """In a currency that its simulator sells in."""
    for currency in rng.sample(CURRENCIES, len(CURRENCIES)):
        try:
            (channel,) = read_channels(f"{name}={platform.name}:{currency}").values()
            simulator_of(platform, channel, World(1))
        except InputError:
            continue
        return channel
    raise Unsupported(f"{platform.title} sells in none of {', '.join(CURRENCIES)}")


def simulated() -> list[Platform]:
    """Every platform installed that brings a simulator, by name."""
    found = []
    for name in registry.names():
        try:
            platform = registry.load(name)
        except MercerError:
            continue
        if platform.simulator is not None:
            found.append(platform)
    return found
