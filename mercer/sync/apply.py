"""Apply a stored plan: the only way anything is written to a channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mercer.core.audit import Kind, Line
from mercer.core.errors import Interrupted, MercerError
from mercer.core.outcome import Outcome
from mercer.core.plan import Change
from mercer.core.terms import Terms
from mercer.store import canaries, runs, waves
from mercer.store.database import Transaction
from mercer.store.plans import Plan
from mercer.store.runs import Run
from mercer.sync import audit
from mercer.sync.apply_steps import apply_channel, close, finish, give_up, holds, stop
from mercer.sync.approval import refusal
from mercer.sync.canary import choose, try_canary, verdict
from mercer.sync.channel_run import ChannelRun
from mercer.sync.session import Connection, Session, on_each
from mercer.sync.step import here
from mercer.sync.stored_plan import checked, not_expired, stored


@dataclass(frozen=True, slots=True)
class Item:
    change: Change
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Applied:
    """One run of a plan. `failed`: channels that stopped, with the error that stopped them.

    `stopped`: why the run as a whole stopped before its end; applied again, its plan goes on there.
    `canary`: how many of its changes were tried before the others.
    """

    run: str
    plan: str
    items: tuple[Item, ...]
    failed: dict[str, MercerError] = field(default_factory=dict)
    stopped: str = ""
    canary: int = 0

    def count(self, outcome: Outcome) -> int:
        return sum(item.outcome is outcome for item in self.items)


Carry = Callable[[str, str, str], Awaitable[None]]
"""Does a job of a run on a channel, wherever the work is done: (job, channel, run)."""

_JOBS: Final = {"canary": try_canary, "apply": apply_channel}


async def apply_plan(
    session: Session, id: str, *, terms: Terms | None = None, carry: Carry | None = None
) -> Applied:
    """Execute a plan on its channels side by side, and return how each change ended.

    Without `terms` those of the session hold. Without a `carry` the work is done here and now. Where
    the canary does not hold, nothing else is written on any channel.
    Raise `RefusedError` as `begin_run` does.
    """
    run, _, changes = begin_run(session, id, terms)

    async def here_and_now(job: str, channel: str, run: str) -> None:
        await _JOBS[job](here(session), channel, run)

    async def on_all(job: str, names: Sequence[str]) -> dict[str, MercerError]:
        async def one(connection: Connection) -> None:
            await (carry or here_and_now)(job, connection.name, run.id)

        _, failed = await on_each(session.chosen(names) if names else (), one)
        return failed

    with session.database.read() as tx:
        trying = canaries.channels_of(tx, run.id)
        tried = canaries.count(tx, run.id)
    failed = await on_all("canary", trying)
    if not _is_interrupted(failed) and not (tried and _did_not_hold(session, run, failed)):
        with session.database.write() as tx:
            close(tx, session, run)
            left = waves.channels_left(tx, run)
        failed = await on_all("apply", left)
    return applied(session, run, changes, failed)


def _is_interrupted(failed: Mapping[str, MercerError]) -> bool:
    return any(isinstance(error, Interrupted) for error in failed.values())


def _did_not_hold(session: Session, run: Run, failed: Mapping[str, MercerError]) -> bool:
    """Stop a run whose canary did not hold."""
    with session.database.read() as tx:
        why = verdict(tx, run, failed)
    if why:
        stop(session, run, why)
    return bool(why)


async def send_stock(session: Session, id: str, *, rising: bool) -> Applied:
    """Execute a plan's changes of stock, and leave them for `settle_due` to see at the shop.

    `rising`: numbers that turn out to rise are sent too, once the orders are read; else they are not.
    """
    run, plan, changes = begin_run(session, id)

    async def one(connection: Connection) -> None:
        own = [each for each in changes if each.cell.channel == connection.name]
        await _leave(session, connection, run, plan, own, rising)

    involved = sorted({change.cell.channel for change in changes if not change.blocked})
    _, failed = await on_each(session.chosen(involved) if involved else (), one)
    return applied(session, run, changes, failed)


def begin_run(
    session: Session, id: str, terms: Terms | None = None
) -> tuple[Run, Plan, list[Change]]:
    """A run of the plan: the one that was stopped or killed before it was done, or else a new one.

    What a stopped one had failed with is tried again. Without `terms` those of the session hold.
    Raise `RefusedError` for a plan that has expired, is not what was checksummed, or lacks approval.
    """
    terms = terms or session.terms
    plan, changes = load_plan(session, id)
    not_expired(plan, session.clock.now())
    with session.database.write() as tx:
        if (refused := refusal(tx, session, plan)) is not None:
            raise refused
        run = runs.unfinished(tx, id)
        if run is None:
            run = runs.begin(tx, id, session.clock.now())
            audit.note(tx, session, Line(Kind.RUN_BEGAN, plan=id, run=run.id))
        elif run.stopped:
            runs.go_on(tx, run.id)
            canaries.forget(tx, run.id)
            audit.note(tx, session, Line(Kind.RUN_RESUMED, plan=id, run=run.id))
        waves.block(tx, run)
        _hold_to(tx, run, changes, terms)
        close(tx, session, run)
        return runs.find(tx, run.id), plan, changes


def _hold_to(tx: Transaction, run: Run, changes: Sequence[Change], terms: Terms) -> None:
    total = sum(not change.blocked for change in changes)
    most = terms.max_failures.of(total) if terms.max_failures else None
    runs.hold_to(tx, run.id, terms.canary_wait, most)
    if terms.canary is not None:
        choose(tx, run, changes, terms.canary)


async def _leave(
    session: Session,
    connection: Connection,
    run: Run,
    plan: Plan,
    changes: Sequence[Change],
    rising: bool,
) -> None:
    if not holds(session, connection, run, plan):
        return
    writable = [change for change in changes if not change.blocked]
    try:
        run_here = ChannelRun(session, connection, run, plan.header.allowed)
        await run_here.leave(writable, rising=rising)
    except MercerError as error:
        await give_up(session, connection.name, run.id, error.message)
        raise
    await finish(session, connection.name, run.id)


def load_plan(session: Session, id: str) -> tuple[Plan, list[Change]]:
    """A stored plan with its changes. Raise `RefusedError` if it is not what was checksummed."""
    with session.database.read() as tx:
        plan = stored(tx, id)
        return plan, list(checked(tx, plan))


def applied(
    session: Session,
    run: Run,
    changes: Sequence[Change],
    failed: Mapping[str, MercerError],
) -> Applied:
    """How each change of a run ended, as far as it has."""
    with session.database.read() as tx:
        ended = runs.results_of(tx, run.id)
        stopped = runs.find(tx, run.id).stopped
        tried = canaries.count(tx, run.id)
    if _is_interrupted(failed):
        stopped = "interrupted between two batches"
        failed = {name: e for name, e in failed.items() if not isinstance(e, Interrupted)}
    open_ = (Outcome.OPEN, "")
    items = tuple(Item(change, *ended.get(change.id, open_)) for change in changes)
    return Applied(run.id, run.plan, items, dict(failed), stopped, tried)
