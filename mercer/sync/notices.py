"""Webhooks and messages: kept once, then the truth of what they name is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from mercer.core.contract import (
    Event,
    EventKind,
    OrderPage,
    PollsMessages,
    ReadsBack,
    ReadsOrder,
    ReadsOrders,
    VerifiesWebhooks,
)
from mercer.core.errors import (
    MercerError,
    PlatformError,
    ProtocolBroken,
    Throttled,
    Transient,
    Unsupported,
)
from mercer.core.quota import NEEDED, POLL, SPARE, working
from mercer.store import catalogue, channels, events, offers, orders, provisional
from mercer.store.database import Transaction
from mercer.store.events import Waiting
from mercer.sync.intake import poll, take_in_orders
from mercer.sync.provisional import Said, place
from mercer.sync.pull import read_back
from mercer.sync.session import Connection, Session, on_each

PROVISIONAL: Final = timedelta(minutes=30)
"""How long units are held on a notification alone: far longer than any platform's order lag."""

_FEW: Final = 5
"""Orders that are read one by one in one go, where their units are held already."""

_SOME: Final = 20
"""The same where they are not."""

_MANY: Final = 100
"""Of the events that wait, so many of the oldest and of the newest are looked at in one go."""

_GRACE: Final = timedelta(seconds=3)
"""How long an order may wait for a glimpse to tell what it took, where reading it takes a request."""

_BATCH: Final = 10
"""As many messages as the smallest queue gives at once: where fewer come, none is left for now."""

