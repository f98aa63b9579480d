"""`mercer rollback RUN`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import click

from mercer.commands import documents, run_documents, show, show_plan, show_run
from mercer.commands.apply import carried_out
from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import (
    FIELDS,
    OwnTerms,
    channels_option,
    skus_option,
    terms_options,
)
from mercer.commands.output import Output
from mercer.commands.plan_options import guard_options, request
from mercer.commands.show import counted
from mercer.commands.workspace import online, opened, warn_of
from mercer.core.errors import MercerError
from mercer.core.plan import Change
from mercer.core.price import PriceEntry
from mercer.core.review import Scale, by_risk
from mercer.store.plans import Plan
from mercer.store.runs import Run
from mercer.sync.apply import load_plan
from mercer.sync.approval import Standing, standing
from mercer.sync.planning import Request, make_plan
from mercer.sync.rollback import Left, Narrowed, Rollback, find_run, look, roll_back
from mercer.sync.session import Session
from mercer.wiring import Workspace

_NEVER = {
    "stock": "stock follows the ledger",
    "listing": "a listing that was created stays",
    "status": "what is on sale follows the catalogue",
    "content": "titles and descriptions follow the catalogue",
}


@dataclass(frozen=True, slots=True)
class _Planned:
    """`plan` of `None`: there is nothing to write. Its changes are in the order by risk."""

    rollback: Rollback
    plan: Plan | None
    changes: list[Change]
    stands: Standing | None = None


@click.command(cls=Command, short_help="Take back the prices that a run wrote")
@click.argument("run")
@channels_option
@skus_option
@guard_options
@terms_options
@click.option("--dry-run", is_flag=True, help="Show what would come of it; keep and send nothing.")
@click.option("--yes", is_flag=True, help="Apply the plan at once.")
@click.pass_obj
def command(
    invocation: Invocation,
    run: str,
    channels: tuple[str, ...],
    skus: tuple[str, ...],
    allowed: tuple[str, ...],
    reason: str,
    terms: OwnTerms,
    dry_run: bool,
    yes: bool,
) -> int:
    """Take back the prices that a RUN wrote, where the shops still show them.

    The price book pins what they were on each channel, and a plan of them is made; guards look at it as
    at any other. Exit 0 only if nothing of the run's prices stays as it is.
    """
    out = Output(invocation)
    if dry_run and yes:
        raise click.UsageError("--dry-run keeps nothing, so there is nothing to apply")
    wanted = request((), FIELDS["price"], allowed, reason)
    applied = None
    with opened(invocation) as workspace:
        found = find_run(workspace.session(), run)
        narrowed = Narrowed(channels, skus)
        made, failed = _planned(invocation, workspace, found, narrowed, wanted, keep=not dry_run)
        _tell(out, found, made, "--json shows all of it" if dry_run else show_plan.ALL_OF_IT)
        if not yes:
            _tell_next(out, made, dry_run=dry_run)
        if made.plan is not None and yes:
            own = terms(workspace.config.terms)
            applied = carried_out(invocation, workspace, made.plan, made.changes, own)
    if applied is not None:
        show_run.show(out, applied)
        failed |= applied.failed
    warn_of(failed, out)
    plan = None
    if made.plan is not None and made.stands is not None:
        plan = documents.plan(made.plan, made.changes, made.stands)
    out.document(
        {
            **run_documents.rollback(made.rollback),
            "plan": plan,
            "apply": documents.applied(applied) if applied else None,
        }
    )
    return 0 if show_run.clean(applied) and not made.rollback.left else 1


def _planned(
    invocation: Invocation,
    workspace: Workspace,
    run: Run,
    narrowed: Narrowed,
    wanted: Request,
    *,
    keep: bool,
) -> tuple[_Planned, dict[str, MercerError]]:
    """Pin and plan; without `keep` only to see what would come of it."""
    for name in narrowed.channels:
        workspace.config.channel(name)

    async def work(session: Session) -> _Planned:
        unread = await look(session, run, narrowed)
        if keep:
            return made(session, unread)
        with session.database.rehearsal() as database:
            return made(replace(session, database=database), unread)

    def made(session: Session, unread: dict[str, MercerError]) -> _Planned:
        rollback = roll_back(session, run, narrowed, unread)
        if not rollback.cells:
            return _Planned(rollback, None, [])
        names = tuple(sorted({cell.channel for cell in rollback.cells}))
        plan = make_plan(session, replace(wanted, channels=names, cells=rollback.cells))
        plan, changes = load_plan(session, plan.header.id)
        with session.database.read() as tx:
            stands = standing(tx, session, plan)
        ranked = by_risk(changes, Scale.of(plan.totals).weights)
        return _Planned(rollback, plan, ranked, stands)

    return online(invocation, workspace, work)


def _tell(out: Output, run: Run, made: _Planned, all_of_it: str) -> None:
    rollback = made.rollback
    if run.ended_at is None and not run.stopped:
        out.warn(f"run {run.id} is not over: what it writes from now on is not taken back")
    if rollback.left:
        out.line("Left as they are:")
        header = ("channel", "sku", "field", "was", "wrote", "shows", "why")
        out.table(header, [_row(each) for each in rollback.left])
    for sort, number in sorted(rollback.never.items()):
        out.line(f"not taken back: {counted(number, f'{sort} change')}; {_NEVER[sort]}")
    if rollback.back:
        out.line(f"back already: {counted(rollback.back, 'price')}")
    if made.plan is None:
        out.line(f"there is nothing to take back of run {run.id}")
        return
    if rollback.pins:
        pinned = counted(len(rollback.pins), "former price")
        out.line(f"price book v{rollback.price_book}: {pinned} pinned on channels")
        out.line(f"a pin holds until it is taken out: {_drop(rollback.pins[0])}")
    show_plan.show(out, made.plan, made.changes, made.stands, all_of_it=all_of_it)


def _tell_next(out: Output, made: _Planned, *, dry_run: bool) -> None:
    if dry_run:
        out.line("dry run: nothing was kept and nothing was sent")
    elif made.plan is not None and not made.plan.totals.going and made.plan.totals.blocked:
        again = f"mercer rollback {made.rollback.run} --allow GUARD"
        out.line(f'next: mend what blocks, or let it pass: {again} --reason "..."')
    elif made.plan is not None and made.stands is not None:
        show_plan.next_step(out, made.plan, made.stands)


def _row(left: Left) -> list[str]:
    change = left.change
    shown = [show.shown(text) for text in (change.before, change.after, left.shows)]
    return [change.cell.channel, change.sku, change.cell.field.value, *shown, left.why]


def _drop(pin: PriceEntry) -> str:
    since = f" --from {pin.starts_at.isoformat()}" if pin.dated else ""
    return f"mercer price drop {pin.sku} {pin.currency} --channel {pin.channel}{since}"
