"""What could not be read is set aside, shown to who asks, and read again on request."""

from __future__ import annotations

import logging

import pytest
from cryptography.fernet import Fernet

from mercer.core.errors import InputError, RefusedError
from mercer.core.shipping import Packed, Parcel
from mercer.store.vault import Vault
from mercer.sync.after_sales import found_case, pull_after_sales
from mercer.sync.intake import pull_orders
from mercer.sync.quarantine import all_set_aside, open_payload
from mercer.sync.retry import Retried, retry
from tests.sync.conftest import Seller

KEY = Fernet.generate_key().decode()


async def retried(seller: Seller) -> Retried:
    return await retry(seller.session, seller.session.connection("north"))


async def unread_order(seller: Seller) -> str:
    await seller.agree("p", "S")
    order = seller.sell("north", "S")
    seller.at("north").unreadable_orders = {order.order}
    seller.later(1)
    await pull_orders(seller.session)
    return order.order


async def unread_case(seller: Seller) -> str:
    await seller.agree("p", "S")
    order, shop = seller.sell("north", "S"), seller.shops["north"]
    shop.ship(order.order, Parcel("T1", "sf", (Packed("1", 1),)), seller.clock.now())
    case = shop.ask_back(order.order, "1", 1, seller.clock.now())
    seller.at("north").unreadable_cases = {case.case}
    seller.later(1)
    await pull_after_sales(seller.session)
    return case.case


async def test_an_order_that_still_cannot_be_read_stays_aside_and_stops_nothing(
    seller: Seller,
) -> None:
    id = await unread_order(seller)
    second = seller.sell("north", "S")
    seller.at("north").unreadable_orders.add(second.order)
    seller.later(1)
    await pull_orders(seller.session)
    seller.at("north").unreadable_orders = {id}
    done = await retried(seller)
    assert (done.orders, done.gone) == (1, 0)
    assert [(each.kind, each.id) for each in done.left] == [("order", id)]
    assert "cannot be read" in done.left[0].reason


async def test_an_order_that_the_platform_has_no_more_is_not_asked_for_again(
    seller: Seller,
) -> None:
    id = await unread_order(seller)
    seller.at("north").unreadable_orders = set()
    del seller.shops["north"].orders[id]
    assert await retried(seller) == Retried(0, 0, 1, ())
    assert all_set_aside(seller.session) == []


async def test_a_case_that_could_not_be_read_comes_again_with_its_window(seller: Seller) -> None:
    id = await unread_case(seller)
    seller.later(20 * 86400)  # other windows have been read since
    await pull_after_sales(seller.session)
    assert [(each.kind, each.id) for each in all_set_aside(seller.session)] == [("case", id)]
    seller.at("north").unreadable_cases = set()
    assert await retried(seller) == Retried(0, 1, 0, ())
    assert found_case(seller.session, id).case.case == id


async def test_nothing_is_read_where_nothing_is_set_aside(seller: Seller) -> None:
    assert await retried(seller) == Retried(0, 0, 0, ())
    assert seller.at("north").calls == []


async def test_a_payload_is_opened_for_who_asks_and_the_log_tells_who_and_not_what(
    seller: Seller, caplog: pytest.LogCaptureFixture
) -> None:
    seller.vault = Vault(lambda: [KEY])
    id = await unread_order(seller)
    caplog.set_level(logging.INFO, "mercer.quarantine")
    aside, text = open_payload(seller.session, id)
    assert (aside.channel, aside.kind) == ("north", "order")
    assert id in text
    (line,) = [each for each in caplog.records if each.name == "mercer.quarantine"]
    assert vars(line)["who"] == "tester"
    assert text not in str(vars(line))


async def test_what_is_not_aside_or_has_no_payload_is_said(seller: Seller) -> None:
    seller.vault = Vault(lambda: [KEY])
    with pytest.raises(InputError, match="'X' is not set aside"):
        open_payload(seller.session, "X")
    seller.vault = None
    id = await unread_order(seller)
    seller.vault = Vault(lambda: [KEY])
    with pytest.raises(RefusedError, match="no payload"):
        open_payload(seller.session, id)
