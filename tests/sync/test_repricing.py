"""Very many prices at once come to what each comes to by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, update

from benchmarks.shop import CHANNEL, make_workspace
from mercer.core.account import Channel
from mercer.core.cell import MONEY_FIELDS, NOTHING, Field
from mercer.core.clock import SystemClock, VirtualClock
from mercer.core.merge import Owner, State
from mercer.core.money import Money
from mercer.core.plan import Change
from mercer.core.policy import ASK, OURS, THEIRS, Policy
from mercer.core.price import ALWAYS, FOREVER, UNKNOWN, Declared, PriceEntry
from mercer.core.price_rule import (
    Amount,
    Base,
    Convert,
    Margin,
    Markup,
    NamedRule,
    Percent,
    PriceRule,
    Round,
)
from mercer.core.product import Product, Sku
from mercer.core.rates import Rate
from mercer.plugins.memory.adapter import MemoryAdapter
from mercer.plugins.memory.shop import shop_named
from mercer.store import plans
from mercer.store import prices as price_book
from mercer.store.database import Transaction
from mercer.store.plans import Plan
from mercer.store.tables import cells, decisions, overrides
from mercer.sync import plan_changes
from mercer.sync.catalogue import save_products, save_rates
from mercer.sync.planning import Request, make_plan
from mercer.sync.renew import renew
from mercer.sync.repricing import reprice
from mercer.sync.session import Connection, Session
from tests.sync.conftest import Seller, yuan

SKUS: Final = [f"S{number}" for number in range(12)]
"""Each is a product of its own; those of odd numbers have a tag."""

NOW: Final = VirtualClock().now()

Row = dict[str, Any]


# ------------------------------------------------------------------ what is drawn

RULES: Final[list[PriceRule]] = [
    Base(),
    Base("USD"),
    Markup(Decimal(40)),
    Margin(Decimal(20), "USD"),
    Percent(Decimal("7.5")),
    Percent(Decimal(-150)),
    Amount(yuan("0.55")),
    Convert(),
    Round(to="0.05"),
    Round(endings=("0.99", "5")),
]
rules = st.lists(
    st.tuples(st.sampled_from(RULES), st.sampled_from([(), (), ("hat",)])), max_size=4
).map(lambda drawn: tuple(NamedRule(f"r{n}", rule, tags) for n, (rule, tags) in enumerate(drawn)))


def amounts(currency: str) -> st.SearchStrategy[Money]:
    """Few, so that they meet."""
    return st.sampled_from([Money(minor, currency) for minor in (700, 999, 1000, 1300)])


@st.composite
def entries(draw: st.DrawFn, sku: str) -> PriceEntry:
    currency = draw(st.sampled_from(["CNY", "CNY", "USD"]))
    money = amounts(currency)
    declared: st.SearchStrategy[Declared] = st.one_of(
        st.none(), st.just(UNKNOWN), st.just(NOTHING), money
    )
    days = draw(st.sampled_from([None, (-2, -1), (-1, 1), (-1, 2), (1, 2)]))
    starts, ends = ALWAYS, FOREVER
    if days:
        starts, ends = (NOW + timedelta(days=day) for day in days)
    return PriceEntry(
        sku,
        draw(st.none() | money),
        draw(st.sampled_from(["", "", "north", "south"])),
        draw(st.none() | st.just(NOTHING) | money),
        draw(declared),
        0,
        draw(declared),
        draw(declared),
        starts,
        ends,
        currency,
    )


books = st.tuples(*(st.lists(entries(sku), max_size=3) for sku in SKUS)).map(
    lambda drawn: [entry for each in drawn for entry in each]
)

HANDS: Final[list[Row]] = [
    {},
    {},
    {},
    {"gone": True},
    {"base": None},
    {"observed": None},
    {"observed": "7.00 CNY"},
    {"in_flight": "9.00 CNY", "written_at": 1, "read_after": 2, "deadline": -1},
    {"in_flight": "9.00 CNY", "written_at": -3, "read_after": -2, "deadline": -1},
    {"in_flight": "10.00 CNY", "written_at": -3, "read_after": -2, "deadline": 1},
]
"""What happened to the cells of an offer; moments are in hours from now."""
hands = st.tuples(*(st.sampled_from(HANDS) for _ in SKUS))
kept = st.frozensets(st.tuples(st.sampled_from(SKUS), st.sampled_from(sorted(MONEY_FIELDS))))
"""Cells of which the channel keeps a value of its own."""


# ------------------------------------------------------------------ one shop for all examples


@pytest.fixture
async def shop(seller: Seller) -> Seller:
    for number, sku in enumerate(SKUS):
        seller.own(sku, sku)
        seller.show("north", sku, sku)
        tags = ("hat",) if number % 2 else ()
        save_products(seller.session, [Product(sku, sku, None, skus=(Sku(sku),), tags=tags)])
    save_rates(seller.session, [Rate("USD", "CNY", Decimal("7.1"), seller.clock.now())])
    await seller.pull()
    return seller


def happened(shop: Seller, tx: Transaction, hand: Mapping[str, Row]) -> None:
    for sku, row in hand.items():
        at = {
            name: shop.clock.now() + timedelta(hours=value) if type(value) is int else value
            for name, value in row.items()
        }
        if at:
            of_offer = (cells.c.channel == "north") & (cells.c.offer == f"{sku}/{sku}")
            tx.execute(update(cells).where(of_offer, cells.c.field != "stock").values(**at))


def keep(shop: Seller, tx: Transaction, kept: Collection[tuple[str, Field]]) -> None:
    for sku, field in sorted(kept):
        row = {"channel": "north", "listing": sku, "offer": f"{sku}/{sku}", "field": field.value}
        about = {"scope": "", "value": "9.50 CNY", "who": "lin", "made_at": shop.clock.now()}
        tx.execute(overrides.insert().values(**row, **about))


def rows(tx: Transaction, table: Table) -> list[Row]:
    query = table.select().order_by(*table.primary_key)
    return [dict(row) for row in tx.execute(query).mappings()]


@dataclass
class Drawn:
    """The book and the first rules are in force; then things happen, and the rules change."""

    book: list[PriceEntry]
    rules: tuple[NamedRule, ...]
    hands: Sequence[Row]
    kept: frozenset[tuple[str, Field]]
    later: tuple[NamedRule, ...]
    policy: Policy
    owner: Owner

    @contextmanager
    def played(self, shop: Seller) -> Iterator[tuple[Transaction, Session, Channel]]:
        """Nothing of it stays."""
        shop.rule("north", price_rules=self.rules, policies={}, owners={})
        before = shop.channels["north"]
        ruled = {"policies": {Field.PRICE: self.policy}, "owners": {Field.COMPARE_AT: self.owner}}
        shop.rule("north", price_rules=self.later, **ruled)
        with shop.database.rehearsal() as trial, trial.write() as tx:
            once = replace(shop.session, database=trial)
            price_book.save(tx, self.book, NOW)
            renew(tx, once, before, sorted(SKUS), only=MONEY_FIELDS)
            happened(shop, tx, dict(zip(SKUS, self.hands, strict=True)))
            keep(shop, tx, self.kept)
            renew(tx, once, before, sorted(SKUS), only=MONEY_FIELDS)
            yield tx, once, shop.channels["north"]


histories = st.builds(
    Drawn,
    books,
    rules,
    hands,
    kept,
    rules,
    st.sampled_from([OURS, THEIRS, ASK]),
    st.sampled_from(Owner),
)
often = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.mark.both_databases
@often
@given(histories, st.none() | st.frozensets(st.sampled_from(SKUS)))
def test_in_bulk_every_cell_comes_to_what_it_comes_to_one_by_one(
    shop: Seller, drawn: Drawn, some: frozenset[str] | None
) -> None:
    def left(tx: Transaction) -> list[list[Row]]:
        decided = [
            row | {"id": None} for row in rows(tx, decisions)
        ]  # what is undone used numbers up
        return [rows(tx, cells), rows(tx, overrides), decided]

    with drawn.played(shop) as (tx, once, channel):
        reprice(tx, once, channel, some)
        bulk = left(tx)
    with drawn.played(shop) as (tx, once, channel):
        renew(tx, once, channel, sorted(SKUS if some is None else some), only=MONEY_FIELDS)
        single = left(tx)
    assert bulk == single


@often
@given(histories)
def test_a_plan_is_the_same_however_many_moves_are_remembered(shop: Seller, drawn: Drawn) -> None:
    def planned() -> tuple[Plan, list[Change]]:
        with drawn.played(shop) as (tx, once, channel):
            reprice(tx, once, channel)
            plan = make_plan(once, Request())
            return plan, list(plans.changes_of(tx, plan.header.id))

    usual = planned()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan_changes, "_REMEMBERED", 0)
        assert planned() == usual


# ------------------------------------------------------------------ the benchmark's shop


def test_the_shop_that_is_measured_is_as_renewing_leaves_it(tmp_path: Path) -> None:
    channel, clock = Channel(CHANNEL, "memory", CHANNEL, "CNY"), SystemClock()
    connection = Connection(channel, MemoryAdapter(shop_named("measured", "CNY"), clock))
    database = make_workspace(tmp_path, n_offers=9, every=3)
    session = Session(database, clock, {CHANNEL: connection}, {CHANNEL: channel})
    with database.write() as tx:
        made = rows(tx, cells)
        renew(tx, session, channel, sorted({row["listing"] for row in made}))
        assert rows(tx, cells) == made
    database.close()
    assert {row["state"] for row in made} == {State.AGREED, State.PUSH, State.FOLLOWED}
