"""Orders, and what is set aside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from mercer.core.money import Money
from mercer.core.order import Order, OrderStatus, Totals
from mercer.store import orders, quarantine
from mercer.store.database import Database, Transaction
from mercer.store.orders import Taking
from mercer.store.quarantine import SetAside

NOW = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def sold(
    tx: Transaction, name: str, at: datetime, ordered: int, quantity: int, back: datetime | None
) -> None:
    money = Money.of("1.00", "CNY")
    order = Order(name, name, OrderStatus.PAID, at, at, "CNY", Totals(money), ())
    line: dict[str, object] = {
        "channel": "north",
        "order": name,
        "line": "1",
        "listing": "tee",
        "offer": "tee/S",
        "merchant_code": None,
        "sku": None,
        "title": "",
        "ordered": ordered,
        "quantity": quantity,
        "shipped": 0,
        "unit_price": "1.00 CNY",
        "total": None,
        "fulfilled_by": "seller",
        "deducted_at": at,
        "returned_at": back,
    }
    orders.save(tx, "north", [order], [line], NOW)


@pytest.mark.both_databases
def test_takings_are_what_was_sold_or_came_back_since_then(database: Database) -> None:
    hour = timedelta(hours=1)
    with database.write() as tx:
        sold(tx, "long ago", NOW - 5 * hour, 1, 1, None)
        sold(tx, "back since", NOW - 4 * hour, 3, 1, NOW + hour)
        sold(tx, "since", NOW + hour, 2, 2, None)
        found = orders.takings(tx, "north", {"tee/S": NOW})
    assert sorted(found["tee/S"], key=lambda taking: taking.taken_at) == [
        Taking(3, NOW - 4 * hour, 2, NOW + hour),
        Taking(2, NOW + hour, 0, None),
    ]


def test_takings_do_not_cost_what_was_sold_before(database: Database) -> None:
    """Each renewal of a listing asks; it must not read all that the offer ever sold."""
    plans: list[str] = []

    def explain(
        connection: object, cursor: object, statement: str, parameters: object, *rest: object
    ) -> None:
        raw = cursor.connection.cursor()  # type: ignore[attr-defined]
        raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans.extend(str(row[-1]) for row in raw.fetchall())

    with database.write() as tx:
        for number in range(300):
            sold(tx, f"O{number}", NOW + timedelta(hours=number), 1, 1, None)
        tx.execute(text("ANALYZE"))
    with database.read() as tx:
        event.listen(Engine, "before_cursor_execute", explain)
        try:
            orders.takings(tx, "north", {"tee/S": NOW + timedelta(hours=299)})
        finally:
            event.remove(Engine, "before_cursor_execute", explain)
    joined = "\n".join(plans)
    assert "deducted_at>?" in joined
    assert "returned_at>?" in joined


@pytest.mark.both_databases
def test_what_is_set_aside_keeps_when_it_was_first_met(database: Database) -> None:
    later = NOW + timedelta(hours=1)
    with database.write() as tx:
        quarantine.set_aside(tx, "north", "order", "O1", "odd", NOW)
        quarantine.set_aside(tx, "north", "order", "O1", "odder", later)
        quarantine.set_aside(tx, "north", "listing", "L1", "odd", NOW)
        assert quarantine.set_aside_of(tx, "north") == [
            SetAside("north", "listing", "L1", "odd", NOW, NOW),
            SetAside("north", "order", "O1", "odder", NOW, later),
        ]
        assert quarantine.listings_never_read(tx, "north") == ["L1"]
        quarantine.forget(tx, "north", "listing", later)
        quarantine.take_back(tx, "north", "order", ["O1"])
        assert quarantine.set_aside_of(tx, "north") == []
