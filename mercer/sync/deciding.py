"""What a person decides about an order: let it ship, or have it cancelled."""

from __future__ import annotations

from dataclasses import dataclass

from mercer.core.audit import Kind, Line
from mercer.core.contract import CancelsOrders, ItemOutcome, OrderPage, ReadsOrder
from mercer.core.errors import PlatformError, RefusedError, Unsupported
from mercer.core.order import OrderStatus
from mercer.core.outcome import Result
from mercer.store import holds
from mercer.sync import audit
from mercer.sync.intake import take_in_orders
from mercer.sync.session import Connection, Session


@dataclass(frozen=True, slots=True)
class Ended:
    """An order that a person has decided about.

    Where the platform was asked to cancel it, `words` are the platform's, and `status` is how the
    order reads now; `None` where that is not known yet.
    """

    channel: str
    order: str
    how: str
    words: str = ""
    status: OrderStatus | None = None


def release(session: Session, channel: str, order: str, note: str) -> Ended:
    """A person has looked: the order may ship. Raise `RefusedError` where nothing holds it."""
    _end(session, channel, order, holds.RELEASED, note)
    return Ended(channel, order, holds.RELEASED)


async def cancel(session: Session, channel: str, order: str, reason: str) -> Ended:
    """Have the platform cancel an order; its stock is free once the order reads as cancelled.

    Raise `Unsupported` where the seller cannot cancel through the platform's interface, and
    `RefusedError` where the platform declines.
    """
    connection = session.connection(channel)
    adapter = connection.adapter
    if not isinstance(adapter, CancelsOrders):
        note = connection.declared.notes.get(
            "cancel", "this platform's adapter cannot cancel orders"
        )
        raise Unsupported(
            note, hint="cancel it in the shop's back office, then: mercer pull orders"
        )
    outcome = await adapter.cancel_order(order, reason)
    words = f"{outcome.code} {outcome.words}".strip()
    _note_asked(session, channel, order, reason, outcome)
    if outcome.result not in (Result.ACCEPTED, Result.CONFIRMED):
        raise RefusedError(
            f"{channel} does not cancel order {order}: {words or outcome.result.value}",
            hint="see where it stands: mercer orders show",
        )
    with session.database.read() as tx:
        held = bool(holds.open_holds(tx, [channel], order))
    if held:
        _end(session, channel, order, holds.CANCELLED, reason)
    status = await _status(session, connection, order)
    return Ended(channel, order, holds.CANCELLED, words, status)


def _note_asked(
    session: Session, channel: str, order: str, reason: str, outcome: ItemOutcome
) -> None:
    said = f"{outcome.result.value} {outcome.code} {outcome.words}".strip()
    line = Line(
        Kind.CANCELLATION_ASKED,
        channel,
        order=order,
        after=said,
        request_id=outcome.request_id or None,
        reason=reason,
    )
    with session.database.write() as tx:
        audit.note(tx, session, line)


async def _status(session: Session, connection: Connection, id: str) -> OrderStatus | None:
    """As the platform shows it now: its stock is free at once where it reads as cancelled already."""
    if not isinstance(connection.adapter, ReadsOrder):
        return None
    try:
        order = await connection.adapter.read_order(id)
    except PlatformError:  # it was cancelled all the same, and the next pull reads it
        return None
    if order is None:
        return None
    take_in_orders(session, connection.name, OrderPage((order,)))
    return order.status


def _end(session: Session, channel: str, order: str, how: str, note: str) -> None:
    with session.database.write() as tx:
        now = session.clock.now()
        if not holds.end(tx, channel, order, how, session.who, note, now):
            raise RefusedError(
                f"order {order} on {channel} is not held", hint="see which are: mercer orders held"
            )
        line = Line(Kind.HOLD_ENDED, channel, order=order, after=how, reason=note or None)
        audit.note(tx, session, line)
