"""The demo's story, told step by step through the same engine that every command uses."""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

from mercer.commands import show
from mercer.commands.output import Output
from mercer.core.cellstate import Cell
from mercer.core.errors import MercerError
from mercer.core.money import Money
from mercer.core.outcome import Outcome
from mercer.core.price import PriceEntry
from mercer.files import (
    StockRow,
    read_prices,
    read_products,
    write_prices,
    write_products,
)
from mercer.sandbox.catalogue import Article, generate
from mercer.store.plans import Plan
from mercer.sync.adopt import adopt_ours
from mercer.sync.apply import Applied, apply_plan, load_plan
from mercer.sync.catalogue import save_products, set_prices
from mercer.sync.cycle import sync
from mercer.sync.intake import pull_orders
from mercer.sync.link import auto_link
from mercer.sync.planning import Request, make_plan
from mercer.sync.pull import pull_listings
from mercer.sync.session import Progress, Session
from mercer.sync.status import moved_at_shop, status_of
from mercer.sync.stocktake import Count, open_stock
from mercer.wiring import Workspace

MOVES: Final = ("0.90", "0.95", "1.05", "1.10")
"""The seller's new prices, as shares of the old: real ones, which no guard minds."""

SHOWN: Final = 6


@dataclass(slots=True)
class Told:
    offers: int = 0
    confirmed: int = 0
    unconverged: int = 0
    drift_repaired: int = 0
    second_plan_changes: int = 0


