"""A channel's own values hold until they expire or are ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell
from mercer.store import cells, overrides
from mercer.store.database import Database
from mercer.store.overrides import Kept, Override

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
END = NOW + timedelta(days=1)
KEY = CellKey("north", "tee", "tee/TEE", Field.PRICE)
OWN = Override(KEY, "8.00 CNY", "tester", NOW, "clearance", END)
PAIRS = [("north", "tee")]


def test_an_override_holds_until_it_expires_or_is_dropped(database: Database) -> None:
    with database.write() as tx:
        overrides.keep(tx, OWN)
        assert overrides.in_force(tx, PAIRS, NOW) == {KEY: OWN}
        assert overrides.lapsed(tx, NOW) == []
        assert overrides.in_force(tx, PAIRS, END) == {}
        assert overrides.lapsed(tx, END) == [OWN]
        overrides.drop(tx, [KEY])
        assert overrides.in_force(tx, PAIRS, NOW) == {}
        assert overrides.lapsed(tx, END) == []


def test_overrides_are_listed_with_the_number_of_their_cell(database: Database) -> None:
    with database.write() as tx:
        cells.save(tx, [Cell(KEY, "TEE", observed="8.00 CNY")])
        overrides.keep(tx, OWN)
        assert list(overrides.listed(tx)) == [Kept(1, "TEE", "8.00 CNY", OWN)]
        assert list(overrides.listed(tx, skus=["TEE"], ids=[1])) == [
            Kept(1, "TEE", "8.00 CNY", OWN)
        ]
        assert list(overrides.listed(tx, channels=["south"])) == []
        assert list(overrides.listed(tx, fields=[Field.TITLE])) == []
