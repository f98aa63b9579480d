"""Tell platforms of parcels: once each, the intent committed first, what is in doubt read first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from mercer.core.carrier import known_as
from mercer.core.contract import ItemOutcome, OrderPage, ReadsOrder, ReadsOrders, Ships
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
from mercer.core.outcome import Result
from mercer.core.shipping import Shipment
from mercer.store import channels, shipments
from mercer.store.order_search import OrderRow
from mercer.sync import audit, packing
from mercer.sync.intake import drain, take_in_orders
from mercer.sync.order_view import found_orders
from mercer.sync.session import Connection, Session, on_each
from mercer.sync.told_parcels import Standing, settle_told, standings, told_line

_FEW: Final = 5
"""Orders that are read one by one; more are read by what changed since the last look."""

_LOOKS: Final = 4
_PATIENCE: Final = timedelta(minutes=3)
"""How often, and how long, orders are read for parcels that were just told of.

The next pull of orders sees the rest.
"""


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

    What was sent before one had to stop is among what is told. Raise `InputError` for an order that
    is not known or not of one channel only: nothing is sent.
    """
    by_channel: dict[str, list[_Item]] = {}
    found = found_orders(session, [(each.order, each.channel) for each in requests])
    for position, (request, order) in enumerate(zip(requests, found, strict=True)):
        if isinstance(order, InputError):
            raise order
        by_channel.setdefault(order.channel, []).append(_Item(position, order, request))
    ended: dict[int, Shipped] = {}

    async def one(connection: Connection) -> None:
        await _Shipping(session, connection, ended).all(by_channel[connection.name])

    _, failed = await on_each(session.chosen(by_channel), one)
    return [ended[position] for position in sorted(ended)], failed


async def settle_shipments(session: Session, connection: Connection) -> None:
    """Find out by reading what became of parcels whose telling was never answered."""
    with session.database.read() as tx:
        open_ = {told.shipment.order for told in shipments.unsettled(tx, connection.name)}
    if open_:
        known_until, _ = await _renewed(session, connection, open_)
        with session.database.write() as tx:
            settle_told(tx, session, connection, known_until)


async def _renewed(
    session: Session, connection: Connection, ids: Collection[str], closely: Collection[str] = ()
) -> tuple[datetime, frozenset[str]]:
    """Have these orders as the platform has them.

    Tells until when their changes are surely known, and those that the platform does not have. Many
    are read together with whatever else changed, which on rationed platforms takes a few requests
    instead of one for each; but for those of which the last minutes count (`closely`).
    """
    adapter, lag = connection.adapter, connection.declared.orders.lag
    now = session.clock.now()
    one_by_one = set(ids)
    if len(ids) > _FEW and isinstance(adapter, ReadsOrders):
        await drain(session, connection, now)
        with session.database.read() as tx:
            state = channels.state_of(tx, connection.name)
        now = state.orders_watermark or now
        one_by_one &= set(closely) if lag else set()
    missing = set()
    for id in sorted(one_by_one):
        if not isinstance(adapter, ReadsOrder):
            raise Unsupported("this platform's adapter cannot read one order by itself")
        order = await adapter.read_order(id)
        if order is None:
            missing.add(id)
        else:
            take_in_orders(session, connection.name, OrderPage((order,)))
    return now, frozenset(missing)


@dataclass(frozen=True, slots=True)
class _Item:
    """The `position`-th request, and its order as it was found."""

    position: int
    order: OrderRow
    request: Request


@dataclass(frozen=True, slots=True)
class _Sent:
    """A parcel that was told; `id` is its row's. `result`: what the platform said, if it did."""

    item: _Item
    id: int
    words: str
    result: Result | None


