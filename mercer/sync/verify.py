"""Accepted is not applied: read back what was sent, and settle what is in doubt."""

from __future__ import annotations

from collections.abc import Sequence

from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.contract import ReadsOrders
from mercer.core.outcome import Outcome
from mercer.store import cells, runs
from mercer.sync.intake import drain
from mercer.sync.pull import read_back
from mercer.sync.send import Sent
from mercer.sync.session import Connection, Session

_LONGEST_WAIT = 15.0


async def verify(
    session: Session, connection: Connection, sent: Sequence[Sent]
) -> dict[str, tuple[Outcome, str]]:
    """Read until each sent change is seen at the shop or its deadline has passed."""
    open_ = {each.change.id: each for each in sent}
    ended: dict[str, tuple[Outcome, str]] = {}
    wait = connection.declared.settle.total_seconds()
    if open_:
        session.progress.begin(connection.name, "verify", len(open_))
    while open_:
        await session.clock.sleep(wait)
        listings = sorted({each.change.cell.listing for each in open_.values()})
        await read_back(session, connection, listings)
        await _account_for_sales(session, connection, list(open_.values()))
        decided = _decide(session, connection, list(open_.values()))
        session.progress.advance(connection.name, "verify", len(decided))
        ended |= decided
        for id in decided:
            del open_[id]
        wait = min(max(wait * 2, 1.0), _LONGEST_WAIT)
    session.progress.end(connection.name, "verify")
    return ended


async def _account_for_sales(
    session: Session, connection: Connection, sent: Sequence[Sent]
) -> None:
    """A number that is not the one sent may be it, less what the shop has sold since."""
    keys = [each.change.cell for each in sent if each.change.cell.field is Field.STOCK]
    if not isinstance(connection.adapter, ReadsOrders):
        return
    if any(cell.in_flight is not None for cell in _cells(session, connection, keys).values()):
        await drain(session, connection, session.clock.now())


def _decide(
    session: Session, connection: Connection, sent: Sequence[Sent]
) -> dict[str, tuple[Outcome, str]]:
    now_cells = _cells(session, connection, [each.change.cell for each in sent])
    decided: dict[str, tuple[Outcome, str]] = {}
    with session.database.write() as tx:
        for each in sent:
            cell = now_cells.get(each.change.cell)
            how = _how(cell, each.change.after, each.doubt)
            if how is not None:
                outcome, reason = how
                runs.settle(tx, [each.journal], f"{outcome.value}: {reason}" if reason else outcome)
                decided[each.change.id] = how
    return decided


def _how(cell: Cell | None, sent: str | None, doubt: str) -> tuple[Outcome, str] | None:
    """`None`: not decided yet."""
    if cell is None or cell.gone:
        return Outcome.UNCONVERGED, "it is no longer at the shop"
    if cell.in_flight is not None:
        return None
    if cell.landed or cell.observed == sent:
        return Outcome.CONFIRMED, f"in doubt ({doubt}), and seen at the shop" if doubt else ""
    shown = cell.observed or "nothing"
    why = f"in doubt ({doubt})" if doubt else "accepted"
    return Outcome.UNCONVERGED, f"{why}, but the shop still shows {shown}"


async def settle_open(session: Session, connection: Connection) -> int:
    """Decide by reading what earlier runs left open, a killed one's too; tell how many are decided.

    What is still within its deadline stays in flight, and is not planned meanwhile. Whether a
    creation happened, only a new enumeration of the shop can tell: see `link`.
    """
    with session.database.read() as tx:
        intents = runs.unsettled(tx, connection.name)
    if not intents:
        return 0
    listings = sorted({intent.cell.listing for intent in intents})
    await read_back(session, connection, listings)
    now_cells = _cells(session, connection, [intent.cell for intent in intents])
    settled = 0
    with session.database.write() as tx:
        for intent in intents:
            cell = now_cells.get(intent.cell)
            how = _how(cell, intent.after, "the run ended before an answer")
            if how is not None:
                runs.settle(tx, [intent.id], f"{how[0].value}: {how[1]}")
                settled += 1
    return settled


def _cells(
    session: Session, connection: Connection, keys: Sequence[CellKey]
) -> dict[CellKey, Cell]:
    wanted = set(keys)
    with session.database.read() as tx:
        found = cells.of_listings(tx, {(connection.name, key.listing) for key in keys})
    return {key: cell for key, cell in found.items() if key in wanted}
