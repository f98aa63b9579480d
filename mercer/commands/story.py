"""The demo's story, told step by step through the same engine that every command uses."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

from mercer.commands import show, show_plan, show_run
from mercer.commands.output import Output
from mercer.commands.seller import AT_HOME, moved_on, write_files
from mercer.core.cell import Field
from mercer.core.cellstate import Cell
from mercer.core.errors import MercerError
from mercer.core.money import Money
from mercer.core.outcome import Outcome
from mercer.core.plan import Change
from mercer.core.review import Scale, by_risk
from mercer.files import read_prices, read_products
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

CHANNELS: Final = "shopify,taobao,jd,amazon-de=amazon:EUR,amazon-pl=amazon:PLN@amazon-de"
"""Of the sandbox: four platforms, four currencies, and two storefronts of one account."""

AFTERWARDS: Final = timedelta(hours=1)
"""Between what happens at the shops and the next sync, so that every shop shows it."""

SHOWN_OF_EACH: Final = 2
"""Changes of each channel that the first plan is shown with."""


@dataclass(slots=True)
class Told:
    """`planned` counts the changes that no guard stopped; `drifted` what was changed at the shops."""

    offers: int = 0
    planned: int = 0
    confirmed: int = 0
    unconverged: int = 0
    drifted: int = 0
    drift_repaired: int = 0
    second_plan_changes: int = 0
    shop_minutes: int = 0

    @property
    def well(self) -> bool:
        return (
            self.confirmed == self.planned > 0
            and self.drift_repaired == self.drifted > 0
            and not self.second_plan_changes
        )


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
            self._life_goes_on(articles)
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
        channels = session.channels.values()
        platforms = {each.platform for each in channels}
        self._say(f"{len(pulled)} shops on {len(platforms)} platforms already sell. They are read:")
        rows = [
            (each.name, each.platform, each.currency, pulled[each.name].offers) for each in channels
        ]
        self.out.table(("channel", "platform", "currency", "offers"), rows)
        for each in channels:
            if each.stock_with:
                self._say(f"{each.name} and {each.stock_with} are one account with one stock.")

    def _take_over(self, session: Session) -> list[Article]:
        """The seller's own files: the goods of the shops, some with other prices and titles."""
        articles = moved_on(generate(self.products, self.seed), Random(self.seed))
        abroad = {each.currency: None for each in session.channels.values()}
        abroad.pop(AT_HOME, None)
        products, prices = write_files(articles, abroad, self.workspace.config.base)
        file = read_products(products)
        save_products(session, file.products)
        set_prices(session, file.entries)
        set_prices(session, read_prices(prices).entries)
        open_stock(session, [Count(row.sku, row.location, row.quantity) for row in file.stock])
        skus = sum(len(product.skus) for product in file.products)
        self._say(
            f"The seller's files come in: {len(file.products)} products with {skus} SKUs, how"
        )
        self._say(f"many there are, prices in {AT_HOME}, and in {_listed(abroad)}.", follows=True)
        linked = auto_link(session)
        by_code = sum(each.by_code for each in linked.values())
        self._say(f"{by_code} offers are linked to SKUs by their merchant codes.")
        unagreed = sum(each.unagreed for each in status_of(session))
        self._say(f"{unagreed} values differ from the catalogue. Nothing is pushed before a person")
        self._say("says whose hold: `mercer adopt CHANNEL --ours`.", follows=True)
        for name in session.connections:
            adopt_ours(session, name)
        return articles

    async def _first_plan(self, session: Session) -> None:
        plan = make_plan(session, Request())
        self._say("A plan, with every guard on:")
        _, changes = load_plan(session, plan.header.id)
        some = list(_some_of_each(changes))
        show_plan.show(self.out, plan, some, most=len(some), all_of_it="")
        self._say("It is applied, and every value is read back:")
        with self._timed(session):
            self._count(await apply_plan(session, plan.header.id))
        self._say(
            "Amazon shows what it took minutes later. Here nobody waits for it.", follows=True
        )

    def _life_goes_on(self, articles: Sequence[Article]) -> None:
        """Buyers order; people in the back offices change prices. The world does it, not Mercer."""
        codes = [article.product.skus[0].sku for article in articles[:5]]
        for channel, sku, units in (("shopify", codes[0], 2), ("amazon-pl", codes[1], 1)):
            self._world(f"{channel}/order", {"merchant_code": sku, "quantity": units})
            self._say(f"A buyer orders {units} x {sku} on {channel}.", follows=units == 1)
        for channel, sku in zip(("taobao", "jd", "amazon-de"), codes[2:], strict=True):
            currency = self.workspace.config.channel(channel).channel.currency
            price = _price_of(articles, sku, currency).scaled(Decimal("0.9"))
            self._world(f"{channel}/edit", {"merchant_code": sku, "price": price.plain})
            self._say(f"Somebody in {channel}'s back office makes {sku} {price}.", follows=True)

    async def _repair(self, session: Session) -> None:
        await session.clock.sleep(AFTERWARDS.total_seconds())
        _, failed = await pull_listings(session)
        _raise_any(failed)
        _, failed = await pull_orders(session)
        _raise_any(failed)
        with session.database.read() as tx:
            moved = list(moved_at_shop(tx, session))
        self._say("The next sync, an hour later, sees what is not as it should be:")
        self._show_drift(moved)
        self._say("and repairs it; what was sold on one shop is taken off the others:")
        with self._timed(session):
            cycle = await sync(session, Request())
            _raise_any(cycle.failed)
            self._show(session, cycle.plan)
            if cycle.applied is not None:
                self._count(cycle.applied)
        drifted = {cell.key for cell in moved}
        self.told.drifted = len(drifted)
        self.told.drift_repaired = sum(
            item.outcome is Outcome.CONFIRMED and item.change.cell in drifted
            for item in (cycle.applied.items if cycle.applied else ())
        )

    def _count(self, applied: Applied) -> None:
        _raise_any(applied.failed)
        show_run.show(self.out, applied)
        self.told.planned += sum(not item.change.blocked for item in applied.items)
        self.told.confirmed += applied.count(Outcome.CONFIRMED)
        self.told.unconverged += applied.count(Outcome.UNCONVERGED)

    @contextmanager
    def _timed(self, session: Session) -> Iterator[None]:
        """Say how far the shops' clock went."""
        began = session.clock.now()
        yield
        minutes = round((session.clock.now() - began).total_seconds() / 60)
        self.told.shop_minutes += minutes
        self._say(f"By the shops' clock that took {minutes} minutes.", follows=True)

    def _show(self, session: Session, plan: Plan) -> None:
        """Without the notes on what the platforms lack, which the first plan has told."""
        _, changes = load_plan(session, plan.header.id)
        ranked = by_risk(changes, Scale.of(plan.totals).weights)
        show_plan.show(self.out, replace(plan, notes=()), ranked, all_of_it="")

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

    def _say(self, text: str, *, follows: bool = False) -> None:
        """`follows`: it belongs to the line before."""
        self.out.line(text if follows else f"\n{text}")

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


def _some_of_each(changes: Iterable[Change]) -> Iterator[Change]:
    """A few of each channel, of the fields that were shown least."""
    firsts: dict[str, dict[Field, Change]] = {}
    for change in changes:
        firsts.setdefault(change.cell.channel, {}).setdefault(change.cell.field, change)
    shown = Counter[Field]()
    for first in firsts.values():
        chosen = sorted(first, key=lambda field: shown[field])[:SHOWN_OF_EACH]
        shown.update(chosen)
        yield from (first[field] for field in chosen)


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _price_of(articles: Sequence[Article], sku: str, currency: str) -> Money:
    return next(
        article.prices[currency][sku] for article in articles if sku in article.prices[currency]
    )


def _raise_any(failed: dict[str, MercerError]) -> None:
    for error in failed.values():
        raise error