@dataclass(frozen=True, slots=True)
class _Shipping:
    """One channel's parcels. `ended` takes how each request ended."""

    session: Session
    connection: Connection
    ended: dict[int, Shipped]

    async def all(self, items: Sequence[_Item]) -> None:
        """Parcels of one order go one after the other, each once the one before is known of."""
        adapter = self.connection.adapter
        if not isinstance(adapter, Ships):
            note = self.connection.declared.notes.get("ship")
            raise Unsupported(note or "this platform's adapter cannot ship orders")
        await settle_shipments(self.session, self.connection)
        for batch in _rounds(items):
            await self._batch(adapter, batch)

    async def _batch(self, adapter: Ships, items: Sequence[_Item]) -> None:
        """Orders that are each there once."""
        ids = {item.order.order for item in items}
        # A whole order that has changed in the last minutes is refused by the platform itself.
        in_parts = {item.order.order for item in items if item.request.lines}
        _, missing = await _renewed(self.session, self.connection, ids, in_parts)
        standing, sent = self._standings(ids), []
        try:
            for item in items:
                order = item.order.order
                if order in missing:
                    self._end(item, Ending.REFUSED, "the platform has no such order")
                elif told := await self._tell(adapter, item, standing[order]):
                    sent.append(told)
        except PlatformError:
            for each in sent:
                self._end(each.item, *_unseen(each))
            raise
        await self._look(sent)

    def _standings(self, ids: Collection[str]) -> dict[str, Standing]:
        with self.session.database.read() as tx:
            return standings(tx, self.session, self.connection.name, ids)

    async def _tell(self, adapter: Ships, item: _Item, standing: Standing) -> _Sent | None:
        """`None` where it ended here."""
        if self._is_known(item, standing):
            return None
        try:
            shipment = self._shipment(item.request, standing)
        except RefusedError as error:
            self._end(item, Ending.REFUSED, error.message)
            return None
        with self.session.database.write() as tx:
            now, who = self.session.clock.now(), self.session.who
            id = shipments.intend(tx, self.connection.name, shipment, who, now)
        if id is None:
            reason = "another process is telling the platform of it at this moment"
            self._end(item, Ending.IN_DOUBT, reason)
            return None
        return await self._send(adapter, item, shipment, id)

    def _is_known(self, item: _Item, standing: Standing) -> bool:
        """The same parcel is never told twice, whoever told the platform first."""
        tracking = item.request.tracking
        if any(parcel.tracking == tracking for parcel in standing.parcels):
            self._end(item, Ending.ALREADY)
            return True
        told = [each for each in standing.told if each.shipment.tracking == tracking]
        if not told or told[0].outcome in (shipments.UNSENT, shipments.REFUSED):
            return False
        if told[0].open:
            reason = "told before, and not seen yet; it is not sent again before that is known"
            self._end(item, Ending.IN_DOUBT, reason)
        else:
            self._end(item, Ending.ALREADY)
        return True

    def _shipment(self, request: Request, standing: Standing) -> Shipment:
        """Raise `RefusedError` where this parcel must not be told to the platform."""
        packed, whole = packing.pack(standing, request.lines, self.connection.declared)
        order = standing.order.order
        key = self.session.new_key()
        carrier = known_as(request.carrier)
        return Shipment(order, carrier, request.tracking, packed, whole, key, standing.seal)

    async def _send(self, adapter: Ships, item: _Item, shipment: Shipment, id: int) -> _Sent | None:
        """Raise `AuthExpired` or `Throttled` where the channel must stop; nothing was sent then."""
        try:
            outcome = await adapter.ship(shipment)
        except (AuthExpired, Throttled) as error:
            self._hear(item, id, shipments.UNSENT, error)
            raise
        except (Transient, ProtocolBroken) as error:
            if isinstance(error, Transient) and not error.in_doubt:
                self._hear(item, id, shipments.UNSENT, error)
                reason = f"{error.coded_reason}; nothing was told, run it again"
                self._end(item, Ending.REFUSED, reason)
                return None
            self._hear(item, id, shipments.IN_DOUBT, error)
            return _Sent(item, id, error.message, None)
        except PlatformError as error:
            self._hear(item, id, shipments.REFUSED, error)
            self._end(item, Ending.REFUSED, error.coded_reason)
            return None
        return self._answered(item, id, outcome)

    def _answered(self, item: _Item, id: int, outcome: ItemOutcome) -> _Sent | None:
        words = f"{outcome.code} {outcome.words}".strip()
        if outcome.result is Result.REJECTED:
            self._heard(item, id, shipments.REFUSED, outcome)
            self._end(item, Ending.REFUSED, words)
            return None
        self._heard(item, id, shipments.ACCEPTED, outcome)
        return _Sent(item, id, words, outcome.result)

    async def _look(self, sent: Sequence[_Sent]) -> None:
        """Read the orders until they show their parcels; leave open those that do not.

        What the platform says has shipped before, it shows at once or not at all.
        """
        stale = [each for each in sent if each.result is Result.STALE]
        for each in await self._unseen(stale):
            self._decide(each, shipments.REFUSED, each.words)
            self._end(each.item, *_unseen(each))
        for each in await self._awaited([each for each in sent if each not in stale]):
            self._end(each.item, *_unseen(each))

    async def _awaited(self, sent: list[_Sent]) -> list[_Sent]:
        """Those that do not show while there is patience to wait for them."""
        declared, waited = self.connection.declared, timedelta(0)
        wait = declared.settle
        for _ in range(_LOOKS):
            pause = wait + (declared.orders.lag if len(sent) > _FEW else timedelta(0))
            waited, wait = waited + pause, max(wait * 2, timedelta(seconds=1))
            if not sent or waited > _PATIENCE:
                break
            await self.session.clock.sleep(pause.total_seconds())
            sent = await self._unseen(sent)
        return sent

    async def _unseen(self, sent: Sequence[_Sent]) -> list[_Sent]:
        """Those of them whose order does not show the parcel."""
        if not sent:
            return []
        ids = {each.item.order.order for each in sent}
        await _renewed(self.session, self.connection, ids)
        standing, left = self._standings(ids), []
        for each in sent:
            order = standing[each.item.order.order]
            (told,) = [told for told in order.told if told.id == each.id]
            if not order.shows(told):
                left.append(each)
                continue
            self._decide(each, shipments.DONE)
            stale = each.result is Result.STALE
            ending = Ending.ALREADY if stale else Ending.SHIPPED
            self._end(each.item, ending, each.words if stale else "")
        return left

    def _hear(self, item: _Item, id: int, outcome: str, error: PlatformError) -> None:
        self._keep(item, id, outcome, error.code, error.reason, error.request_id)

    def _heard(self, item: _Item, id: int, outcome: str, said: ItemOutcome) -> None:
        self._keep(item, id, outcome, said.code, said.words, said.request_id)

    def _decide(self, sent: _Sent, outcome: str, words: str = "") -> None:
        """What reading the order has shown."""
        self._keep(sent.item, sent.id, outcome, "", words, "")

    def _keep(
        self, item: _Item, id: int, outcome: str, code: str, words: str, request_id: str
    ) -> None:
        with self.session.database.write() as tx:
            now = self.session.clock.now()
            shipments.heard(tx, id, outcome, now, code=code, words=words)
            parcel = f"{item.request.carrier} {item.request.tracking}"
            said = f"{outcome} {code} {words}".strip()
            line = told_line(self.connection.name, item.order.order, parcel, said, request_id)
            audit.note(tx, self.session, line)

    def _end(self, item: _Item, ending: Ending, reason: str = "") -> None:
        order, tracking = item.order, item.request.tracking
        self.ended[item.position] = Shipped(
            order.channel, order.order, order.number, tracking, ending, reason
        )


def _rounds(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """The first parcels of all orders, then the second ones, and so on."""
    left = list(items)
    while left:
        first: dict[str, _Item] = {}
        later = [item for item in left if first.setdefault(item.order.order, item) is not item]
        yield list(first.values())
        left = later


def _unseen(sent: _Sent) -> tuple[Ending, str]:
    """How a parcel ends that its order does not show."""
    if sent.result is Result.STALE:
        return Ending.REFUSED, f"{sent.words}, but the order does not show this parcel"
    ending = Ending.IN_DOUBT if sent.result is None else Ending.ACCEPTED
    return ending, f"{sent.words or 'taken'}; the order does not show it yet"
