"""However an order's versions come in, late, repeated or out of order, the books end alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mercer.core.account import Channel
from mercer.core.contract import OrderPage
from mercer.core.order import Order, OrderLine, OrderStatus, Totals
from mercer.core.product import Product, Sku
from mercer.core.risk import OrderFacts
from mercer.core.shipping import Packed, Parcel
from mercer.store import ledger, tables
from mercer.store.database import open_database
from mercer.sync.catalogue import save_products
from mercer.sync.intake import take_in_orders
from tests.sync.conftest import Seller, yuan

LINES = {"1": "A", "2": "B", "3": "SET"}
"""Line -> merchant code. SET is two of A and one of B."""

START = Seller(open_database(None)).clock.now() + timedelta(minutes=1)


@dataclass(frozen=True)
class HoldEverything:
    name: str = "everything"

    def reason_to_hold(self, facts: OrderFacts) -> str | None:
        return "it is new"


def placed(units: dict[str, int]) -> Order:
    lines = tuple(
        OrderLine(line, "p", f"p/{LINES[line]}", LINES[line], LINES[line], n, n, yuan("10.00"))
        for line, n in units.items()
    )
    totals = Totals(yuan("10.00") * sum(units.values()))
    status = OrderStatus.AWAITING_PAYMENT
    return Order("O1", "O1", status, START, START, "CNY", totals, lines, root="O1")


@dataclass
class History:
    """What happens to an order at its shop; each act makes one newer version of one order."""

    orders: dict[str, Order]
    versions: list[Order]

    @classmethod
    def of(cls, units: dict[str, int]) -> History:
        order = placed(units)
        return cls({order.order: order}, [order])

    def put(self, order: Order, **changed: Any) -> None:
        at = START + timedelta(seconds=len(self.versions))
        self.orders[order.order] = replace(order, updated_at=at, **changed)
        self.versions.append(self.orders[order.order])

    def possible(self) -> list[Callable[[], None]]:
        """What can happen next, the more usual more often."""
        acts: list[Callable[[], None]] = []
        for order in self.orders.values():
            if order.status in (OrderStatus.CANCELLED, OrderStatus.SHIPPED):
                continue
            if order.paid_at is None:
                acts += [partial(self.pay, order)] * 4
            if not any(line.shipped for line in order.lines):
                acts.append(partial(self.cancel, order))
            for line in order.lines:
                if line.quantity > line.shipped:
                    acts.append(partial(self.cancel_one, order, line))
                    acts += [partial(self.ship, order, line)] * 2 if order.paid_at else []
            if order.order == "O1" and order.status is OrderStatus.PAID and order.lines:
                acts += [partial(self.split, order, order.lines)] * 3
                acts += [partial(self.split, order, (line,)) for line in order.lines]
        return acts

    def now(self) -> datetime:
        return START + timedelta(seconds=len(self.versions))

    def pay(self, order: Order) -> None:
        self.put(order, status=OrderStatus.PAID, paid_at=self.now())

    def cancel(self, order: Order) -> None:
        self.put(order, status=OrderStatus.CANCELLED, cancelled_at=self.now())

    def cancel_one(self, order: Order, line: OrderLine) -> None:
        self.put(order, lines=_with(order, replace(line, quantity=line.quantity - 1)))

    def ship(self, order: Order, line: OrderLine) -> None:
        """A unit, in a parcel of its own."""
        lines = _with(order, replace(line, shipped=line.shipped + 1))
        whole = all(line.quantity == line.shipped for line in lines)
        parcel = Parcel(f"{order.order}-{len(order.parcels)}", "sf", (Packed(line.line, 1),))
        status = OrderStatus.SHIPPED if whole else OrderStatus.PARTLY_SHIPPED
        self.put(order, lines=lines, status=status, parcels=(*order.parcels, parcel))

    def split(self, order: Order, going: tuple[OrderLine, ...]) -> None:
        """Into orders of one line each: all lines, as JD does, or one of them."""
        for line in going:
            child = f"O1-{line.line}"
            self.put(replace(order, order=child, number=child, lines=(line,)))
        left = tuple(line for line in order.lines if line not in going)
        self.put(order, lines=left, status=OrderStatus.PAID if left else OrderStatus.CANCELLED)


def _with(order: Order, line: OrderLine) -> tuple[OrderLine, ...]:
    return tuple(line if each.line == line.line else each for each in order.lines)


@st.composite
def histories(draw: st.DrawFn) -> list[Order]:
    names = draw(st.lists(st.sampled_from(sorted(LINES)), min_size=1, unique=True))
    history = History.of({name: draw(st.integers(1, 3)) for name in names})
    for _ in range(draw(st.integers(2, 9))):
        acts = history.possible()
        if not acts:
            break
        draw(st.sampled_from(acts))()
    return history.versions


@st.composite
def arrivals(draw: st.DrawFn, versions: Sequence[Order]) -> list[list[Order]]:
    """Every version at least once, in any order, in pages of any size."""
    numbers = list(range(len(versions)))
    again = draw(st.lists(st.sampled_from(numbers), max_size=4))
    order = draw(st.permutations([*numbers, *again]))
    pages: list[list[Order]] = [[]]
    for number in order:
        pages[-1].append(versions[number])
        if draw(st.booleans()):
            pages.append([])
    return pages


@contextmanager
def a_seller() -> Iterator[Seller]:
    seller = Seller(open_database(None))
    seller.add_channel(Channel("north", "memory", "north", "CNY"))
    seller.own("p", "A", "B", quantity=20)
    bundle = Sku("SET", parts=(("A", 2), ("B", 1)))
    save_products(seller.session, [Product("set", "Set", None, skus=(bundle,))])
    try:
        yield seller
    finally:
        seller.database.close()


NOT_TOLD = {
    tables.orders: {"first_seen_at", "read_at"},
    # Since when units are back is known from the first version that tells it, as far as one does.
    tables.order_lines: {"returned_at"},
    tables.parcels: {"seen_at"},
}


def books(pages: Sequence[Sequence[Order]]) -> dict[str, Any]:
    """What is kept once these pages are in, but for when it was read."""
    with a_seller() as seller:
        session = replace(seller.session, checks=lambda: [HoldEverything()])
        for page in pages:
            take_in_orders(session, "north", OrderPage(tuple(page)))
        kept: dict[str, Any] = {
            table.name: sorted(
                str([value for name, value in row.items() if name not in left_out])
                for row in seller.rows(table)
            )
            for table, left_out in NOT_TOLD.items()
        }
        kept["holds"] = sorted(
            (row["order"], row["check"])
            for row in seller.rows(tables.holds)
            if row["ended_at"] is None
        )
        with seller.database.read() as tx:
            kept["stock"] = ledger.balances(tx, ["A", "B"])
            done = ledger.moved_by_lines(tx, "north", ["O1"])
        kept["lines' stock"] = {
            (line.line, sku): (each.reserved, each.shipped)
            for line, skus in done.items()
            for sku, each in skus.items()
            if each.reserved or each.shipped
        }
        return kept


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_arrival_of_an_orders_versions_ends_in_the_books_of_the_ordered_history(
    data: st.DataObject,
) -> None:
    versions = data.draw(histories())
    in_order = [[version] for version in versions]
    assert books(data.draw(arrivals(versions))) == books(in_order)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_the_ledger_holds_what_the_newest_versions_say(versions: list[Order]) -> None:
    newest = {version.order: version for version in versions}
    lines = [(line, order.status) for order in newest.values() for line in order.lines]
    units = {"A": [0, 0], "B": [0, 0]}
    for line, status in lines:
        wanted = line.shipped if status is OrderStatus.CANCELLED else line.quantity
        for sku, each in ({"A": 2, "B": 1} if line.line == "3" else {LINES[line.line]: 1}).items():
            units[sku][0] += line.shipped * each
            units[sku][1] += (wanted - line.shipped) * each
    stock = books([versions])["stock"]
    assert {sku: (20 - stock[sku].on_hand, stock[sku].reserved) for sku in units} == {
        sku: tuple(each) for sku, each in units.items()
    }
