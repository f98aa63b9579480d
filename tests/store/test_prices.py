"""The price book, and the values that channels keep as their own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mercer.core.cell import NOTHING
from mercer.core.money import Money
from mercer.core.price import PriceEntry
from mercer.core.product import Product, Sku
from mercer.store import catalogue, prices
from mercer.store.database import Database, Transaction

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def yuan(amount: str) -> Money:
    return Money.of(amount, "CNY")


@pytest.fixture
def book(database: Database) -> Database:
    with database.write() as tx:
        catalogue.save(tx, [Product("tee", "Tee", skus=(Sku("TEE"),))])
    return database


def entry(tx: Transaction, channel: str = "") -> PriceEntry:
    return prices.entries_of(tx, ["TEE"])["TEE", channel, "CNY"]


def test_what_an_entry_does_not_declare_stays_as_it_was(book: Database) -> None:
    full = PriceEntry("TEE", yuan("9.00"), compare_at=yuan("12.00"), floor=yuan("5.00"))
    with book.write() as tx:
        assert prices.save(tx, [full], NOW) == 1
        assert prices.save(tx, [PriceEntry("TEE", yuan("8.00"))], NOW) == 2
        found = entry(tx)
    assert (found.price, found.compare_at, found.floor) == (
        yuan("8.00"),
        yuan("12.00"),
        yuan("5.00"),
    )
    assert found.version == 2


def test_no_compare_at_is_not_the_same_as_none_declared(book: Database) -> None:
    with book.write() as tx:
        prices.save(tx, [PriceEntry("TEE", yuan("9.00"))], NOW)
        assert entry(tx).compare_at is None
        prices.save(tx, [PriceEntry("TEE", yuan("9.00"), compare_at=NOTHING)], NOW)
        assert entry(tx).compare_at is NOTHING


def test_a_channels_own_floor_goes_before_the_base_one(book: Database) -> None:
    with book.write() as tx:
        prices.save(tx, [PriceEntry("TEE", yuan("9.00"), floor=yuan("5.00"))], NOW)
        prices.save(tx, [PriceEntry("TEE", yuan("9.00"), "north", floor=yuan("6.00"))], NOW)
        assert prices.floors_of(tx, "north", "CNY", ["TEE"]) == {"TEE": yuan("6.00")}
        assert prices.floors_of(tx, "south", "CNY", ["TEE"]) == {"TEE": yuan("5.00")}
        assert prices.floors_of(tx, "north", "USD", ["TEE"]) == {}
