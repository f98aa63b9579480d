"""One order with everything that is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mercer.core.shipping import Parcel
from mercer.core.stock import Movement
from mercer.store import cases, holds, ledger, orders, shipments
from mercer.store.cases import Kept
from mercer.store.holds import Hold
from mercer.store.order_search import OrderRow
from mercer.store.shipments import Told
from mercer.sync.session import Session


@dataclass(frozen=True, slots=True)
class OrderView:
    """`told`: parcels that we told the platform of; `parcels`: those that it knows."""

    order: OrderRow
    lines: Sequence[Mapping[str, Any]]
    parcels: Sequence[Parcel]
    told: Sequence[Told]
    holds: Sequence[Hold]
    cases: Sequence[Kept]
    movements: Sequence[Movement]


def view_of(session: Session, order: OrderRow) -> OrderView:
    with session.database.read() as tx:
        return OrderView(
            order,
            orders.lines_of(tx, order.channel, order.order),
            shipments.parcels_of(tx, order.channel, order.order),
            shipments.told_of(tx, order.channel, order.order),
            holds.of_order(tx, order.channel, order.order),
            cases.of_order(tx, order.channel, order.order),
            ledger.movements_of_order(tx, order.channel, order.root),
        )
