"""One order, found by the name that people have for it, with everything that is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mercer.core.errors import InputError
from mercer.core.shipping import Parcel
from mercer.core.stock import Movement
from mercer.store import cases, holds, ledger, order_search, orders, shipments
from mercer.store.cases import Kept
from mercer.store.holds import Hold
from mercer.store.order_search import OrderRow
from mercer.store.shipments import Told
from mercer.sync.session import Session


def found_order(session: Session, name: str, channel: str | None = None) -> OrderRow:
    """The one order of this id or number. Raise `InputError` where there is none, or several."""
    (found,) = found_orders(session, [(name, channel)])
    if isinstance(found, InputError):
        raise found
    return found


def found_orders(
    session: Session, wanted: Sequence[tuple[str, str | None]]
) -> list[OrderRow | InputError]:
    """For each (id or number, channel if told) the one order, or why there is not one."""
    with session.database.read() as tx:
        named = order_search.named(tx, {name for name, _ in wanted})
    return [_the_one(session, name, channel, named.get(name, [])) for name, channel in wanted]


def _the_one(
    session: Session, name: str, channel: str | None, named: Sequence[OrderRow]
) -> OrderRow | InputError:
    if channel is not None and channel not in session.channels:
        known = ", ".join(sorted(session.channels)) or "none yet"
        return InputError(f"there is no channel {channel!r}", hint=f"channels: {known}")
    found = [each for each in named if channel in (None, each.channel)]
    if not found:
        where = f" on {channel}" if channel else ""
        return InputError(
            f"there is no order {name!r}{where}", hint="read them: mercer pull orders"
        )
    if len(found) > 1:
        places = ", ".join(f"{each.channel} ({each.order})" for each in found)
        several_channels = len({each.channel for each in found}) > 1
        hint = "say which: --channel NAME" if several_channels else "name it by its id"
        return InputError(f"several orders are called {name!r}: {places}", hint=hint)
    return found[0]


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
