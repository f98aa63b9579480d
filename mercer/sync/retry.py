"""Read again what could not be understood: orders one by one, cases by their windows."""

from __future__ import annotations

from dataclasses import dataclass

from mercer.core.contract import OrderPage, ReadsOrder, Unreadable
from mercer.core.errors import ProtocolBroken, Rejected
from mercer.store import quarantine
from mercer.store.quarantine import SetAside
from mercer.sync.after_sales import retry_cases
from mercer.sync.intake import take_in_orders
from mercer.sync.session import Connection, Session


@dataclass(frozen=True, slots=True)
class Retried:
    """`orders`, `cases`: that could be read after all. `gone`: orders that the platform has no more.

    `left`: what is still set aside.
    """

    orders: int
    cases: int
    gone: int
    left: tuple[SetAside, ...]


async def retry(session: Session, connection: Connection) -> Retried:
    """Where the adapter has no way to read one sort of them again, those stay set aside."""
    before = _set_aside(session, connection)
    gone = await _retry_orders(session, connection, [e.id for e in before if e.kind == "order"])
    await retry_cases(session, connection)
    after = _set_aside(session, connection)
    read = {(each.kind, each.id) for each in before} - {(each.kind, each.id) for each in after}
    cases = sum(kind == "case" for kind, _ in read)
    return Retried(len(read) - cases - gone, cases, gone, tuple(after))


async def _retry_orders(session: Session, connection: Connection, ids: list[str]) -> int:
    """Returns how many of them the platform does not have any more."""
    adapter = connection.adapter
    if not isinstance(adapter, ReadsOrder):
        return 0
    gone = []
    for id in ids:
        try:
            order = await adapter.read_order(id)
        except (ProtocolBroken, Rejected) as error:
            page = OrderPage((), (Unreadable(id, error.message),))
        else:
            if order is None:
                gone.append(id)
                continue
            page = OrderPage((order,))
        take_in_orders(session, connection.name, page)
    with session.database.write() as tx:
        quarantine.take_back(tx, connection.name, "order", gone)
    return len(gone)


def _set_aside(session: Session, connection: Connection) -> list[SetAside]:
    with session.database.read() as tx:
        found = quarantine.set_aside_of(tx, connection.name)
    return [each for each in found if each.kind != "listing"]
