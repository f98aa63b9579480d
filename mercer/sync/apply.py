"""Apply a stored plan: the only way anything is written to a channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mercer.core.audit import Kind, Line
from mercer.core.errors import InputError, MercerError, RefusedError
from mercer.core.outcome import Outcome
from mercer.core.plan import Change, Checksum
from mercer.store import plans, runs, waves
from mercer.store.plans import Plan
from mercer.store.runs import Run
from mercer.sync import audit
from mercer.sync.apply_steps import apply_channel, close, finish, give_up, holds
from mercer.sync.channel_run import ChannelRun
from mercer.sync.session import Connection, Session, on_each
from mercer.sync.step import here


@dataclass(frozen=True, slots=True)
class Item:
    change: Change
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Applied:
    """One run of a plan. `failed`: channels that stopped, with the error that stopped them."""

    run: str
    plan: str
    items: tuple[Item, ...]
    failed: dict[str, MercerError] = field(default_factory=dict)

    def count(self, outcome: Outcome) -> int:
        return sum(item.outcome is outcome for item in self.items)


Carry = Callable[[str, str], Awaitable[None]]
"""Carries a run out on a channel, wherever the work is done: (channel, run)."""


async def apply_plan(
    session: Session, id: str, *, wait: bool = True, carry: Carry | None = None
) -> Applied:
    """Execute a plan on its channels side by side, and return how each change ended.

    Without `wait`, stock alone is sent, and left for `settle_due` to see at the shop. Without a
    `carry` the work is done here and now.
    Raise `RefusedError` for a plan that has expired or is not what was checksummed.
    """
    run, plan, changes = begin_run(session, id)

    async def here_and_now(channel: str, run: str) -> None:
        await apply_channel(here(session), channel, run)

    async def one(connection: Connection) -> None:
        if wait:
            await (carry or here_and_now)(connection.name, run.id)
        else:
            own = [each for each in changes if each.cell.channel == connection.name]
            await _leave(session, connection, run, plan, own)

    involved = sorted({change.cell.channel for change in changes if not change.blocked})
    _, failed = await on_each(session.chosen(involved) if involved else (), one)
    return applied(session, run, changes, failed)


def begin_run(session: Session, id: str) -> tuple[Run, Plan, list[Change]]:
    """A run of the plan: the one that was killed before it was done, or else a new one.

    Raise `RefusedError` for a plan that has expired or is not what was checksummed.
    """
    plan, changes = load_plan(session, id)
    if plan.header.expires_at <= session.clock.now():
        raise RefusedError(
            f"plan {id} expired at {plan.header.expires_at:%Y-%m-%d %H:%M} UTC",
            hint="make a new one: mercer plan",
        )
    with session.database.write() as tx:
        run = runs.unfinished(tx, id)
        if run is None:
            run = runs.begin(tx, id, session.clock.now())
            audit.note(tx, session, Line(Kind.RUN_BEGAN, plan=id, run=run.id))
        waves.block(tx, run)
        close(tx, session, run)
    return run, plan, changes


async def _leave(
    session: Session, connection: Connection, run: Run, plan: Plan, changes: Sequence[Change]
) -> None:
    if not holds(session, connection, run, plan):
        return
    writable = [change for change in changes if not change.blocked]
    try:
        await ChannelRun(session, connection, run, plan.header.allowed).leave(writable)
    except MercerError as error:
        await give_up(session, connection.name, run.id, error.message)
        raise
    await finish(session, connection.name, run.id)


def load_plan(session: Session, id: str) -> tuple[Plan, list[Change]]:
    """A stored plan with its changes. Raise `RefusedError` if it is not what was checksummed."""
    with session.database.read() as tx:
        plan = plans.find(tx, id)
        if plan is None:
            raise InputError(f"there is no plan {id!r}", hint="make one: mercer plan")
        changes = list(plans.changes_of(tx, id))
    digest = Checksum(plan.header)
    for change in changes:
        digest.add(change)
    if digest.hexdigest() != plan.checksum:
        raise RefusedError(
            f"plan {id} is not what was reviewed: its checksum does not match",
            hint="make a new one: mercer plan",
        )
    return plan, changes


def applied(
    session: Session,
    run: Run,
    changes: Sequence[Change],
    failed: Mapping[str, MercerError],
) -> Applied:
    """How each change of a run ended, as far as it has."""
    with session.database.read() as tx:
        ended = runs.results_of(tx, run.id)
    unknown = (Outcome.UNCONVERGED, "not tried")
    items = tuple(Item(change, *ended.get(change.id, unknown)) for change in changes)
    return Applied(run.id, run.plan, items, dict(failed))
