"""Apply a stored plan: the only way anything is written to a channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from mercer.core.audit import Kind, Line
from mercer.core.errors import InputError, MercerError, RefusedError
from mercer.core.outcome import Outcome
from mercer.core.plan import Change, Checksum
from mercer.store import plans, runs
from mercer.store.plans import Plan
from mercer.sync import audit
from mercer.sync.channel_run import ChannelRun
from mercer.sync.planning import rules_text
from mercer.sync.session import Connection, Session, on_each


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


async def apply_plan(session: Session, id: str, *, wait: bool = True) -> Applied:
    """Execute a plan on its channels side by side, and return how each change ended.

    Without `wait`, stock alone is sent, and left for `settle_due` to see at the shop.
    Raise `RefusedError` for a plan that has expired or is not what was checksummed.
    """
    plan, changes = load_plan(session, id)
    if plan.header.expires_at <= session.clock.now():
        raise RefusedError(
            f"plan {id} expired at {plan.header.expires_at:%Y-%m-%d %H:%M} UTC",
            hint="make a new one: mercer plan",
        )
    with session.database.write() as tx:
        run = runs.begin(tx, id, session.clock.now())
        audit.note(tx, session, Line(Kind.RUN_BEGAN, plan=id, run=run))
    ended = {change.id: (Outcome.BLOCKED, change.guard) for change in changes if change.blocked}

    async def one(connection: Connection) -> None:
        own = [
            change
            for change in changes
            if not change.blocked and change.cell.channel == connection.name
        ]
        if plan.header.guards.get(connection.name) != rules_text(connection.channel):
            moved = (Outcome.STALE, "the channel's rules or guards were changed since the plan")
            ended.update(dict.fromkeys((change.id for change in own), moved))
            return
        channel_run = ChannelRun(session, connection, run, plan.header.allowed, own, ended)
        await (channel_run.work() if wait else channel_run.leave())

    involved = {change.cell.channel for change in changes if not change.blocked}
    _, failed = await on_each(session.chosen(involved) if involved else (), one)
    return _closed(session, run, id, changes, ended, failed)


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


def _closed(
    session: Session,
    run: str,
    plan: str,
    changes: Sequence[Change],
    ended: dict[str, tuple[Outcome, str]],
    failed: dict[str, MercerError],
) -> Applied:
    items = []
    for change in changes:
        stopped = failed.get(change.cell.channel)
        reason = f"not tried: {stopped.message}" if stopped else "not tried"
        outcome, why = ended.get(change.id, (Outcome.UNCONVERGED, reason))
        items.append(Item(change, outcome, why))
    with session.database.write() as tx:
        runs.record(tx, run, [(item.change.id, item.outcome, item.reason) for item in items])
        runs.end(tx, run, session.clock.now())
        counts = Counter(item.outcome.value for item in items)
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        audit.note(tx, session, Line(Kind.RUN_ENDED, plan=plan, run=run, reason=told))
    return Applied(run, plan, tuple(items), failed)
