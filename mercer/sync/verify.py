"""Accepted is not applied: read back what was sent, and settle what is in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mercer.core.cell import Field
from mercer.core.contract import ReadsOrders
from mercer.core.outcome import Outcome
from mercer.core.quota import NEEDED, WORK, urgency, working
from mercer.core.waiting import waiting_by
from mercer.store import runs, waves
from mercer.store.runs import Run
from mercer.store.waves import Awaited, Seen
from mercer.sync.intake import drain
from mercer.sync.pull import read_back
from mercer.sync.session import Connection, Session
from mercer.sync.settling import cells_of, decision, in_words
from mercer.sync.watch import Watch

_LONGEST_WAIT = 15.0

_SLICE = 500
"""Listings whose cells are looked at in one query."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a run sent to a channel is read until it is seen at the shop or its deadline has passed."""

    session: Session
    connection: Connection
    run: Run
    attempt: int

    async def see(self, after: Seen | None) -> Seen | None:
        """Read what may show next, as much as one read takes; `None` once everything was read once.

        What left first is read first, so that the settling of what left last is not idle time.
        """
        session, name = self.session, self.connection.name
        with session.database.read() as tx:
            if after is None:
                sent = waves.count_awaited(tx, self.run.id, name)
                session.progress.begin(name, "verify", sent)
            due = waves.awaited(tx, self.run.id, name, after, self.connection.declared.read_back)
        if not due:
            return None
        watch = self._watch()
        with working(WORK), waiting_by(watch):
            await watch.until(max(each.ready for each in due), "the shop to show it")
            await self._look(due)
        ready: dict[str, datetime] = {}
        for each in due:
            ready[each.cell.listing] = max(each.ready, ready.get(each.cell.listing, each.ready))
        return max((moment, listing) for listing, moment in ready.items())

    async def see_again(self, number: int) -> bool:
        """Wait, longer each time, and read what was not seen yet. False once there is nothing left."""
        session, name = self.session, self.connection.name
        with session.database.read() as tx:
            left = waves.all_awaited(tx, self.run.id, name)
        if not left:
            session.progress.end(name, "verify")
            return False
        settle = self.connection.declared.settle.total_seconds()
        watch = self._watch()
        with working(WORK), waiting_by(watch):
            wait = min(max(settle * 2**number, 2.0 ** (number - 1)), _LONGEST_WAIT)
            await watch(wait, "the shop to show it")
            await self._look(left)
        return True

    def _watch(self) -> Watch:
        return Watch(self.session, self.connection, self.run.began_at)

    async def _look(self, sent: Sequence[Awaited]) -> None:
        """What one read decides. Where there is stock among it, nothing bulky goes before."""
        session, connection = self.session, self.connection
        stock = any(each.cell.field is Field.STOCK for each in sent)
        with working(NEEDED if stock else urgency()):
            await read_back(session, connection, sorted({each.cell.listing for each in sent}))
            await _account_for_sales(session, connection, sent)
        session.progress.advance(connection.name, "verify", self._decide(sent))

    def _decide(self, sent: Sequence[Awaited]) -> int:
        now_cells = cells_of(self.session, self.connection, [each.cell for each in sent])
        decided: dict[str, tuple[Outcome, str]] = {}
        settled: dict[int, str] = {}
        with self.session.database.write() as tx:
            for each in sent:
                how = decision(now_cells.get(each.cell), each.after, each.sent_at, each.doubt)
                if how is not None:
                    settled[each.journal] = in_words(how)
                    decided[each.change] = how
            runs.settle_each(tx, settled, self.session.clock.now())
            runs.record(tx, self.run.id, decided, self.attempt)
        return len(decided)


async def _account_for_sales(
    session: Session, connection: Connection, sent: Sequence[Awaited]
) -> None:
    """A number that is not the one sent may be it, less what the shop has sold since."""
    keys = [each.cell for each in sent if each.cell.field is Field.STOCK]
    if not isinstance(connection.adapter, ReadsOrders):
        return
    if any(cell.in_flight is not None for cell in cells_of(session, connection, keys).values()):
        await drain(session, connection, session.clock.now())
