"""Carrying a plan out on one channel, in steps. Between two steps nothing is known but what is stored.

So a run that was killed anywhere is taken up where it was: what it had sent is read before anything
is sent again, and what had ended is not looked at any more.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from mercer.core.audit import Kind, Line
from mercer.core.cell import WRITTEN, Lane
from mercer.core.errors import MercerError
from mercer.core.outcome import Outcome
from mercer.core.quota import WORK, working
from mercer.core.waiting import waiting_by
from mercer.store import plans, runs, waves
from mercer.store.database import Transaction
from mercer.store.plans import Plan
from mercer.store.runs import Run
from mercer.sync import audit
from mercer.sync.channel_run import ChannelRun
from mercer.sync.planning import rules_text
from mercer.sync.session import Connection, Session
from mercer.sync.settling import settle_open
from mercer.sync.step import Step, whole
from mercer.sync.verify import Verification
from mercer.sync.watch import Watch

ATTEMPTS = 3
"""How often a change is sent in one run. Each attempt re-checks it and has its journal row."""


async def apply_channel(step: Step, channel: str, run: str) -> None:
    """Lane by lane and wave by wave; then the creations. `results` tell how each change ended.

    Raise the error of the channel that had to stop.
    """
    if not await step(take_up, channel, run):
        return
    try:
        for attempt in range(1, ATTEMPTS + 1):
            await send_and_see(step, channel, run, attempt)
        position: int | None = 0
        while position is not None:
            position = await step(create_next, channel, run, position)
    except MercerError as error:
        await step(give_up, channel, run, error.message)
        raise
    await step(finish, channel, run)


async def send_and_see(step: Step, channel: str, run: str, attempt: int) -> None:
    """Send what holds, and read it back."""
    try:
        for lane in WRITTEN:
            position: int | None = 0
            while position is not None:
                position = await step(send_wave, channel, run, lane.value, attempt, position)
    except MercerError:
        # The channel stops; what has left is read back all the same, if it can be read.
        with suppress(MercerError):
            await _confirm(step, channel, run, attempt)
        raise
    await _confirm(step, channel, run, attempt)


async def _confirm(step: Step, channel: str, run: str, attempt: int) -> None:
    seen: list[str] | None = await step(see, channel, run, attempt, None)
    while seen is not None:
        seen = await step(see, channel, run, attempt, seen)
    number = 1
    while await step(see_again, channel, run, attempt, number):
        number += 1


async def take_up(session: Session, channel: str, run: str) -> bool:
    """Settle what is open at the shop. False where the plan does not hold for this channel any more."""
    connection = session.connection(channel)
    found, plan = _found(session, run)
    with working(WORK), waiting_by(Watch(session, connection, found.began_at)):
        await settle_open(session, connection)
    return holds(session, connection, found, plan)


def holds(session: Session, connection: Connection, run: Run, plan: Plan) -> bool:
    """Whether the plan may still be carried out here; if not, all of it ends as stale."""
    reason = ""
    if plan.header.expires_at <= session.clock.now() and not _began(session, run, connection.name):
        reason = "the plan has expired meanwhile"
    if plan.header.guards.get(connection.name) != rules_text(connection.channel):
        reason = "the channel's rules or guards were changed since the plan"
    if reason:
        _leave_out(session, run, connection.name, Outcome.STALE, reason)
    return not reason


@whole
async def send_wave(
    session: Session, channel: str, run: str, lane_name: str, attempt: int, after: int
) -> int | None:
    """Send the next wave after a position of the plan; return its last one, or `None` at the end.

    Of a run that is stopped, or that has failed too often, nothing more is sent.
    """
    connection, lane = session.connection(channel), Lane(lane_name)
    found, plan = _found(session, run)
    with session.database.read() as tx:
        size = connection.declared.wave(lane)
        wave = waves.wave(tx, found, channel, lane, attempt, after, size)
        total = waves.count(tx, found, channel, lane, attempt) if wave and not after else 0
    if not wave or _is_stopped(session, found):
        session.progress.end(channel, lane.value)
        return None
    if not after:
        session.progress.begin(channel, lane.value, total)
    changes = [change for _, change in wave]
    channel_run = ChannelRun(session, connection, found, plan.header.allowed, attempt)
    await channel_run.send(lane, changes, last=attempt == ATTEMPTS)
    session.progress.advance(channel, lane.value, len(changes))
    return wave[-1][0]


async def see(
    session: Session, channel: str, run: str, attempt: int, after: list[str] | None
) -> list[str] | None:
    """Read back what may show next; return how far was looked, as (moment, listing)."""
    verification = _verification(session, channel, run, attempt)
    mark = (datetime.fromisoformat(after[0]), after[1]) if after else None
    seen = await verification.see(mark)
    return [seen[0].isoformat(), seen[1]] if seen else None


async def see_again(session: Session, channel: str, run: str, attempt: int, number: int) -> bool:
    return await _verification(session, channel, run, attempt).see_again(number)


@whole
async def create_next(session: Session, channel: str, run: str, after: int) -> int | None:
    """Create the next listing after a position of the plan; return its own, or `None` at the end."""
    found, plan = _found(session, run)
    with session.database.read() as tx:
        following = waves.creation(tx, found, channel, after)
    if following is None or _is_stopped(session, found):
        return None
    position, change = following
    connection = session.connection(channel)
    await ChannelRun(session, connection, found, plan.header.allowed).create(change)
    return position


async def give_up(session: Session, channel: str, run: str, why: str) -> None:
    found, _ = _found(session, run)
    _leave_out(session, found, channel, Outcome.UNCONVERGED, f"not tried: {why}")


async def finish(session: Session, channel: str, run: str) -> None:
    """What a stopped run has not come to stays open: there it goes on."""
    found, _ = _found(session, run)
    if not found.stopped:
        _leave_out(session, found, channel, Outcome.UNCONVERGED, "not tried")


def _is_stopped(session: Session, run: Run) -> bool:
    """Stop it where it has failed too often."""
    if run.stopped or run.max_failures is None:
        return bool(run.stopped)
    with session.database.read() as tx:
        failed = runs.failures(tx, run.id, run.max_failures + 1)
    if failed <= run.max_failures:
        return False
    stop(session, run, f"more than {run.max_failures} changes were rejected or did not converge")
    return True


def stop(session: Session, run: Run, why: str) -> None:
    """Between two waves, on every channel."""
    with session.database.write() as tx:
        if runs.stop(tx, run.id, why):
            audit.note(tx, session, Line(Kind.RUN_STOPPED, plan=run.plan, run=run.id, reason=why))


def _verification(session: Session, channel: str, run: str, attempt: int) -> Verification:
    found, _ = _found(session, run)
    return Verification(session, session.connection(channel), found, attempt)


def _leave_out(session: Session, run: Run, channel: str, outcome: Outcome, reason: str) -> None:
    with session.database.write() as tx:
        waves.leave_out(tx, run, channel, outcome, reason)
        close(tx, session, run)


def close(tx: Transaction, session: Session, run: Run) -> None:
    """A run is over when every change of its plan has ended somehow."""
    if waves.end_if_done(tx, run, session.clock.now()):
        counts = sorted(waves.counts(tx, run).items())
        told = ", ".join(f"{count} {outcome}" for outcome, count in counts)
        audit.note(tx, session, Line(Kind.RUN_ENDED, plan=run.plan, run=run.id, reason=told))


def _began(session: Session, run: Run, channel: str) -> bool:
    """Something of it was sent already: what is left of it may be."""
    with session.database.read() as tx:
        return runs.has_sent(tx, run.id, channel)


def _found(session: Session, id: str) -> tuple[Run, Plan]:
    with session.database.read() as tx:
        run = runs.find(tx, id)
        plan = plans.find(tx, run.plan)
    assert plan is not None  # runs refer to plans
    return run, plan
