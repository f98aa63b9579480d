"""Orders are facts: once each, in whatever order they come, with their stock in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mercer.core.account import Channel
from mercer.core.contract import OrderPage, OrderReads
from mercer.core.errors import InputError, Transient
from mercer.core.listing import DeductAt
from mercer.core.order import Order, OrderStatus
from mercer.core.product import Product, Sku
from mercer.core.stock import Balance, MovementKind
from mercer.store import channels, quarantine, tables
from mercer.store.database import open_database
from mercer.sync.catalogue import save_products
from mercer.sync.intake import drain, pull_orders, take_in_orders
from mercer.sync.link import set_link
from mercer.sync.retry import Retried, retry
from mercer.sync.status import status_of
from mercer.sync.stocktake import Count, Counted, count_in, take_stock
from tests.sync.conftest import Seller, yuan

pytestmark = pytest.mark.both_databases


def told(seller: Seller, order: Order, seconds: float = 1.0, **changed: object) -> Order:
    """A later version of an order; `quantity`, `ordered` and `shipped` are those of its line."""
    line_fields = {"quantity", "ordered", "shipped"} & changed.keys()
    line = replace(order.lines[0], **{name: changed.pop(name) for name in line_fields})  # type: ignore[arg-type]
    at = order.updated_at + timedelta(seconds=seconds)
    return replace(order, updated_at=at, lines=(line,), **changed)  # type: ignore[arg-type]


def take_in(seller: Seller, *versions: Order) -> None:
    for version in versions:
        take_in_orders(seller.session, "north", OrderPage((version,)))


async def ordered(seller: Seller, quantity: int = 3) -> Order:
    """An order of TEE-S that the shop knows and Mercer does not."""
    await seller.agree("tee", "TEE-S", "TEE-M")
    seller.later()
    return seller.sell("north", "TEE-S", quantity)


async def test_an_order_reserves_and_its_shipment_takes_off(seller: Seller) -> None:
    order = await ordered(seller)
    take_in(seller, order)
    assert seller.balance("TEE-S") == Balance(10, 3)
    take_in(seller, told(seller, order, shipped=2, status=OrderStatus.PARTLY_SHIPPED))
    assert seller.balance("TEE-S") == Balance(8, 1)
    take_in(seller, told(seller, order, 2, shipped=3, status=OrderStatus.SHIPPED))
    assert seller.balance("TEE-S") == Balance(7, 0)


async def test_an_order_twice_in_is_once_done(seller: Seller) -> None:
    order = await ordered(seller)
    take_in(seller, order, order)
    await pull_orders(seller.session)
    taken, _ = await pull_orders(seller.session)
    assert taken["north"].new == 0
    assert seller.balance("TEE-S") == Balance(10, 3)
    assert len(seller.rows(tables.movements)) == 3, "two openings and one reservation"


async def test_an_older_version_that_comes_late_changes_nothing(seller: Seller) -> None:
    order = await ordered(seller)
    cancelled = told(seller, order, status=OrderStatus.CANCELLED)
    take_in(seller, cancelled, order)
    assert seller.balance("TEE-S") == Balance(10, 0)


async def test_two_versions_of_one_second_are_both_taken_in(seller: Seller) -> None:
    order = await ordered(seller)
    take_in(seller, order, told(seller, order, 0, quantity=1))
    assert seller.balance("TEE-S") == Balance(10, 1)
    take_in(seller, told(seller, order, 0, quantity=2))
    assert seller.balance("TEE-S") == Balance(10, 2)


async def test_a_partial_cancellation_releases_its_units_only(seller: Seller) -> None:
    order = await ordered(seller)
    take_in(seller, order, told(seller, order, quantity=1))
    assert seller.balance("TEE-S") == Balance(10, 1)


async def test_a_line_that_a_later_version_leaves_out_is_released(seller: Seller) -> None:
    order = await ordered(seller)
    take_in(seller, order, replace(told(seller, order), lines=()))
    assert seller.balance("TEE-S") == Balance(10, 0)


async def test_a_line_that_a_split_off_order_took_over_stays_reserved_once(seller: Seller) -> None:
    order = await ordered(seller)
    child = replace(told(seller, order), order="O1-1", number="O1-1", root=order.order)
    take_in(seller, order, child)
    assert seller.balance("TEE-S") == Balance(10, 3)
    take_in(seller, replace(told(seller, order, 2), lines=()))
    assert seller.balance("TEE-S") == Balance(10, 3)


async def test_the_time_of_a_partial_return_stays_when_the_order_moves_on(seller: Seller) -> None:
    order = await ordered(seller)
    returned = told(seller, order, 5, quantity=2)
    take_in(seller, order, returned, told(seller, returned, 60, shipped=2))
    (line,) = seller.rows(tables.order_lines)
    assert line["returned_at"] == returned.updated_at


VERSIONS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), min_size=1, max_size=5
)


@settings(max_examples=40)
@given(VERSIONS, st.data())
def test_any_order_and_any_repetition_of_versions_end_in_the_same_ledger(
    versions: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    def ledger(arrivals: list[int]) -> Balance | None:
        seller = Seller(open_database(None))
        seller.add_channel(Channel("north", "memory", "north", "CNY"))
        seller.own("tee", "TEE-S", quantity=10)
        seller.show("north", "tee", "TEE-S", quantity=10)
        order = seller.sell("north", "TEE-S", 5)
        for index in arrivals:
            quantity, shipped, cancelled = versions[index]
            status = OrderStatus.CANCELLED if cancelled else OrderStatus.PAID
            version = told(seller, order, index, quantity=quantity, shipped=shipped, status=status)
            take_in(seller, version)
        balance = seller.balance("TEE-S")
        seller.database.close()
        return balance

    in_order = list(range(len(versions)))
    repeated = data.draw(st.lists(st.sampled_from(in_order), max_size=5))
    shuffled = data.draw(st.permutations([*in_order, *repeated]))
    assert ledger(shuffled) == ledger(in_order)


# ------------------------------------------------------------------ openings and counts


async def test_orders_before_the_opening_move_nothing(seller: Seller) -> None:
    seller.own("tee", "TEE-S", quantity=10)
    seller.show("north", "tee", "TEE-S", quantity=10)
    order = seller.shops["north"].sell("TEE-S", 2, seller.clock.now() - timedelta(hours=1))
    take_in(seller, order, told(seller, order, 7200, shipped=2, status=OrderStatus.SHIPPED))
    assert seller.balance("TEE-S") == Balance(10, 0)


async def test_an_order_in_the_second_of_the_opening_came_after_it(seller: Seller) -> None:
    seller.clock.advance(0.7)
    seller.own("tee", "TEE-S", quantity=10)
    seller.show("north", "tee", "TEE-S", quantity=10)
    whole_second = seller.clock.now().replace(microsecond=0)
    take_in(seller, seller.shops["north"].sell("TEE-S", 2, whole_second))
    assert seller.balance("TEE-S") == Balance(10, 2)


async def test_an_opening_as_of_the_past_takes_in_the_orders_since(seller: Seller) -> None:
    save_products(seller.session, [Product("tee", "Tee", skus=(Sku("TEE-S"),))])
    seller.show("north", "tee", "TEE-S", quantity=10)
    at = seller.clock.now()
    await seller.pull()
    for hours in (1, 3):
        order = seller.shops["north"].sell("TEE-S", hours, at - timedelta(hours=hours))
        take_in(seller, order)
    assert seller.balance("TEE-S") is None
    with seller.database.write() as tx:
        count_in(tx, seller.session, [Count("TEE-S", "", 10)], at - timedelta(hours=2))
    assert seller.balance("TEE-S") == Balance(10, 1)


async def test_a_second_count_is_an_adjustment(seller: Seller) -> None:
    await ordered(seller)
    await seller.sync()
    assert take_stock(seller.session, [Count("TEE-S", "", 8)]) == Counted(0, 1, 0)
    assert seller.balance("TEE-S") == Balance(8, 3)
    last = seller.rows(tables.movements)[-1]
    assert (last["kind"], last["on_hand"]) == (MovementKind.ADJUSTMENT.value, -2)
    assert take_stock(seller.session, [Count("TEE-S", "", 8)]) == Counted(0, 0, 1)


@pytest.mark.parametrize(
    ("count", "message"),
    [(Count("NO-SUCH", "", 1), "no SKU 'NO-SUCH'"), (Count("TEE-S", "", -1), "-1 of TEE-S")],
)
async def test_a_count_that_cannot_be_is_refused_with_all_the_others(
    seller: Seller, count: Count, message: str
) -> None:
    await seller.agree("tee", "TEE-S")
    with pytest.raises(InputError, match=message):
        take_stock(seller.session, [Count("TEE-S", "", 4), count])
    assert seller.balance("TEE-S") == Balance(10, 0)


async def test_more_sold_than_there_was_is_one_incident_for_each_order(seller: Seller) -> None:
    order = await ordered(seller, 12)
    take_in(seller, order, told(seller, order, shipped=1))
    (incident,) = seller.rows(tables.incidents)
    assert (incident["sku"], incident["order"], incident["available"]) == ("TEE-S", "O1", -2)


# ------------------------------------------------------------------ which SKU, and when


async def test_what_an_unlinked_offer_sold_moves_stock_once_it_is_linked(seller: Seller) -> None:
    seller.own("tee", "TEE-S", quantity=10)
    seller.show("north", "odd", "ODD", quantity=10)
    await seller.pull()
    seller.later()
    seller.sell("north", "ODD", 4)
    await seller.pull()
    assert seller.balance("TEE-S") == Balance(10, 0)
    set_link(seller.session, "north", "odd/ODD", "TEE-S")
    assert seller.balance("TEE-S") == Balance(10, 4)


async def test_a_line_stays_the_sku_that_was_reserved_when_its_offer_is_linked_anew(
    seller: Seller,
) -> None:
    order = await ordered(seller)
    take_in(seller, order)
    set_link(seller.session, "north", "tee/TEE-S", None)
    set_link(seller.session, "north", "tee/TEE-S", "TEE-M")
    take_in(seller, told(seller, order, status=OrderStatus.CANCELLED))
    assert seller.balance("TEE-S") == Balance(10, 0)
    assert seller.balance("TEE-M") == Balance(10, 0)


async def test_where_the_platform_deducts_at_payment_an_unpaid_order_reserves_nothing(
    seller: Seller,
) -> None:
    seller.own("tee", "TEE-S", quantity=10)
    seller.show("north", "tee", "TEE-S", quantity=10)
    page = seller.shops["north"].listings["tee"]
    offer = replace(page.offers[0], deduct_at=DeductAt.PAYMENT)
    seller.shops["north"].put(replace(page, offers=(offer,)))
    await seller.pull()
    seller.later()
    order = seller.shops["north"].sell("TEE-S", 2, seller.clock.now())
    unpaid = replace(order, paid_at=None, status=OrderStatus.AWAITING_PAYMENT)
    take_in(seller, unpaid)
    assert seller.balance("TEE-S") == Balance(10, 0)
    take_in(seller, told(seller, unpaid, paid_at=unpaid.updated_at, status=OrderStatus.PAID))
    assert seller.balance("TEE-S") == Balance(10, 2)


async def test_a_late_link_minds_when_the_platform_deducts(seller: Seller) -> None:
    seller.own("tee", "TEE-S", quantity=10)
    seller.show("north", "odd", "ODD", quantity=10)
    page = seller.shops["north"].listings["odd"]
    offer = replace(page.offers[0], deduct_at=DeductAt.PAYMENT)
    seller.later()
    order = replace(seller.sell("north", "ODD", 2), paid_at=None)
    take_in(seller, order)
    seller.shops["north"].put(replace(page, offers=(offer,)))
    await seller.pull()
    set_link(seller.session, "north", "odd/ODD", "TEE-S")
    assert seller.balance("TEE-S") == Balance(10, 0)


# ------------------------------------------------------------------ windows and watermarks


def watermark(seller: Seller) -> datetime | None:
    with seller.database.read() as tx:
        return channels.state_of(tx, "north").orders_watermark


async def test_a_long_absence_is_read_in_windows_without_gaps(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", quantity=100)
    span = timedelta(minutes=30)
    seller.declare("north", orders=OrderReads(overlap=timedelta(seconds=5), span=span))
    for _ in range(7):
        seller.later(17 * 60)
        seller.sell("north", "TEE-S", 1)
    taken = await drain(seller.session, seller.session.connection("north"), seller.clock.now())
    assert taken.new == 7
    assert seller.at("north").calls.count("read_orders") >= 4
    assert watermark(seller) == seller.clock.now()


async def test_the_watermark_never_passes_into_the_lag(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    lag = timedelta(minutes=2)
    seller.declare("north", orders=OrderReads(overlap=timedelta(0), lag=lag))
    seller.at("north").order_lag = lag
    seller.later(600)
    seller.sell("north", "TEE-S", 1)
    await pull_orders(seller.session)
    assert watermark(seller) == seller.clock.now() - lag
    seller.later(121)
    taken, _ = await pull_orders(seller.session)
    assert taken["north"].new == 1


async def test_a_window_that_failed_is_read_again(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    before = watermark(seller)
    seller.later()
    seller.sell("north", "TEE-S", 1)
    seller.at("north").read_faults = [Transient("not reachable", in_doubt=False)]
    _, failed = await pull_orders(seller.session)
    assert list(failed) == ["north"]
    assert watermark(seller) == before
    taken, _ = await pull_orders(seller.session)
    assert taken["north"].new == 1


async def test_a_read_never_reaches_behind_the_platforms_horizon(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    horizon = timedelta(days=60)
    reads = OrderReads(overlap=timedelta(minutes=5), horizon=horizon)
    seller.declare("north", orders=reads)
    seller.later(90 * 86_400)
    reached: list[datetime] = []
    north = seller.at("north")
    read = north.read_orders

    def noted(since: datetime, until: datetime) -> object:
        reached.append(since)
        return read(since, until)

    north.read_orders = noted  # type: ignore[method-assign, assignment]
    await pull_orders(seller.session, ["north"])
    assert min(reached) >= seller.clock.now() - horizon


# ------------------------------------------------------------------ what cannot be read


async def test_an_order_that_cannot_be_read_is_set_aside_and_its_neighbours_taken_in(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S", quantity=10)
    seller.later()
    bad = seller.sell("north", "TEE-S", 1)
    seller.sell("north", "TEE-S", 2)
    seller.at("north").unreadable_orders = {bad.order}
    taken, _ = await pull_orders(seller.session)
    assert (taken["north"].new, taken["north"].unreadable) == (1, 1)
    assert seller.balance("TEE-S") == Balance(10, 2)
    (aside,) = seller.rows(tables.quarantine)
    assert (aside["id"], aside["reason"]) == (bad.order, "a status of a new kind")
    assert next(each.set_aside for each in status_of(seller.session) if each.channel == "north")

    seller.at("north").unreadable_orders = set()
    connection = seller.session.connection("north")
    assert await retry(seller.session, connection) == Retried(1, 0, 0, ())
    assert seller.balance("TEE-S") == Balance(10, 3)
    with seller.database.read() as tx:
        assert quarantine.set_aside_of(tx, "north") == []


async def test_an_order_that_came_in_by_another_way_is_no_longer_aside(seller: Seller) -> None:
    order = await ordered(seller)
    take_in(seller, order)
    with seller.database.write() as tx:
        quarantine.set_aside(tx, "north", "order", order.order, "odd", seller.clock.now())
    again = await retry(seller.session, seller.session.connection("north"))
    assert again.left == ()
    assert seller.rows(tables.quarantine) == []


async def test_totals_are_kept_as_received_and_their_difference_is_recorded(
    seller: Seller,
) -> None:
    order = await ordered(seller)
    totals = replace(
        order.totals, goods=yuan("30.00"), discount=yuan("1.00"), shipping=yuan("2.50")
    )
    take_in(seller, replace(order, totals=totals))
    (row,) = seller.rows(tables.orders)
    assert row["totals"]["grand"] == "30.00 CNY"
    assert row["difference"] == "-1.50 CNY"