@dataclass(slots=True)
class Story:
    workspace: Workspace
    address: str
    out: Output
    progress: Progress
    seed: int
    products: int
    told: Told = field(default_factory=Told)

    async def tell(self) -> Told:
        async with self.workspace.connected(progress=self.progress) as (session, failed):
            _raise_any(failed)
            await self._meet(session)
            articles = self._take_over(session)
            await self._first_plan(session)
            await self._life_goes_on(session, articles)
            await self._repair(session)
            second = make_plan(session, Request())
            self.told.second_plan_changes = second.totals.changes
            self._say(f"A second plan has {show.counted(second.totals.changes, 'change')}.")
        return self.told

    async def _meet(self, session: Session) -> None:
        pulled, failed = await pull_listings(session)
        _raise_any(failed)
        _, failed = await pull_orders(session)
        _raise_any(failed)
        self.told.offers = sum(each.offers for each in pulled.values())
        shops = " and ".join(f"{each.offers} offers on {name}" for name, each in pulled.items())
        self._say(f"Two shops that already sell are read: {shops}.")

    def _take_over(self, session: Session) -> list[Article]:
        """The seller's own files: the goods of the shops, some with other prices and titles."""
        articles = _sellers_own(generate(self.products, self.seed), Random(self.seed))
        products, prices = _written(articles, self.workspace.config.base)
        file = read_products(products)
        save_products(session, file.products)
        set_prices(session, file.entries)
        set_prices(session, read_prices(prices).entries)
        open_stock(session, [Count(row.sku, row.location, row.quantity) for row in file.stock])
        skus = sum(len(product.skus) for product in file.products)
        self._say(f"The seller's catalogue comes in: {len(file.products)} products, {skus} SKUs.")
        linked = auto_link(session)
        by_code = sum(each.by_code for each in linked.values())
        self._say(f"{by_code} offers are linked to SKUs by their merchant codes.")
        unagreed = sum(each.unagreed for each in status_of(session))
        self._say(f"{unagreed} values differ from the catalogue. Nothing is pushed before a person")
        self._say("says whose hold: `mercer adopt CHANNEL --ours`.", number=False)
        for name in session.connections:
            adopt_ours(session, name)
        return articles

    async def _first_plan(self, session: Session) -> None:
        plan = make_plan(session, Request())
        self._say("A plan, with every guard on:")
        self._show(session, plan)
        self._say("It is applied, and every value is read back:")
        self._count(await apply_plan(session, plan.header.id))

    async def _life_goes_on(self, session: Session, articles: Sequence[Article]) -> None:
        """A buyer orders; the back office of each shop changes a price."""
        del session  # the world does this, not Mercer
        sold, edited, other = (article.product.skus[0].sku for article in articles[:3])
        self._world("shopify/order", {"merchant_code": sold, "quantity": 2})
        self._say(f"A buyer orders 2 x {sold} on shopify.")
        for channel, sku in (("taobao", edited), ("shopify", other)):
            currency = self.workspace.config.channel(channel).channel.currency
            price = _price_of(articles, sku, currency).scaled(Decimal("0.9"))
            self._world(f"{channel}/edit", {"merchant_code": sku, "price": price.plain})
            self._say(f"Somebody in {channel}'s back office makes {sku} {price}.")

    async def _repair(self, session: Session) -> None:
        _, failed = await pull_listings(session)
        _raise_any(failed)
        _, failed = await pull_orders(session)
        _raise_any(failed)
        with session.database.read() as tx:
            moved = list(moved_at_shop(tx, session))
        self._say("The next sync sees what is not as it should be:")
        self._show_drift(moved)
        cycle = await sync(session, Request())
        _raise_any(cycle.failed)
        self._say("and repairs it; what was sold on one shop is taken off the other:")
        self._show(session, cycle.plan)
        if cycle.applied is not None:
            self._count(cycle.applied)
            drifted = {cell.key for cell in moved}
            self.told.drift_repaired = sum(
                item.outcome is Outcome.CONFIRMED and item.change.cell in drifted
                for item in cycle.applied.items
            )

    def _count(self, applied: Applied) -> None:
        _raise_any(applied.failed)
        show.run(self.out, applied)
        self.told.confirmed += applied.count(Outcome.CONFIRMED)
        self.told.unconverged += applied.count(Outcome.UNCONVERGED)

    def _show(self, session: Session, plan: Plan) -> None:
        _, changes = load_plan(session, plan.header.id)
        show.plan(self.out, plan, changes, most=SHOWN, all_of_it="")

    def _show_drift(self, moved: Sequence[Cell]) -> None:
        rows = [
            (
                cell.key.channel,
                cell.sku,
                cell.key.field.value,
                show.shown(cell.desired),
                show.shown(cell.observed),
            )
            for cell in moved
        ]
        self.out.table(("channel", "sku", "field", "should show", "shows"), rows)

    def _say(self, text: str, *, number: bool = True) -> None:
        self.out.line(f"\n{text}" if number else text)

    def _world(self, path: str, body: dict[str, Any]) -> None:
        """What a person or a buyer does at a shop, through the sandbox's control interface."""
        parts = urlsplit(self.address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        try:
            connection.request("POST", f"/_world/{path}", json.dumps(body).encode())
            answer = connection.getresponse()
            said = answer.read().decode()
        finally:
            connection.close()
        if answer.status >= 400:
            raise MercerError(f"the sandbox refuses {path}: {said}")


def _sellers_own(articles: Sequence[Article], rng: Random) -> list[Article]:
    return [_differing(article, rng) for article in articles]


def _differing(article: Article, rng: Random) -> Article:
    """In a fifth of the products the price, in others the title or what is there has moved on."""
    die = rng.random()
    if die < 0.2:
        ratio = Decimal(rng.choice(MOVES))
        return replace(
            article,
            prices=_scaled(article.prices, ratio),
            compare_at=_scaled(article.compare_at, ratio),
        )
    if die < 0.25:
        title = f"{article.product.title} 2026"
        return replace(article, product=replace(article.product, title=title))
    if die < 0.4:
        quantities = {
            sku: number + rng.randint(1, 30) for sku, number in article.quantities.items()
        }
        return replace(article, quantities=quantities)
    return article


def _scaled(amounts: dict[str, dict[str, Money]], ratio: Decimal) -> dict[str, dict[str, Money]]:
    return {
        currency: {sku: each.scaled(ratio) for sku, each in by_sku.items()}
        for currency, by_sku in amounts.items()
    }


def _written(articles: Sequence[Article], folder: Path) -> tuple[Path, Path]:
    """The files a seller would have: products with yuan prices, and a price list in dollars."""
    products, prices = folder / "catalogue.csv", folder / "prices-usd.csv"
    write_products(
        [article.product for article in articles],
        products,
        prices=[entry for article in articles for entry in _entries(article, "CNY")],
        stock=[
            StockRow(sku, "", number)
            for article in articles
            for sku, number in article.quantities.items()
        ],
    )
    write_prices([entry for article in articles for entry in _entries(article, "USD")], prices)
    return products, prices


def _entries(article: Article, currency: str) -> list[PriceEntry]:
    above = article.compare_at.get(currency, {})
    return [
        PriceEntry(sku, price, compare_at=above.get(sku))
        for sku, price in article.prices[currency].items()
    ]


def _price_of(articles: Sequence[Article], sku: str, currency: str) -> Money:
    return next(
        article.prices[currency][sku] for article in articles if sku in article.prices[currency]
    )


def _raise_any(failed: dict[str, MercerError]) -> None:
    for error in failed.values():
        raise error
