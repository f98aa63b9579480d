"""Whose orders are: kept sealed, the same person known again, erased and expired for good."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from mercer.core.account import Channel
from mercer.core.customer import Customer
from mercer.core.errors import InputError, SettingsError
from mercer.core.order import Order
from mercer.store import customers, quarantine, tables
from mercer.store.vault import Vault
from mercer.sync.erasure import erase_buyer_of, erase_person
from mercer.sync.intake import pull_orders
from mercer.sync.maintain import maintain
from mercer.sync.people import Person, find, open_person, people
from mercer.sync.retry import retry
from tests.sync.conftest import Seller

LINKABLE = frozenset({"email", "phone"})
ANNA = Customer("k-anna", "欧阳晓彤", "13912345678", "anna@qq.example", "望湖路1号")
BERT = Customer("k-bert", "司马浩然", "13987654321", "bert@qq.example", "望湖路2号")


@pytest.fixture
async def shop(seller: Seller) -> Seller:
    """Both shops sell the same tee, and their platforms let buyers be compared."""
    keys = [Fernet.generate_key().decode()]
    seller.vault = Vault(lambda: keys)
    for channel in seller.channels:
        seller.declare(channel, linkable=LINKABLE)
    await seller.agree("tee", "TEE-S", quantity=1000)
    seller.later()
    return seller


async def bought(seller: Seller, channel: str, customer: Customer | None) -> Order:
    """An order of one tee, pulled."""
    order = seller.sell(channel, "TEE-S")
    seller.shops[channel].orders[order.order] = replace(order, customer=customer)
    await pull_orders(seller.session, [channel])
    seller.later()
    return order


async def told_again(seller: Seller, channel: str, order: Order, customer: Customer | None) -> None:
    """A newer version of the order, which tells this of its buyer."""
    newer = replace(order, updated_at=seller.clock.now(), paid_at=seller.clock.now())
    changed = replace(newer, lines=tuple(replace(each, shipped=1) for each in order.lines))
    seller.shops[channel].orders[order.order] = replace(changed, customer=customer)
    await pull_orders(seller.session, [channel])
    seller.later()


def everybody(seller: Seller) -> list[Person]:
    with seller.database.read() as tx:
        return people(tx)


def only(seller: Seller) -> Person:
    (found,) = everybody(seller)
    return found


def names(seller: Seller) -> list[str | None]:
    """What is kept of everybody, by order."""
    found = []
    for each in everybody(seller):
        _, orders = open_person(seller.session, each.id)
        found += [order.customer.name if order.customer else None for order in orders]
    return found


# ------------------------------------------------------------------ intake


async def test_whose_an_order_is_is_kept_sealed_and_nowhere_else(shop: Seller) -> None:
    await bought(shop, "north", ANNA)
    _, (order,) = open_person(shop.session, only(shop).id)
    assert order.customer == ANNA
    everything = repr([shop.rows(table) for table in tables.metadata.sorted_tables])
    for value in (ANNA.key, ANNA.name, ANNA.phone, ANNA.email, ANNA.address):
        assert value is not None
        assert value not in everything


async def test_without_a_vault_orders_are_kept_without_their_buyers(shop: Seller) -> None:
    shop.vault = None
    await bought(shop, "north", ANNA)
    assert len(shop.rows(tables.orders)) == 1
    assert shop.rows(tables.personal) == shop.rows(tables.customers) == []


async def test_a_version_without_personal_data_wipes_nothing(shop: Seller) -> None:
    order = await bought(shop, "north", ANNA)
    await told_again(shop, "north", order, None)
    assert names(shop) == [ANNA.name]
    await told_again(shop, "north", order, Customer("k-anna"))
    assert names(shop) == [ANNA.name]


async def test_a_masked_version_does_not_replace_a_plain_one(shop: Seller) -> None:
    order = await bought(shop, "north", ANNA)
    masked = replace(ANNA, name="欧阳**", phone="139****5678", masked=True)
    await told_again(shop, "north", order, masked)
    assert names(shop) == [ANNA.name]


async def test_an_order_that_is_older_than_the_retention_is_stored_without_its_buyer(
    shop: Seller,
) -> None:
    shop.rule("north", keep_personal=timedelta(hours=1))
    order = shop.sell("north", "TEE-S")
    shop.shops["north"].orders[order.order] = replace(order, customer=ANNA)
    shop.later(3600)
    await pull_orders(shop.session, ["north"])
    assert len(shop.rows(tables.orders)) == 1
    assert shop.rows(tables.personal) == shop.rows(tables.customers) == []


async def test_an_order_that_tells_nothing_of_its_buyer_makes_no_customer(shop: Seller) -> None:
    await bought(shop, "north", None)
    await bought(shop, "north", Customer())
    assert shop.rows(tables.customers) == shop.rows(tables.personal) == []


async def test_a_key_that_does_not_open_stops_the_orders_and_loses_none(shop: Seller) -> None:
    await bought(shop, "north", ANNA)
    good, other = shop.vault, Fernet.generate_key().decode()
    shop.vault = Vault(lambda: [other])
    order = shop.sell("north", "TEE-S")
    shop.shops["north"].orders[order.order] = replace(order, customer=ANNA)
    _, failed = await pull_orders(shop.session, ["north"])
    assert isinstance(failed["north"], SettingsError)
    assert "no key of [personal] opens" in failed["north"].message
    shop.vault = good
    await pull_orders(shop.session, ["north"])
    assert names(shop) == [ANNA.name, ANNA.name]


# ------------------------------------------------------------------ who is who


async def test_a_buyer_is_one_customer_however_often_they_buy(shop: Seller) -> None:
    first = await bought(shop, "north", ANNA)
    last = await bought(shop, "north", replace(ANNA, email=None, phone=None))
    anna = only(shop)
    assert (anna.orders, anna.channels) == (2, ["north"])
    assert (anna.first_at, anna.last_at) == (first.created_at, last.created_at)


async def test_the_same_e_mail_or_phone_is_the_same_person_on_another_channel(
    shop: Seller,
) -> None:
    await bought(shop, "north", ANNA)
    await bought(shop, "south", replace(ANNA, key="other-key", phone=None, email="ANNA@qq.example"))
    await bought(shop, "south", BERT)
    assert [(each.channels, each.orders) for each in everybody(shop)] == [
        (["south"], 1),
        (["north", "south"], 2),
    ]


async def test_what_a_platform_does_not_let_be_compared_links_nobody(shop: Seller) -> None:
    shop.declare("south", linkable=frozenset())
    await bought(shop, "north", ANNA)
    await bought(shop, "south", replace(ANNA, key="other-key"))
    assert len(everybody(shop)) == 2


async def test_masked_values_link_nobody(shop: Seller) -> None:
    masked = Customer("k1", "欧**", "13900000000", "x@qq.example", "望湖路**", masked=True)
    await bought(shop, "north", masked)
    await bought(shop, "south", replace(masked, key="k2"))
    assert shop.rows(tables.customer_links) == []
    assert len(everybody(shop)) == 2


async def test_a_buyer_without_a_key_is_known_by_what_may_be_compared(shop: Seller) -> None:
    await bought(shop, "north", replace(ANNA, key=None))
    await bought(shop, "north", replace(ANNA, key=None))
    assert only(shop).orders == 2


async def test_without_key_and_comparable_value_the_data_is_kept_and_nobody_is_made(
    shop: Seller,
) -> None:
    order = await bought(shop, "north", Customer(name="欧阳晓彤", address="望湖路1号"))
    assert shop.rows(tables.customers) == []
    assert [row["subject"] for row in shop.rows(tables.personal) if row["channel"]] == [order.order]


async def test_two_channels_of_one_account_know_a_buyer_by_the_same_key(shop: Seller) -> None:
    for name in ("north", "south"):
        shop.rule(name, account="shared")
    nameless = Customer("k-anna")
    await bought(shop, "north", nameless)
    await bought(shop, "south", nameless)
    assert only(shop).channels == ["north", "south"]


async def test_two_accounts_may_use_the_same_key_for_different_people(shop: Seller) -> None:
    await bought(shop, "north", Customer("17"))
    await bought(shop, "south", Customer("17"))
    assert len(everybody(shop)) == 2


async def test_a_new_sealing_key_knows_the_same_buyers(shop: Seller) -> None:
    keys = [Fernet.generate_key().decode()]
    shop.vault = Vault(lambda: keys)
    await bought(shop, "north", ANNA)
    keys.insert(0, Fernet.generate_key().decode())
    assert maintain(shop.session, reseal=True).resealed == 2
    del keys[1]
    shop.vault = Vault(lambda: keys)
    await bought(shop, "north", ANNA)
    assert only(shop).orders == 2
    assert names(shop) == [ANNA.name, ANNA.name]


@pytest.mark.parametrize(
    "asked", [{"email": "Anna@QQ.example"}, {"phone": "139 1234 5678"}, {"key": "k-anna"}]
)
async def test_a_person_is_found_by_email_phone_or_key(shop: Seller, asked: dict[str, str]) -> None:
    await bought(shop, "north", ANNA)
    await bought(shop, "south", replace(ANNA, key=None))
    await bought(shop, "north", BERT)
    (found,) = find(shop.session, **asked)
    assert (found.id, found.orders) == (1, 2)


async def test_what_is_no_contact_is_refused_without_repeating_it(shop: Seller) -> None:
    with pytest.raises(InputError) as refused:
        find(shop.session, phone="139****5678")
    assert "5678" not in refused.value.message
    assert find(shop.session, email="nobody@qq.example") == []


def destinations(seller: Seller) -> list[str | None]:
    return [row["destination"] for row in seller.rows(tables.orders)]


async def test_orders_to_one_address_are_known_by_its_hash_however_it_is_written(
    shop: Seller,
) -> None:
    await bought(shop, "north", replace(ANNA, address="9 Marmalade Arcade, NY"))
    again = await bought(shop, "north", replace(BERT, address="9 marmalade arcade NY"))
    await bought(shop, "south", replace(BERT, address="9 marmalade arcade NY"))
    masked = replace(BERT, address="9 m*** NY", masked=True)
    await bought(shop, "north", masked)
    one, two, hidden, elsewhere = destinations(shop)
    assert one == two
    assert one != elsewhere, "an address is compared within an account only"
    assert hidden is None
    await told_again(shop, "north", again, masked)
    assert destinations(shop)[1] == two


async def test_where_an_order_went_is_forgotten_with_its_buyer(shop: Seller) -> None:
    shop.rule("south", keep_personal=timedelta(days=30))
    await bought(shop, "north", ANNA)
    await bought(shop, "north", BERT)
    await bought(shop, "south", BERT)
    erase_person(shop.session, 1, "asked")
    shop.later(31 * 86400)
    maintain(shop.session)
    erased, kept, expired = destinations(shop)
    assert kept
    assert erased is expired is None


# ------------------------------------------------------------------ erasing


async def test_erasing_a_person_takes_everything_personal_on_every_channel(shop: Seller) -> None:
    await bought(shop, "north", ANNA)
    await bought(shop, "south", replace(ANNA, key="k2"))
    await bought(shop, "north", BERT)
    receipt = erase_person(shop.session, 2, "asked by letter")
    assert receipt.removed == 6
    assert [each[:2] for each in receipt.customers] == [(1, "north"), (2, "south")]
    assert len(shop.rows(tables.orders)) == 3
    kept = {row["customer"] for row in shop.rows(tables.personal) if row["channel"]}
    assert kept == {3}
    assert {row["customer"] for row in shop.rows(tables.customer_links)} == {3}
    with shop.database.read() as tx:
        assert customers.erasures_made(tx) == [receipt]


async def test_what_was_erased_does_not_come_back_with_its_orders(shop: Seller) -> None:
    order = await bought(shop, "north", ANNA)
    unread = shop.sell("north", "TEE-S")
    shop.later()
    erase_person(shop.session, 1, "asked")
    await told_again(shop, "north", order, ANNA)
    shop.shops["north"].orders[unread.order] = replace(unread, customer=ANNA)
    await pull_orders(shop.session, ["north"])
    assert [row for row in shop.rows(tables.personal) if row["channel"]] == []
    assert shop.rows(tables.customer_links) == []


async def test_who_buys_again_after_being_erased_gets_that_order_delivered(shop: Seller) -> None:
    await bought(shop, "north", ANNA)
    erase_person(shop.session, 1, "asked")
    shop.later()
    await bought(shop, "north", ANNA)
    assert names(shop) == [ANNA.name, None]


async def test_the_buyer_of_an_order_is_erased_even_where_nobody_knows_who_it_is(
    shop: Seller,
) -> None:
    nameless = Customer(name="欧阳晓彤", address="望湖路1号")
    order = await bought(shop, "north", nameless)
    receipt = erase_buyer_of(shop.session, "north", order.order, "asked")
    assert receipt.removed == 1
    await told_again(shop, "north", order, nameless)
    assert [row for row in shop.rows(tables.personal) if row["channel"]] == []


async def test_an_unknown_customer_or_order_cannot_be_erased(shop: Seller) -> None:
    with pytest.raises(InputError, match="no customer 7"):
        erase_person(shop.session, 7, "asked")
    with pytest.raises(InputError, match="no order 'X'"):
        erase_buyer_of(shop.session, "north", "X", "asked")


async def test_erasing_takes_the_payload_of_an_order_that_cannot_be_read_any_more(
    shop: Seller,
) -> None:
    order = await bought(shop, "north", ANNA)
    shop.at("north").unreadable_orders = {order.order}
    await told_again(shop, "north", order, ANNA)
    assert len([row for row in shop.rows(tables.personal) if row["channel"]]) == 2
    erase_person(shop.session, 1, "asked")
    await pull_orders(shop.session, ["north"])
    assert [row for row in shop.rows(tables.personal) if row["channel"]] == []


# ------------------------------------------------------------------ quarantine


async def test_the_payload_of_what_cannot_be_read_is_kept_sealed_until_it_is(shop: Seller) -> None:
    order = shop.sell("north", "TEE-S")
    shop.shops["north"].orders[order.order] = replace(order, customer=ANNA)
    shop.at("north").unreadable_orders = {order.order}
    await pull_orders(shop.session, ["north"])
    assert shop.vault is not None
    with shop.database.read() as tx:
        text = quarantine.payload_of(tx, shop.vault, "north", "order", order.order)
    assert json.loads(text or "")["buyer"]["name"] == ANNA.name

    shop.at("north").unreadable_orders = set()
    assert (await retry(shop.session, shop.session.connection("north"))).orders == 1
    with shop.database.read() as tx:
        assert quarantine.payload_of(tx, shop.vault, "north", "order", order.order) is None


async def test_without_a_vault_what_cannot_be_read_is_kept_without_its_payload(
    shop: Seller,
) -> None:
    shop.vault = None
    order = shop.sell("north", "TEE-S")
    shop.shops["north"].orders[order.order] = replace(order, customer=ANNA)
    shop.at("north").unreadable_orders = {order.order}
    await pull_orders(shop.session, ["north"])
    assert len(shop.rows(tables.quarantine)) == 1
    assert shop.rows(tables.personal) == []


# ------------------------------------------------------------------ retention


async def test_personal_data_goes_when_its_time_has_come_and_the_orders_stay(shop: Seller) -> None:
    shop.rule("south", keep_personal=timedelta(days=30))
    await bought(shop, "north", ANNA)
    await bought(shop, "south", BERT)
    shop.later(31 * 86400)
    done = maintain(shop.session)
    assert (done.expired, done.links, done.swept) == ({("south", "order"): 1}, 2, True)
    assert names(shop) == [None, ANNA.name]
    shop.later(60 * 86400)
    assert maintain(shop.session).expired == {("north", "order"): 1}
    assert shop.rows(tables.customer_links) == []
    assert [each.orders for each in everybody(shop)] == [1, 1]


async def test_retention_follows_the_settings_as_they_are_now(shop: Seller) -> None:
    await bought(shop, "north", ANNA)
    shop.later(10 * 86400)
    shop.rule("north", keep_personal=timedelta(days=100))
    shop.later(85 * 86400)
    assert maintain(shop.session).expired == {}
    shop.rule("north", keep_personal=timedelta(days=5))
    assert maintain(shop.session).expired == {("north", "order"): 1}


async def test_a_payload_in_quarantine_expires_from_when_it_was_first_set_aside(
    shop: Seller,
) -> None:
    shop.at("north").unreadable = {"tee"}
    shop.at("north").unreadable_orders = {"O1"}
    shop.sell("north", "TEE-S")
    await pull_orders(shop.session, ["north"])
    shop.later(91 * 86400)
    assert maintain(shop.session).expired == {("north", "quarantine:order"): 1}
    assert len(shop.rows(tables.quarantine)) == 1


# ------------------------------------------------------------------ the log


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG, "mercer"):
        yield caplog


async def test_who_had_personal_data_opened_is_logged_and_the_data_is_not(
    shop: Seller, logged: pytest.LogCaptureFixture
) -> None:
    await bought(shop, "north", ANNA)
    open_person(shop.session, 1)
    (record,) = [each for each in logged.records if each.name == "mercer.customers"]
    assert vars(record)["who"] == "tester"
    assert vars(record)["customers"] == [1]
    assert "欧阳" not in repr(vars(record))


def test_a_channel_keeps_personal_data_for_ninety_days_unless_told_otherwise() -> None:
    assert Channel("north", "memory", "north", "CNY").keep_personal == timedelta(days=90)
