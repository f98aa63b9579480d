"""The history of a thing: what became of it, in whose name, by which plan, under which request id."""

from __future__ import annotations

import pytest

from mercer.core.audit import Kind
from mercer.core.cell import Field
from mercer.core.errors import InputError
from mercer.core.policy import OURS
from mercer.core.price import PriceEntry
from mercer.store import tables
from mercer.store.audit_check import check
from mercer.store.history import Event, Subject, Wanted
from mercer.store.stock_rules import SkuRule
from mercer.sync.adopt import adopt_ours, adopt_theirs
from mercer.sync.after_sales import decide_goods, pull_after_sales
from mercer.sync.catalogue import set_prices
from mercer.sync.deciding import cancel
from mercer.sync.history import history_of
from mercer.sync.link import set_link
from mercer.sync.rule_changes import clear_rule, set_rule
from mercer.sync.shipping import Request, ship
from tests.sync.conftest import Seller, yuan


def told(
    seller: Seller, name: str, subject: Subject | None = None, **wanted: object
) -> list[Event]:
    return history_of(seller.session, name, subject, Wanted(**wanted))[1]  # type: ignore[arg-type]


def brief(events: list[Event]) -> list[tuple[str, str | None, str | None]]:
    return [(each.kind, each.before, each.after) for each in events]


def holds(seller: Seller) -> bool:
    with seller.database.read() as tx:
        return check(tx).broken == ""


async def test_a_price_from_the_book_to_the_shop_and_back_after_another_hand(
    seller: Seller,
) -> None:
    seller.rule("north", policies={Field.PRICE: OURS})
    await seller.agree("p", "S")
    seller.later()
    since = seller.clock.now()
    seller.set_price("S", "12.00")
    seller.later()
    plan = seller.plan(channels=("north",))
    run = (await seller.apply(plan)).run
    seller.later()
    page, offer = seller.shops["north"].find("S")
    seller.shops["north"].change(page.listing, offer.offer, price=yuan("11.00"))
    await seller.pull()
    seller.later()
    again = (await seller.apply(seller.plan(channels=("north",)))).run

    events = told(seller, "S", channel="north", fields=("price",), since=since)

    assert brief(events) == [
        ("price set", "10.00 CNY", "12.00 CNY"),
        ("change sent", "10.00 CNY", "12.00 CNY"),
        ("change ended", "10.00 CNY", "12.00 CNY"),
        ("drift seen", "12.00 CNY", "11.00 CNY"),
        ("change sent", "11.00 CNY", "12.00 CNY"),
        ("change ended", "11.00 CNY", "12.00 CNY"),
    ]
    ended = [each for each in events if each.kind == "change ended"]
    assert [each.run for each in ended] == [run, again]
    assert [each.plan for each in ended] == ["p1", "p2"]
    assert {each.who for each in events} == {"tester"}
    requests = [each.request_id for each in ended]
    assert all(requests)
    assert len(set(requests)) == 2
    assert "confirmed" in (ended[0].reason or "")
    assert holds(seller)


async def test_an_order_from_its_sale_to_its_return(seller: Seller) -> None:
    await seller.agree("p", "S")
    seller.later()
    order = seller.sell("north", "S", 2)
    seller.later()
    await seller.pull()
    seller.later()
    await ship(seller.session, [Request(order.order, "sf", "T1", {})])
    seller.later()
    case = seller.shops["north"].ask_back(order.order, "1", 1, seller.clock.now())
    seller.later()
    await pull_after_sales(seller.session)
    seller.later()
    decide_goods(seller.session, case.case, "restock", "")

    events = told(seller, order.order)

    kinds = [each.kind for each in events]
    assert kinds == [
        "order taken in",
        "stock reservation",
        "parcel told",
        "order moved",
        "parcel told",
        "stock shipment",
        "case taken in",
        "case decided",
    ]
    parcel = next(each for each in events if each.kind == "parcel told")
    assert (parcel.after, bool(parcel.request_id)) == ("sf T1", True)
    moved = next(each for each in events if each.kind == "order moved")
    assert (moved.before, moved.after) == ("paid", "shipped")
    of_sku = [each.kind for each in told(seller, "S")]
    assert of_sku[-1] == "stock return"
    assert holds(seller)


