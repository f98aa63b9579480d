"""What the seller does in Mercer: prices, counts, names, rules and parcels."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mercer.core.account import Channel
from mercer.core.cell import Field
from mercer.core.money import Money
from mercer.core.order import OrderStatus
from mercer.core.policy import ASK, LOWEST, OURS, THEIRS
from mercer.core.price import PriceEntry
from mercer.sandbox.laboratory.people import nearby
from mercer.sandbox.laboratory.setting import Setting
from mercer.store import order_search
from mercer.sync.catalogue import save_products, set_prices
from mercer.sync.session import Session
from mercer.sync.shipping import Request, ship
from mercer.sync.stocktake import Count, take_stock

_POLICIES = (OURS, OURS, THEIRS, LOWEST, ASK)


@dataclass(slots=True)
class Seller:
    """`channels` as they are set up at this moment. `book` holds the price of each SKU by currency,
    or by channel; `titles` those of products. `contested`: (channel, field) whose policy was once not
    `ours`, so that what a shop shows may be its own.
    """

    setting: Setting
    channels: dict[str, Channel] = field(default_factory=dict)
    book: dict[tuple[str, str], Money] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    contested: set[tuple[str, Field]] = field(default_factory=set)
    parcels: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.channels.update(self.setting.channels)
        for article in self.setting.owned:
            self.titles[article.product.code] = article.product.title
            for currency in sorted({each.currency for each in self.channels.values()}):
                for sku, price in article.prices[currency].items():
                    if sku != self.setting.unpriced:
                        self.book[sku, currency] = price

    def price_on(self, sku: str, channel: str) -> Money | None:
        own = self.book.get((sku, channel))
        return own or self.book.get((sku, self.channels[channel].currency))

    # ------------------------------------------------------------------ the beginning

    def open(self, session: Session) -> None:
        """The catalogue, the price book and the first count."""
        save_products(session, [article.product for article in self.setting.owned])
        set_prices(session, [PriceEntry(sku, price) for (sku, _), price in self.book.items()])
        counts = [
            Count(sku, "", units)
            for article in self.setting.owned
            for sku, units in article.quantities.items()
            if sku != self.setting.uncounted
        ]
        take_stock(session, counts)

    # ------------------------------------------------------------------ from day to day

    def deeds(self) -> dict[str, Callable[[Session, random.Random], str]]:
        return {
            "set a price": self.set_price,
            "count": self.count,
            "rename": self.rename,
            "change a policy": self.change_policy,
            "change a rule": self.change_rule,
        }

    def set_price(self, session: Session, dice: random.Random) -> str:
        sku, where = dice.choice(sorted(self.book))
        own = ""
        if where not in self.channels and dice.random() < 0.3:
            same = [n for n, each in sorted(self.channels.items()) if each.currency == where]
            own = where = dice.choice(same)
        elif where in self.channels:
            own = where
        currency = self.channels[own].currency if own else where
        price = nearby(self.setting.prices[sku, currency], dice)
        set_prices(session, [PriceEntry(sku, price, own)])
        self.book[sku, where] = price
        return f"the seller sets {sku} to {price}{f' on {own}' if own else ''}"

    def count(self, session: Session, dice: random.Random) -> str:
        sku, units = dice.choice(self.setting.skus), dice.randint(0, 40)
        if sku == self.setting.uncounted:
            return f"nobody counts {sku}"
        take_stock(session, [Count(sku, "", units)])
        return f"the seller counts {units} of {sku}"

    def rename(self, session: Session, dice: random.Random) -> str:
        article, title = dice.choice(self.setting.owned), f"Renamed {dice.randint(0, 9)}"
        product = replace(article.product, title=title)
        save_products(session, [product])
        self.titles[product.code] = title
        return f"the seller calls {product.code} {title!r}"

    def change_policy(self, session: Session, dice: random.Random) -> str:
        del session  # it stands in mercer.toml
        name, policy = dice.choice(sorted(self.channels)), dice.choice(_POLICIES)
        of = dice.choice((Field.PRICE, Field.TITLE))
        channel = self.channels[name]
        self.channels[name] = replace(channel, policies={**channel.policies, of: policy})
        if policy is not OURS:
            self.contested.add((name, of))
        return f"{name}: from now on {of.value} goes by {policy.name}"

    def change_rule(self, session: Session, dice: random.Random) -> str:
        del session  # it stands in mercer.toml
        name, buffer = dice.choice(sorted(self.channels)), dice.randint(0, 4)
        channel = self.channels[name]
        rule = replace(channel.stock_rule, buffer=buffer)
        self.channels[name] = replace(channel, stock_rule=rule)
        return f"{name}: from now on it keeps {buffer} back"

    async def ship(self, session: Session, dice: random.Random) -> str:
        with session.database.read() as tx:
            rows = list(order_search.listed(tx, statuses=[OrderStatus.PAID]))
        if not rows:
            raise LookupError
        row = dice.choice(rows)
        tracking = f"SF{dice.randrange(10**12):012}"
        request = Request(row.order, "sf", tracking, channel=row.channel)
        self.parcels.append((row.channel, row.order, tracking))
        ended, failed = await ship(session, [request])
        how = ", ".join(each.ending.value for each in ended) or ", ".join(
            error.message for error in failed.values()
        )
        return f"{row.channel}: parcel {tracking} of {row.order}: {how}"
