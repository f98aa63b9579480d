"""A canary: a few changes of a run are written, seen, left alone for a while and looked at again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mercer.core import canary
from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.errors import MercerError
from mercer.core.merge import Cause
from mercer.core.outcome import Outcome
from mercer.core.plan import Change
from mercer.core.quota import WORK, working
from mercer.core.terms import Share
from mercer.core.waiting import waiting_by
from mercer.store import canaries, cells, runs
from mercer.store.canaries import Canary
from mercer.store.database import Transaction
from mercer.store.runs import Run
from mercer.sync.apply_steps import ATTEMPTS, send_and_see, take_up
from mercer.sync.pull import read_back
from mercer.sync.session import Session
from mercer.sync.step import Step
from mercer.sync.watch import Watch

_TOLD = 3
"""Findings that are told in one sentence."""


def choose(tx: Transaction, run: Run, changes: Sequence[Change], share: Share) -> None:
    """Among what the run has not come to, unless it tries a canary already."""
    if not canaries.channels_of(tx, run.id):
        canaries.forget(tx, run.id)
        ended = runs.results_of(tx, run.id)
        left = [change for change in changes if change.id not in ended]
        canaries.choose(tx, run.id, canary.chosen(left, share))


async def try_canary(step: Step, channel: str, run: str) -> None:
    """A channel's part of the canary, as a job. Raise the error of the channel that had to stop."""
    if await step(take_up, channel, run):
        for attempt in range(1, ATTEMPTS + 1):
            await send_and_see(step, channel, run, attempt)
        await step(wait_out, channel, run)
    await step(look_again, channel, run)


async def wait_out(session: Session, channel: str, run: str) -> None:
    """Counted from when the last of it was seen, so that a kill does not begin the wait anew."""
    with session.database.read() as tx:
        found = runs.find(tx, run)
        seen_at = canaries.seen_at(tx, run, channel)
    if seen_at is not None and not found.stopped:
        watch = Watch(session, session.connection(channel), found.began_at)
        with working(WORK), waiting_by(watch):
            await watch.until(seen_at + found.canary_wait, "the canary")


async def look_again(session: Session, channel: str, run: str) -> None:
    """Read what was written once more, and note of each change whether it held."""
    connection = session.connection(channel)
    with session.database.read() as tx:
        found = runs.find(tx, run)
        tried = canaries.of_run(tx, found, channel)
    written = [each.change.cell for each in tried if each.outcome is Outcome.CONFIRMED]
    listings = sorted({cell.listing for cell in written})
    with working(WORK), waiting_by(Watch(session, connection, found.began_at)):
        await read_back(session, connection, listings)
    with session.database.write() as tx:
        now: dict[CellKey, Cell] = {}
        if listings:
            now = cells.of_listings(tx, [(channel, listing) for listing in listings])
        canaries.note(tx, run, {each.change.id: _finding(each, now) for each in tried})


def _finding(tried: Canary, now: Mapping[CellKey, Cell]) -> str:
    """Empty where the shop still shows what was written."""
    if tried.outcome is not Outcome.CONFIRMED:
        return f"{tried.outcome or 'not tried'}: {tried.reason}".removesuffix(": ")
    cell = now.get(tried.change.cell)
    if cell is None or cell.gone:
        return "it is no longer at the shop"
    if cell.key.field is Field.STOCK:
        odd = cell.cause is Cause.UNEXPLAINED
        return f"the shop shows {cell.observed}, which no order explains" if odd else ""
    if cell.observed == tried.change.after:
        return ""
    return f"the shop shows {cell.observed or 'nothing'} by now"


def verdict(tx: Transaction, run: Run, failed: Mapping[str, MercerError]) -> str:
    """Why a run must not go on after its canary; empty where it may.

    A change that the shop or the catalogue has overtaken tells nothing: some other must have held.
    """
    for channel, error in failed.items():
        return f"the canary could not be tried on {channel}: {error.message}"
    tried = canaries.of_run(tx, run)
    bad = [each for each in tried if each.finding and each.outcome is not Outcome.STALE]
    if bad:
        told = "; ".join(f"{_called(each.change)}: {each.finding}" for each in bad[:_TOLD])
        more = f"; and {len(bad) - _TOLD} more" if len(bad) > _TOLD else ""
        return f"the canary found {told}{more}"
    held = {each.change.cell.channel for each in tried if not each.finding}
    for each in tried:
        if each.change.cell.channel not in held:
            return (
                f"nothing of the canary was written on {each.change.cell.channel}: {each.finding}"
            )
    return ""


def _called(change: Change) -> str:
    return f"{change.sku} {change.cell.field.value} on {change.cell.channel}"
