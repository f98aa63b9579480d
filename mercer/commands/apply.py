"""`mercer apply ID|FILE`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from mercer.commands import documents, show_run
from mercer.commands.carrying import carried_on
from mercer.commands.invocation import Command, Invocation
from mercer.commands.named_plan import named
from mercer.commands.options import OwnTerms, terms_options, yes_option
from mercer.commands.output import Output
from mercer.commands.plan import tell
from mercer.commands.show import counted
from mercer.commands.workspace import opened, warn_of
from mercer.core.outcome import Outcome
from mercer.core.plan import Change
from mercer.core.terms import Terms
from mercer.store import run_list
from mercer.store.plans import Plan
from mercer.sync.apply import Applied, apply_plan, load_plan
from mercer.sync.approval import refusal
from mercer.sync.cycle import carrier
from mercer.sync.engine.protocol import Engine
from mercer.sync.session import Session
from mercer.wiring import Workspace


@click.command(cls=Command, short_help="Carry a plan out")
@click.argument("plan")
@terms_options
@yes_option
@click.pass_obj
def command(invocation: Invocation, plan: str, terms: OwnTerms, yes: bool) -> int:
    """Carry out a PLAN: its id, or a JSON file of it that says exactly what is stored.

    One that was stopped or killed is gone on with: nothing is sent twice. Ctrl-C stops it between two
    batches. Exit 0 only if every change is confirmed, or was blocked in the plan already.
    """
    out = Output(invocation)
    with opened(invocation) as workspace:
        session = workspace.session()
        with workspace.database.read() as tx:
            reviewed = named(tx, plan)
            if (refused := refusal(tx, session, reviewed)) is not None:
                raise refused
        found, changes = load_plan(session, reviewed.header.id)
        _tell_begun(out, workspace, found)
        if found.totals.going and not yes:
            tell(invocation, workspace, found)
            confirm(invocation, "Apply it?")
        applied = carried_out(invocation, workspace, found, changes, terms(workspace.config.terms))
    show_run.show(out, applied)
    warn_of(applied.failed, out)
    out.document(documents.applied(applied))
    return 0 if show_run.clean(applied) else 1


def _tell_begun(out: Output, workspace: Workspace, plan: Plan) -> None:
    with workspace.database.read() as tx:
        told = run_list.listed(tx, plan=plan.header.id, most=1)
    for last in told:
        going = counted(plan.totals.going, "change")
        done = f"{last.counts.get(Outcome.CONFIRMED, 0)} of {going} confirmed"
        if last.run.ended_at is not None:
            out.line(f"run {last.run.id} has carried this plan out: {done}; nothing is sent twice")
        else:
            why = f" (it was stopped: {last.run.stopped})" if last.run.stopped else ""
            out.line(f"run {last.run.id} goes on{why}: {done} so far")


def confirm(invocation: Invocation, question: str) -> None:
    """Ask, and stop where the answer is no. Nobody there to ask is a wrong use of the command."""
    if not invocation.interactive:
        raise click.UsageError("nobody is there to confirm: review the plan and add --yes")
    click.confirm(question, abort=True)


def carried_out(
    invocation: Invocation,
    workspace: Workspace,
    plan: Plan,
    changes: Sequence[Change],
    terms: Terms,
) -> Applied:
    involved = sorted({change.cell.channel for change in changes if not change.blocked})

    async def work(session: Session, engine: Engine) -> Applied:
        return await apply_plan(session, plan.header.id, terms=terms, carry=carrier(engine))

    applied, _ = carried_on(invocation, workspace, work, involved)
    return applied