_ROUNDS: Final = 50
"""Polls of one queue in one go; what still waits then is for the next time."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """`received`: events not met before; `handled`: those whose truth was read; `waiting`: the rest."""

    received: int = 0
    handled: int = 0
    waiting: int = 0


async def receive_webhook(
    session: Session, name: str, headers: Mapping[str, str], body: bytes
) -> Noticed:
    """Verify a webhook, keep what it names, and read that. Raise `AuthExpired` for a wrong signature."""
    connection = session.connection(name)
    adapter = connection.adapter
    if not isinstance(adapter, VerifiesWebhooks):
        raise Unsupported(f"{connection.channel.platform} sends no webhooks", channel=name)
    received = keep_events(session, connection, adapter.verify(headers, body))
    return await handle(session, connection, received)


async def poll_messages(
    session: Session, names: Iterable[str] = ()
) -> tuple[dict[str, Noticed], dict[str, MercerError]]:
    """Empty the queues of those channels that have one, and read what their messages name."""
    able = [each for each in session.chosen(names) if isinstance(each.adapter, PollsMessages)]

    async def one(connection: Connection) -> Noticed:
        received = await empty_queue(session, connection)
        return await handle(session, connection, received)

    return await on_each(able, one)


async def empty_queue(session: Session, connection: Connection) -> int:
    """Keep what messages name; tell how many are new.

    A message is acknowledged once it is kept: from then on it is ours to deal with.
    """
    adapter = connection.adapter
    assert isinstance(adapter, PollsMessages)  # chosen for it
    received = 0
    for _ in range(_ROUNDS):
        deliveries = await adapter.poll()
        if not deliveries:
            break
        named = [each.event for each in deliveries if each.event is not None]
        received += keep_events(session, connection, named)
        await adapter.acknowledge([each.receipt for each in deliveries])
        if len(deliveries) < _BATCH:
            break
    return received


def keep_events(session: Session, connection: Connection, named: Sequence[Event]) -> int:
    """Keep events once each; tell how many are new.

    What a new order's notification says was bought is held at once, in the same transaction.
    """
    with session.database.write() as tx:
        now = session.clock.now()
        new = [event for event in named if events.keep(tx, connection.name, event, now)]
        _hold(tx, session, connection, new)
    return len(new)


def hold(session: Session, connection: Connection, named: Sequence[Event]) -> None:
    """Hold what orders are said to have taken, of which the next look at the orders tells the rest."""
    with session.database.write() as tx:
        _hold(tx, session, connection, named)


def _hold(
    tx: Transaction, session: Session, connection: Connection, named: Sequence[Event]
) -> None:
    """Only what is surely ours to ship, by its merchant code; the order itself tells the rest."""
    took = [event for event in named if event.kind is EventKind.ORDER and event.took]
    codes = {code for event in took for code, _ in event.took}
    linked = offers.skus_of_codes(tx, connection.name, codes)
    known = catalogue.known_skus(tx, codes)
    said = []
    for event in took:
        units: dict[str, int] = {}
        for code, number in event.took:
            sku = linked.get(code, code if code in known else None)
            if sku is not None:
                units[sku] = units.get(sku, 0) + number
        said += [Said(event.id, units)] if units else []
    if said:
        place(tx, session, connection.name, said, session.clock.now() + PROVISIONAL)


async def handle(
    session: Session, connection: Connection, received: int = 0, *, glimpsed: bool = False
) -> Noticed:
    """Read what the waiting events of a channel name, each thing once however many name it.

    What cannot be read now waits for the next time, and for the next pull of everything. Where the
    latest orders are `glimpsed` all along, an order is read for its event only if that missed it.
    """
    with session.database.read() as tx:
        waiting = events.waiting(tx, connection.name, _MANY)
    if not waiting:
        return Noticed(received)
    done: list[str] = []
    done += await _orders(
        session, connection, [e for e in waiting if e.kind is EventKind.ORDER], glimpsed=glimpsed
    )
    shown = (EventKind.LISTING, EventKind.STOCK)
    done += await _listings(session, connection, [e for e in waiting if e.kind in shown])
    # Cases are read by their windows, and an authorisation that ended shows with the next request.
    rest = (EventKind.CASE, EventKind.AUTHORISATION)
    done += [each.key for each in waiting if each.kind in rest]
    if done:
        with session.database.write() as tx:
            events.handled(tx, connection.name, done, session.clock.now())
    return Noticed(received, len(done), len(waiting) - len(done))


async def _orders(
    session: Session, connection: Connection, named: Sequence[Waiting], *, glimpsed: bool
) -> list[str]:
    """A few are read one by one. Many are read by their window, where that lists them at once.

    Where it does not, they wait for it, and the oldest are read one by one meanwhile.
    """
    adapter, reads = connection.adapter, connection.declared.orders
    if not isinstance(adapter, ReadsOrder):
        return [each.key for each in named]  # the next pull of orders reads them
    done = _known(session, connection, named)
    left = [each for each in named if each.key not in done]
    if glimpsed:
        young = session.clock.now() - _GRACE
        left = [each for each in left if each.received_at <= young]
    ids = list(dict.fromkeys(each.id for each in left))
    if not ids:
        return done
    if len(ids) > _FEW and not reads.lag and isinstance(adapter, ReadsOrders):
        await poll(session, connection)
        return _known(session, connection, named)
    read = await _one_by_one(session, connection, adapter, ids)
    return done + [each.key for each in left if each.id in read]


async def _one_by_one(
    session: Session, connection: Connection, adapter: ReadsOrder, ids: Sequence[str]
) -> set[str]:
    """Orders for which nothing is held come first, each taken in at once, and go before anything that
    is sent; the others are taken in together.
    """
    with session.database.read() as tx:
        held = provisional.placed_for(tx, connection.name, ids)
    unheld = [id for id in ids if id not in held][:_SOME]
    some = [id for id in ids if id in held][:_FEW]
    soon = replace(NEEDED, patience=POLL.patience)
    later = SPARE if connection.declared.orders.apart else POLL
    turns = [*((soon, [id]) for id in unheld), (later, some)]
    done: set[str] = set()
    for urgency, chosen in turns:
        read = []
        with working(urgency), suppress(Throttled):
            for id in chosen:
                with suppress(Transient, ProtocolBroken):
                    read.append(await adapter.read_order(id))
                    done.add(id)
        found = tuple(order for order in read if order is not None)
        if found:
            take_in_orders(session, connection.name, OrderPage(found))
    return done


def _known(session: Session, connection: Connection, named: Sequence[Waiting]) -> list[str]:
    """Those whose order is known as it was then, or would be if there were one."""
    with session.database.read() as tx:
        updates = orders.updates_of(tx, connection.name, {each.id for each in named})
        watermark = channels.state_of(tx, connection.name).orders_watermark
    done = []
    for each in named:
        told = each.happened_at or each.received_at
        seen = updates.get(each.id)
        if (seen is not None and seen >= told) or (
            watermark is not None and watermark > max(told, each.received_at)
        ):
            done.append(each.key)
    return done


async def _listings(
    session: Session, connection: Connection, named: Sequence[Waiting]
) -> list[str]:
    ids = sorted({each.id for each in named})
    if not ids or not isinstance(connection.adapter, ReadsBack):
        return [each.key for each in named]
    try:
        await read_back(session, connection, ids)
    except PlatformError:
        return []
    return [each.key for each in named]
