"""Where every channel stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mercer.core.cellstate import Cell
from mercer.core.merge import Cause, State
from mercer.store import absences, cells, channels, freshness, offers, orders, quarantine
from mercer.store.database import Transaction
from mercer.store.freshness import Confirmed
from mercer.sync.session import Session


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """Cells counted by what they wait for.

    `pending`: to be pushed. `drift`: those at the shop that another hand moved, to be pushed or
    waiting for a person. `conflicts`: both sides moved. `unagreed`: waiting for an adoption.
    `confirmed`: how old the last truth of each field is. `orders_known_until`: every order changed up
    to then is taken in.
    """

    channel: str
    platform: str
    offers: int
    linked: int
    pending: int
    drift: int
    conflicts: int
    unagreed: int
    blocked: int
    in_flight: int
    missing: int
    absent: int
    orders: int
    set_aside: int
    last_pull: datetime | None
    last_orders: datetime | None
    enumerated_at: datetime | None
    reconciled_at: datetime | None
    orders_known_until: datetime | None
    confirmed: tuple[Confirmed, ...]


def status_of(session: Session) -> list[ChannelStatus]:
    with session.database.read() as tx:
        counts = cells.counts(tx)
        found = []
        for name in sorted(session.channels):
            state = channels.state_of(tx, name)

            def count(*states: State, causes: tuple[Cause, ...] = (), of: str = name) -> int:
                return sum(
                    number
                    for (channel, each, cause), number in counts.items()
                    if channel == of
                    and (not states or each in states)
                    and (not causes or cause in causes)
                )

            found.append(
                ChannelStatus(
                    name,
                    session.channels[name].platform,
                    offers.count(tx, name),
                    offers.count(tx, name, only_linked=True),
                    count(State.PUSH),
                    count(causes=(Cause.DRIFT, Cause.UNEXPLAINED)),
                    count(causes=(Cause.CONFLICT,)),
                    count(State.UNAGREED),
                    count(State.BLOCKED),
                    count(State.IN_FLIGHT),
                    count(State.MISSING),
                    absences.count(tx, name),
                    orders.count(tx, name),
                    len(quarantine.set_aside_of(tx, name)),
                    state.listings_pulled_at,
                    state.orders_pulled_at,
                    state.enumerated_at,
                    state.reconciled_at,
                    state.orders_watermark,
                    tuple(freshness.of_channel(tx, name)),
                )
            )
    return found


def moved_at_shop(tx: Transaction, session: Session) -> Iterator[Cell]:
    """Cells that another hand left different: drift, conflicts, and stock that nothing explains."""
    causes = (Cause.DRIFT, Cause.CONFLICT, Cause.UNEXPLAINED)
    for cell in cells.in_states(tx, [State.PUSH, State.DRIFT, State.CONFLICT]):
        if cell.cause in causes and cell.key.channel in session.channels:
            yield cell
