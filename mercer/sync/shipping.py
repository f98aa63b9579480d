"""Tell platforms of parcels: once each, the intent committed first, what is in doubt read first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import uuid4

from mercer.core.contract import OrderPage, ReadsOrder, Ships
from mercer.core.errors import (
    AuthExpired,
    InputError,
    MercerError,
    PlatformError,
    ProtocolBroken,
    RefusedError,
    Throttled,
    Transient,
    Unsupported,
)
from mercer.core.order import Order, OrderStatus
from mercer.core.outcome import Result
from mercer.core.shipping import Packed, Shipment
from mercer.store import holds, order_search, orders, shipments
from mercer.store.shipments import Told
from mercer.sync.intake import take_in_orders
from mercer.sync.session import Connection, Session, on_each

_LOOKS = 4
"""How often an order is read for a parcel that was just told of, each time after a longer wait."""

_SHIPPABLE = frozenset({OrderStatus.PAID, OrderStatus.PARTLY_SHIPPED})
_DONE = frozenset({OrderStatus.SHIPPED, OrderStatus.COMPLETED})


@dataclass(frozen=True, slots=True)
class Request:
    """A parcel that a person wants told. `order` is an id or a number.

    `lines` maps an order line, or a SKU of it, to units; empty is everything that is left.
    """

    order: str
    carrier: str
    tracking: str
    lines: Mapping[str, int] = field(default_factory=dict)
    channel: str | None = None


class Ending(StrEnum):
    """`shipped`: the platform shows it. `already`: it did before. `accepted`: it took it, and does
    not show it yet. `in_doubt`: whether it knows of it, only a later read can tell.
    """

    SHIPPED = "shipped"
    ALREADY = "already"
    ACCEPTED = "accepted"
    IN_DOUBT = "in_doubt"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Shipped:
    """How one request ended; `reason` is a sentence where it is not simply shipped."""

    channel: str
    order: str
    number: str
    tracking: str
    ending: Ending
    reason: str = ""


async def ship(
    session: Session, requests: Sequence[Request]
) -> tuple[list[Shipped], dict[str, MercerError]]:
    """Tell the platforms of these parcels, channel by channel; tell which channels had to stop.

    Raise `InputError` for an order that is not known or not of one channel only: nothing is sent.
    """
    by_channel: dict[str, list[tuple[str, Request]]] = {}
    for request in requests:
        found = found_order(session, request.order, request.channel)
        by_channel.setdefault(found.channel, []).append((found.order, request))

    async def one(connection: Connection) -> list[Shipped]:
        await settle_shipments(session, connection)
        shipping = _Shipping(session, connection)
        return [
            await shipping.one(order, request) for order, request in by_channel[connection.name]
        ]

    done, failed = await on_each(session.chosen(by_channel), one)
    return [each for channel in by_channel for each in done.get(channel, [])], failed


def found_order(session: Session, name: str, channel: str | None = None) -> order_search.OrderRow:
    """The one order of this id or number. Raise `InputError` where there is none, or several."""
    with session.database.read() as tx:
        found = order_search.named(tx, name, channel)
    if not found:
        where = f" on {channel}" if channel else ""
        raise InputError(f"there is no order {name!r}{where}", hint="read them: mercer pull orders")
    if len(found) > 1:
        places = ", ".join(f"{each.channel} ({each.order})" for each in found)
        raise InputError(
            f"several orders are called {name!r}: {places}", hint="say which: --channel NAME"
        )
    return found[0]


async def settle_shipments(session: Session, connection: Connection) -> None:
    """Find out by reading what became of parcels whose telling was never answered."""
    with session.database.read() as tx:
        unsettled = shipments.unsettled(tx, connection.name)
    for told in unsettled:
        order = await _read(session, connection, told.shipment.order)
        shown = order is not None and _shows(session, connection, order, told)
        late = session.clock.now() - told.asked_at > connection.declared.deadline
        with session.database.write() as tx:
            now = session.clock.now()
            if shown:
                shipments.heard(tx, told.id, shipments.DONE, now)
            elif late:
                words = "never seen at the platform"
                shipments.heard(tx, told.id, shipments.UNSENT, now, words=words)


@dataclass(frozen=True, slots=True)
class _Shipping:
    session: Session
    connection: Connection

    async def one(self, id: str, request: Request) -> Shipped:
        adapter = self.connection.adapter
        if not isinstance(adapter, Ships):
            note = self.connection.declared.notes.get("ship")
            raise Unsupported(note or "this platform's adapter cannot ship orders")
        order = await _read(self.session, self.connection, id)
        if order is None:
            return self._ended(id, id, request, Ending.REFUSED, "the platform has no such order")
        before = self._known(order, request)
        if before is not None:
            return before
        try:
            shipment = self._shipment(order, request)
        except RefusedError as error:
            return self._ended(id, order.number, request, Ending.REFUSED, error.message)
        told = self._depart(shipment)
        if told is None:
            reason = "another process is telling the platform of it at this moment"
            return self._ended(id, order.number, request, Ending.IN_DOUBT, reason)
        ending, reason = await self._send(adapter, shipment, told)
        return self._ended(id, order.number, request, ending, reason)

    def _known(self, order: Order, request: Request) -> Shipped | None:
        """The same parcel is never told twice, whoever told the platform first."""
        if any(parcel.tracking == request.tracking for parcel in order.parcels):
            return self._ended(order.order, order.number, request, Ending.ALREADY, "")
        with self.session.database.read() as tx:
            told = shipments.find(tx, self.connection.name, order.order, request.tracking)
        if told is None or told.outcome in (shipments.UNSENT, shipments.REFUSED):
            return None
        if told.open:
            reason = "told before, and not seen yet; it is not sent again before that is known"
            return self._ended(order.order, order.number, request, Ending.IN_DOUBT, reason)
        return self._ended(order.order, order.number, request, Ending.ALREADY, "")

    def _shipment(self, order: Order, request: Request) -> Shipment:
        """Raise `RefusedError` where this parcel must not be told to the platform."""
        channel = self.connection.name
        with self.session.database.read() as tx:
            held = holds.open_holds(tx, [channel], order.order)
            rows = orders.lines_of(tx, channel, order.order)
            waiting = [told for told in shipments.told_of(tx, channel, order.order) if told.open]
        if held:
            raise RefusedError(f"the order is held: {held[0].reason}")
        if waiting:
            tracking = waiting[0].shipment.tracking
            raise RefusedError(f"whether parcel {tracking} of it is known there is not clear yet")
        if order.status in _DONE:
            raise RefusedError(f"the order is {order.status.value} already")
        if order.status not in _SHIPPABLE:
            raise RefusedError(f"the order is {order.status.value.replace('_', ' ')}")
        left = {line.line: line.quantity - line.shipped for line in order.lines}
        skus = {row["sku"]: row["line"] for row in rows if row["sku"]}
        packed = _packed(left, skus, request.lines)
        whole = all(
            units == next((each.quantity for each in packed if each.line == line), 0)
            for line, units in left.items()
        )
        if not whole and not self.connection.declared.partial_shipments:
            raise RefusedError("this platform ships an order whole: leave --lines out")
        seal = order.customer.seal if order.customer else None
        key = str(uuid4())
        return Shipment(order.order, request.carrier, request.tracking, packed, whole, key, seal)

    def _depart(self, shipment: Shipment) -> int | None:
        with self.session.database.write() as tx:
            now = self.session.clock.now()
            return shipments.intend(tx, self.connection.name, shipment, self.session.who, now)

    async def _send(self, adapter: Ships, shipment: Shipment, id: int) -> tuple[Ending, str]:
        """Raise `AuthExpired` or `Throttled` where the channel must stop; nothing was sent then."""
        try:
            outcome = await adapter.ship(shipment)
        except (AuthExpired, Throttled) as error:
            self._hear(id, shipments.UNSENT, error)
            raise
        except (Transient, ProtocolBroken) as error:
            if isinstance(error, Transient) and not error.in_doubt:
                self._hear(id, shipments.UNSENT, error)
                return Ending.REFUSED, f"{error.coded_reason}; nothing was told, run it again"
            self._hear(id, shipments.IN_DOUBT, error)
            return await self._seen(shipment, id, error.message)
        except PlatformError as error:
            self._hear(id, shipments.REFUSED, error)
            return Ending.REFUSED, error.coded_reason
        words = f"{outcome.code} {outcome.words}".strip()
        if outcome.result is Result.REJECTED:
            self._heard(id, shipments.REFUSED, outcome.code, outcome.words)
            return Ending.REFUSED, words
        self._heard(id, shipments.ACCEPTED, outcome.code, outcome.words)
        ending, reason = await self._seen(shipment, id, words)
        if outcome.result is Result.STALE:
            return self._stale(id, ending, words)
        return ending, reason

    def _stale(self, id: int, ending: Ending, words: str) -> tuple[Ending, str]:
        """The platform says that it has shipped already, and the order has been read since."""
        if ending is Ending.SHIPPED:
            return Ending.ALREADY, words
        self._heard(id, shipments.REFUSED, "", words)
        return Ending.REFUSED, f"{words}, but the order does not show this parcel"

    async def _seen(self, shipment: Shipment, id: int, words: str) -> tuple[Ending, str]:
        """Read the order until it shows the parcel; leave it open where it does not."""
        with self.session.database.read() as tx:
            told = shipments.find(tx, self.connection.name, shipment.order, shipment.tracking)
        assert told is not None  # it was committed before it was sent
        wait = self.connection.declared.settle.total_seconds()
        for _ in range(_LOOKS):
            await self.session.clock.sleep(wait)
            order = await _read(self.session, self.connection, shipment.order)
            if order is not None and _shows(self.session, self.connection, order, told):
                self._heard(id, shipments.DONE)
                return Ending.SHIPPED, ""
            wait = max(wait * 2, 1.0)
        doubtful = told.outcome == shipments.IN_DOUBT
        ending = Ending.IN_DOUBT if doubtful else Ending.ACCEPTED
        return ending, f"{words or 'taken'}; the order does not show it yet"

    def _hear(self, id: int, outcome: str, error: PlatformError) -> None:
        self._heard(id, outcome, error.code, error.reason)

    def _heard(self, id: int, outcome: str, code: str = "", words: str = "") -> None:
        with self.session.database.write() as tx:
            now = self.session.clock.now()
            shipments.heard(tx, id, outcome, now, code=code, words=words)

    def _ended(
        self, order: str, number: str, request: Request, ending: Ending, reason: str
    ) -> Shipped:
        return Shipped(self.connection.name, order, number, request.tracking, ending, reason)


def _packed(
    left: Mapping[str, int], skus: Mapping[str, str], wanted: Mapping[str, int]
) -> tuple[Packed, ...]:
    """What goes into the parcel, by order line. Raise `RefusedError` for what cannot."""
    if not wanted:
        packed = tuple(Packed(line, units) for line, units in left.items() if units > 0)
        if not packed:
            raise RefusedError("nothing of the order is left to ship")
        return packed
    packed_lines = []
    for name, units in wanted.items():
        line = name if name in left else skus.get(name)
        if line is None:
            raise RefusedError(f"the order has no line or SKU {name!r}")
        if not 0 < units <= left[line]:
            raise RefusedError(f"{left[line]} of {name} are left to ship, not {units}")
        packed_lines.append(Packed(line, units))
    return tuple(packed_lines)


def _shows(session: Session, connection: Connection, order: Order, told: Told) -> bool:
    """Whether the platform knows of a parcel: by its number, or, where it tells no numbers, by what
    has shipped of its lines beyond what went in parcels before.
    """
    if order.parcels:
        return any(parcel.tracking == told.shipment.tracking for parcel in order.parcels)
    if order.status in _DONE:
        return True
    with session.database.read() as tx:
        before = [
            each.shipment
            for each in shipments.told_of(tx, connection.name, order.order)
            if each.outcome == shipments.DONE and each.id != told.id
        ]
    shipped = {line.line: line.shipped for line in order.lines}
    for parcel in before:
        for each in parcel.lines:
            shipped[each.line] = shipped.get(each.line, 0) - each.quantity
    return all(shipped.get(each.line, 0) >= each.quantity for each in told.shipment.lines)


async def _read(session: Session, connection: Connection, id: str) -> Order | None:
    """The order as it is now at the platform, taken in."""
    adapter = connection.adapter
    if not isinstance(adapter, ReadsOrder):
        raise Unsupported("this platform's adapter cannot read one order by itself")
    order = await adapter.read_order(id)
    if order is not None:
        take_in_orders(session, connection.name, OrderPage((order,)))
    return order