async def test_a_cancellation_keeps_its_reason_and_request(seller: Seller) -> None:
    await seller.agree("p", "S")
    order = seller.sell("north", "S")
    await seller.pull()
    await cancel(seller.session, "north", order.order, "out of stock")
    (asked,) = [e for e in told(seller, order.order) if e.kind == Kind.CANCELLATION_ASKED]
    assert (asked.reason, bool(asked.request_id), asked.who) == ("out of stock", True, "tester")


async def test_links_rules_and_adoptions_are_told(seller: Seller) -> None:
    seller.own("p", "S", price="11.00")
    seller.show("north", "p", "S")
    seller.show("south", "p", "S")
    await seller.pull()
    adopt_ours(seller.session, "north")
    adopt_theirs(seller.session, "south")
    set_rule(seller.session, SkuRule("north", "S", buffer=2))
    clear_rule(seller.session, "S", "north")
    set_link(seller.session, "south", "p/S", None)

    events = told(seller, "S")

    assert ("adopted", "10.00 CNY", "11.00 CNY") in brief(events)
    assert ("override made", "11.00 CNY", "10.00 CNY") in brief(events)
    assert ("stock rule set", None, "buffer 2") in brief(events)
    assert ("stock rule cleared", "buffer 2", "") in brief(events)
    assert ("link made", None, "S") in brief(events)
    assert ("link made", "S", "") in brief(events)
    assert holds(seller)


async def test_a_price_set_to_what_it_is_says_nothing(seller: Seller) -> None:
    await seller.agree("p", "S")
    before = told(seller, "S")
    set_prices(seller.session, [PriceEntry("S", yuan("10.00"))])
    assert told(seller, "S") == before


async def test_a_refused_import_of_prices_leaves_no_line(seller: Seller) -> None:
    await seller.agree("p", "S")
    before = seller.rows(tables.audit)
    with pytest.raises(InputError):
        set_prices(seller.session, [PriceEntry("S", yuan("9.00")), PriceEntry("X", yuan("9.00"))])
    assert seller.rows(tables.audit) == before


async def test_a_listing_has_a_history_of_its_own(seller: Seller) -> None:
    await seller.agree("p", "S", "T")
    seller.set_price("S", "12.00")
    await seller.sync()
    events = told(seller, "p", channel="north")
    assert {each.channel for each in events} == {"north"}
    assert ("change ended", "10.00 CNY", "12.00 CNY") in brief(events)


async def test_a_name_of_several_things_is_refused_with_their_list(seller: Seller) -> None:
    await seller.agree("p", "S")
    with pytest.raises(InputError, match="'p' is several things: listing p on north, listing p"):
        told(seller, "p")


async def test_a_sku_goes_before_a_listing_of_its_name(seller: Seller) -> None:
    await seller.agree("p", "S")
    seller.own("S2", "p")
    assert [e.kind for e in told(seller, "p")] == ["price set", "stock opening"]
    listing = told(seller, "p", Subject.LISTING, channel="north")
    assert "link made" in {each.kind for each in listing}


def test_an_unknown_name_and_an_unknown_channel_are_refused(seller: Seller) -> None:
    with pytest.raises(InputError, match="no SKU, listing or order 'X'"):
        told(seller, "X")
    with pytest.raises(InputError, match="no channel 'west'"):
        told(seller, "X", channel="west")


async def test_the_newest_are_shown_where_there_are_more(seller: Seller) -> None:
    await seller.agree("p", "S")
    for price in ("11.00", "12.00", "13.00"):
        seller.later()
        seller.set_price("S", price)
    assert [each.after for each in told(seller, "S", most=2)] == ["12.00 CNY", "13.00 CNY"]


async def test_a_created_listing_names_its_run_and_request(seller: Seller) -> None:
    await seller.agree("p", "S")
    seller.own("q", "Q")
    await seller.sync()
    made = [e for e in told(seller, "Q", channel="north") if e.kind == Kind.LISTING_CREATED]
    assert [(each.listing, each.after, each.plan) for each in made] == [("q", "q", "p1")]
