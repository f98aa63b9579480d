"""Pages are told as they were last read, to a process that has not read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.listing import Listing, ListingStatus, Offer
from mercer.store import cells, offers, pages
from mercer.store.database import Database, Transaction

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
LARGE = Offer("a", "S-L", None, options=(("size", "L"),), refs={"item": "7"})
SMALL = Offer("b", "S-S", None, options=(("size", "S"),))
PAGE = Listing(
    "1", "Shirt", ListingStatus.LISTED, (LARGE, SMALL), code="shirt", refs={"kind": "SHIRT"}
)


def see(tx: Transaction, *listings: Listing) -> None:
    offers.save_seen(tx, "north", listings, NOW)
    status = Cell(CellKey("north", "1", "", Field.STATUS), observed="listed")
    cells.save(tx, [status])


def test_a_page_is_told_as_it_was_read_with_what_writing_it_takes(database: Database) -> None:
    with database.write() as tx:
        see(tx, PAGE)
        assert pages.last_read(tx, "north", ["1", "2"]) == [PAGE]
        assert pages.last_read(tx, "south", ["1"]) == []


def test_what_is_gone_is_not_told(database: Database) -> None:
    with database.write() as tx:
        see(tx, PAGE)
        see(tx, replace(PAGE, offers=(SMALL,)))
        assert pages.last_read(tx, "north", ["1"]) == [replace(PAGE, offers=(SMALL,))]
        offers.mark_gone(tx, "north", ["1"], NOW)
        assert pages.last_read(tx, "north", ["1"]) == []
