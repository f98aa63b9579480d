"""Messages and webhooks: kept once, then what they name is read; they are never believed."""

from __future__ import annotations

from datetime import timedelta

from mercer.core.contract import Event, EventKind
from mercer.core.errors import Throttled
from mercer.store import events, tables
from mercer.sync.notices import PROVISIONAL, handle, keep_events, poll_messages
from mercer.sync.provisional import expire
from tests.sync.conftest import Seller


def event(seller: Seller, id: str, *took: tuple[str, int], key: str = "e1") -> Event:
    return Event(key, EventKind.ORDER, id, "order", took, seller.clock.now())


def reserved(seller: Seller, sku: str = "S") -> int:
    balance = seller.balance(sku)
    assert balance is not None
    return balance.reserved


async def test_a_message_brings_its_order_in_at_once_and_is_acknowledged(seller: Seller) -> None:
    await seller.agree("p", "S")
    seller.later(1)
    order = seller.sell("north", "S", 2)
    noticed, failed = await poll_messages(seller.session)
    assert failed == {}
    assert (noticed["north"].received, noticed["north"].handled) == (1, 1)
    assert [row["order"] for row in seller.rows(tables.orders)] == [order.order]
    assert reserved(seller) == 2
    assert seller.shops["north"].messages == []


async def test_the_same_event_twice_is_handled_once(seller: Seller) -> None:
    await seller.agree("p", "S")
    connection = seller.connections["north"]
    named = [event(seller, "O1"), event(seller, "O1")]
    assert keep_events(seller.session, connection, named) == 1
    assert keep_events(seller.session, connection, named) == 0


async def test_what_a_notification_says_was_bought_is_held_until_the_order_tells_itself(
    seller: Seller,
) -> None:
    await seller.agree("p", "S")
    seller.later(1)
    connection = seller.connections["north"]
    keep_events(seller.session, connection, [event(seller, "O1", ("S", 2))])
    assert reserved(seller) == 2
    order = seller.sell("north", "S", 3)
    assert order.order == "O1"
    seller.later(1)
    await seller.pull()
    assert reserved(seller) == 3


async def test_units_held_on_a_notification_are_let_go_when_no_order_comes(seller: Seller) -> None:
    await seller.agree("p", "S")
    keep_events(seller.session, seller.connections["north"], [event(seller, "X", ("S", 2))])
    seller.later(PROVISIONAL.total_seconds() - 1)
    with seller.database.write() as tx:
        expire(tx, seller.session, seller.clock.now())
    assert reserved(seller) == 2
    seller.later(2)
    with seller.database.write() as tx:
        expire(tx, seller.session, seller.clock.now())
    assert reserved(seller) == 0


async def test_a_notification_of_an_order_that_is_known_holds_nothing_more(seller: Seller) -> None:
    await seller.agree("p", "S")
    seller.later(1)
    order = seller.sell("north", "S", 2)
    seller.later(1)
    await seller.pull()
    keep_events(seller.session, seller.connections["north"], [event(seller, order.order, ("S", 2))])
    assert reserved(seller) == 2


async def test_units_of_an_unknown_merchant_code_are_nobodys(seller: Seller) -> None:
    await seller.agree("p", "S")
    keep_events(seller.session, seller.connections["north"], [event(seller, "X", ("?", 2))])
    assert reserved(seller) == 0


async def test_where_orders_are_glimpsed_a_young_event_waits_and_is_not_forgotten(
    seller: Seller,
) -> None:
    await seller.agree("p", "S")
    seller.later(1)
    connection = seller.connections["north"]
    order = seller.sell("north", "S", 2)
    keep_events(seller.session, connection, [event(seller, order.order)])
    young = await handle(seller.session, connection, glimpsed=True)
    assert (young.handled, young.waiting) == (0, 1)
    assert seller.rows(tables.orders) == []
    seller.later(4)
    missed = await handle(seller.session, connection, glimpsed=True)
    assert (missed.handled, missed.waiting) == (1, 0)
    assert [row["order"] for row in seller.rows(tables.orders)] == [order.order]


async def test_of_many_waiting_events_the_oldest_and_the_newest_are_looked_at(
    seller: Seller,
) -> None:
    await seller.agree("p", "S")
    with seller.database.write() as tx:
        for number in range(6):
            events.keep(
                tx, "north", event(seller, f"O{number}", key=f"e{number}"), seller.clock.now()
            )
            seller.later(1)
        assert [each.id for each in events.waiting(tx, "north", 2)] == ["O0", "O1", "O4", "O5"]


async def test_what_cannot_be_read_now_waits_for_the_next_time(seller: Seller) -> None:
    await seller.agree("p", "S")
    seller.later(1)
    order = seller.sell("north", "S", 2)
    connection = seller.connections["north"]
    keep_events(seller.session, connection, [event(seller, order.order, ("S", 2))])
    seller.at("north").read_faults = [Throttled("come back later", delay=5.0)]
    first = await handle(seller.session, connection)
    assert (first.handled, first.waiting) == (0, 1)
    second = await handle(seller.session, connection)
    assert (second.handled, second.waiting) == (1, 0)
    assert reserved(seller) == 2


async def test_many_events_of_one_order_cost_one_read(seller: Seller) -> None:
    await seller.agree("p", "S")
    order = seller.sell("north", "S")
    connection = seller.connections["north"]
    named = [event(seller, order.order, key=f"e{number}") for number in range(5)]
    keep_events(seller.session, connection, named)
    await handle(seller.session, connection)
    assert seller.at("north").calls.count("read_order") == 1


async def test_a_listing_event_reads_the_listing_again(seller: Seller) -> None:
    await seller.agree("p", "S")
    seller.shops["north"].change("p", "p/S", quantity=3)
    connection = seller.connections["north"]
    named = [Event("e1", EventKind.STOCK, "p", "stock")]
    keep_events(seller.session, connection, named)
    seller.later(1)
    await handle(seller.session, connection)
    shown = [row["observed"] for row in seller.rows(tables.cells) if row["field"] == "stock"]
    assert sorted(shown) == ["10", "3"]


async def test_events_that_were_dealt_with_long_ago_are_forgotten(seller: Seller) -> None:
    await seller.agree("p", "S")
    connection = seller.connections["north"]
    keep_events(seller.session, connection, [event(seller, "X"), event(seller, "Y", key="e2")])
    await handle(seller.session, connection)
    seller.later(timedelta(days=31).total_seconds())
    with seller.database.write() as tx:
        assert events.forget(tx, seller.clock.now() - timedelta(days=30)) == 2
