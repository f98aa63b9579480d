"""The price book, and the values that channels keep as their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mercer.core.cell import NOTHING
from mercer.core.money import Money
from mercer.core.price import UNKNOWN, PriceEntry
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
    (found,) = (each for each in prices.of_skus(tx, ["TEE"])["TEE"] if each.channel == channel)
    return found


def test_an_entry_moves_the_book_where_what_it_declares_is_not_there(book: Database) -> None:
    full = PriceEntry("TEE", yuan("9.00"), compare_at=yuan("12.00"), floor=yuan("5.00"))
    with book.write() as tx:
        assert prices.moved(tx, [full]) == [full]
        prices.save(tx, [full], NOW)
        assert prices.moved(tx, [full, PriceEntry("TEE", yuan("9.00"))]) == []
        others = [
            PriceEntry("TEE", yuan("9.01")),
            PriceEntry("TEE", yuan("9.00"), "north"),
            PriceEntry("TEE", yuan("9.00"), compare_at=NOTHING),
            PriceEntry("TEE", yuan("9.00"), floor=yuan("5.01")),
        ]
        assert prices.moved(tx, others) == others


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


def test_every_version_of_an_entry_is_kept_with_who_set_it(book: Database) -> None:
    with book.write() as tx:
        prices.save(tx, [PriceEntry("TEE", yuan("9.00"))], NOW, "Ana")
        prices.save(tx, [PriceEntry("TEE", yuan("8.00"))], NOW, "Bo")
        prices.drop(tx, [entry(tx)], NOW, "Cy")
        assert prices.of_skus(tx, ["TEE"]) == {}
        told = [
            (str(each.entry.price), each.entry.version, each.who, each.dropped)
            for each in prices.history_of(tx, "TEE")
        ]
    assert told == [
        ("9.00 CNY", 1, "Ana", False),
        ("8.00 CNY", 2, "Bo", False),
        ("8.00 CNY", 3, "Cy", True),
    ]


def test_a_floor_without_an_amount_stays_declared_and_none_takes_it_back(book: Database) -> None:
    with book.write() as tx:
        prices.save(tx, [PriceEntry("TEE", yuan("9.00"), floor=UNKNOWN)], NOW)
        assert entry(tx).floor is UNKNOWN
        prices.save(tx, [PriceEntry("TEE", yuan("9.00"), floor=NOTHING)], NOW)
        assert entry(tx).floor is None


def test_dated_entries_of_one_start_stand_side_by_side(book: Database) -> None:
    day = timedelta(days=1)
    sale = [
        PriceEntry("TEE", yuan("7.00"), starts_at=NOW, ends_at=NOW + 9 * day),
        PriceEntry("TEE", yuan("6.00"), starts_at=NOW, ends_at=NOW + day),
    ]
    with book.write() as tx:
        prices.save(tx, [PriceEntry("TEE", yuan("9.00")), *sale], NOW)
        assert len(prices.of_skus(tx, ["TEE"])["TEE"]) == 3
        assert prices.with_edges(tx, NOW - day, NOW) == ["TEE"]
        assert prices.with_edges(tx, NOW, NOW + day - timedelta(seconds=1)) == []
        assert prices.with_edges(tx, NOW, NOW + day) == ["TEE"]
