"""Rehearse a campaign: what its edges will change on each channel, as the engine itself would plan it.

Everything is done as it will be done, at the moment of each edge, in a database that is rolled back.
Rates of exchange are those of today.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from mercer.core.campaign import Campaign, CampaignEntry, Edge, checksum
from mercer.core.cell import MONEY_FIELDS, CellKey, Field, to_text
from mercer.core.clock import VirtualClock
from mercer.core.merge import State
from mercer.core.plan import Change
from mercer.core.scheduled import scheduled_from_text
from mercer.store import cells, offers, shown_prices
from mercer.store.database import Database
from mercer.store.plans import Plan
from mercer.sync.apply import load_plan
from mercer.sync.handed import handed
from mercer.sync.planning import Request, make_plan
from mercer.sync.pricing import books_of, pricing_of
from mercer.sync.session import Session

PRICES: Final = tuple(field for field in Field if field in MONEY_FIELDS)

_ANY_AGE: Final = timedelta(days=365_000)
_SLICE: Final = 500

Key = tuple[str, Edge]
"""A channel, and which edge of it."""


@dataclass(frozen=True, slots=True)
class EdgePlan:
    """What the push of an edge is foreseen to change. `offers`: how many there are of the campaign's
    SKUs; `left`: those of them that cannot be priced as they stand, by the state of their price.
    """

    at: datetime
    plan: Plan
    changes: tuple[Change, ...]
    offers: int
    left: Mapping[State, int]

    @property
    def blocked(self) -> list[Change]:
        return [change for change in self.changes if change.blocked]

    @property
    def checksum(self) -> str:
        return checksum(self.changes)

    @property
    def going(self) -> list[Change]:
        return [change for change in self.changes if not change.blocked]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`session` works on a database that forgets. `allowed`: guards that are let pass, for a reason."""

    session: Session
    allowed: tuple[str, ...] = ()
    reason: str = ""

    @classmethod
    def on(
        cls, database: Database, session: Session, allowed: tuple[str, ...] = (), reason: str = ""
    ) -> Rehearsal:
        session = replace(session, database=database, rates_last=_ANY_AGE)
        return cls(session, allowed, reason)

    def edge(self, channel: str, moment: datetime, skus: Collection[str]) -> EdgePlan:
        """What would be planned for these SKUs at that moment."""
        session = self._at(moment)
        request = Request((channel,), PRICES, frozenset(skus), self.allowed, self.reason)
        plan, changes = load_plan(session, make_plan(session, request).header.id)
        states = self._states(channel, skus)
        moving = {change.cell for change in changes}
        left: Counter[State] = Counter(
            state
            for key, state in states.items()
            if key not in moving and state is not State.AGREED
        )
        return EdgePlan(moment, plan, tuple(changes), len(states), left)

    def show(self, edge: EdgePlan) -> None:
        """As if the shop had taken what no guard stops, and a read had shown it."""
        after = {change.cell: change.after for change in edge.going}
        pairs = sorted({(key.channel, key.listing) for key in after})
        with self.session.database.write() as tx:
            for start in range(0, len(pairs), _SLICE):
                found = cells.of_listings(tx, pairs[start : start + _SLICE], PRICES)
                shown = [
                    replace(
                        cell,
                        observed=after[key],
                        observed_at=edge.at,
                        observed_since=edge.at,
                        base=after[key],
                        base_at=edge.at,
                        state=State.AGREED,
                        cause=None,
                    )
                    for key, cell in found.items()
                    if key in after
                ]
                cells.save(tx, shown)
                seen = [(cell.key, cell.observed or "", edge.at) for cell in shown]
                shown_prices.note(tx, [each for each in seen if each[0].field is Field.PRICE])

    def push_handed(self, campaign: Campaign, channel: str) -> None:
        """As if the platform could be handed nothing: what it shows by its own clock was pushed."""
        session = self.session
        with session.database.write() as tx:
            own = handed(tx, campaign, channel)
            now = session.clock.now()
            running = {
                CellKey(channel, each.listing, each.offer, Field.PRICE): str(shown.price)
                for each in own
                if (shown := scheduled_from_text(each.observed)) and shown.holds(now)
            }
            pairs = sorted({(channel, each.listing) for each in own})
            for start in range(0, len(pairs), _SLICE):
                found = cells.of_listings(tx, pairs[start : start + _SLICE], [Field.PRICE])
                cells.save(
                    tx,
                    [
                        replace(cell, desired=price, observed=price, base=price)
                        for key, cell in found.items()
                        if (price := running.get(key))
                    ],
                )
            cells.forget(tx, channel, Field.SCHEDULED)

    def derived(
        self, channel: str, moment: datetime, entries: Sequence[CampaignEntry]
    ) -> list[CampaignEntry]:
        """The entries, each with what the book comes to for its SKU at that moment."""
        session = self._at(moment)
        found = []
        with session.database.read() as tx:
            pricing = pricing_of(tx, session, session.channel(channel))
            books = books_of(tx, pricing, {entry.sku for entry in entries})
            for entry in entries:
                made = pricing.derive(books[entry.sku])
                after, struck = to_text(made.price), to_text(made.compare_at)
                found.append(replace(entry, after=after, struck_after=struck))
        return found

    def _at(self, moment: datetime) -> Session:
        return replace(self.session, clock=VirtualClock(moment))

    def _states(self, channel: str, skus: Collection[str]) -> dict[CellKey, State]:
        """Of the prices of a channel's offers."""
        wanted = sorted(skus)
        found: dict[CellKey, State] = {}
        with self.session.database.read() as tx:
            for start in range(0, len(wanted), _SLICE):
                rows = offers.offers_of_skus(tx, wanted[start : start + _SLICE], channel)
                own = {(row.listing, row.offer) for row in rows}
                pairs = sorted({(channel, row.listing) for row in rows})
                for key, cell in cells.of_listings(tx, pairs, [Field.PRICE]).items():
                    if (key.listing, key.offer) in own:
                        found[key] = cell.state
        return found
