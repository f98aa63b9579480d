"""`mercer apply ID|FILE`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from mercer.commands import documents, show
from mercer.commands.carrying import carried_on
from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import OwnTerms, terms_options, yes_option
from mercer.commands.output import Output
from mercer.commands.show import counted
from mercer.commands.workspace import opened, warn_of
from mercer.core.errors import InputError, RefusedError
from mercer.core.outcome import Outcome
from mercer.core.plan import Change
from mercer.core.terms import Terms
from mercer.store import run_list
from mercer.store.plans import Plan
from mercer.sync.apply import Applied, apply_plan, load_plan
from mercer.sync.cycle import carrier
from mercer.sync.engine.protocol import Engine
from mercer.sync.session import Session
from mercer.wiring import Workspace

LARGEST_FILE = 256 * 1024 * 1024
"""Bytes."""


@click.command(cls=Command, short_help="Carry a plan out")
@click.argument("plan")
@terms_options
@yes_option
@click.pass_obj
def command(invocation: Invocation, plan: str, terms: OwnTerms, yes: bool) -> int:
    """Carry out a PLAN: its id, or the file that `mercer plan --out` kept.

    One that was stopped or killed is gone on with: nothing is sent twice. Ctrl-C stops it between two
    batches. Exit 0 only if every change is confirmed, or was blocked in the plan already.
    """
    out = Output(invocation)
    with opened(invocation) as workspace:
        found, changes = _reviewed(workspace, plan)
        _tell_begun(out, workspace, found)
        if found.totals.changes > found.totals.blocked and not yes:
            show.plan(out, found, changes)
            confirm(invocation, "Apply it?")
        applied = carried_out(invocation, workspace, found, changes, terms(workspace.config.terms))
    show.run(out, applied)
    warn_of(applied.failed, out)
    out.document(documents.applied(applied))
    return 0 if show.clean(applied) else 1


def _tell_begun(out: Output, workspace: Workspace, plan: Plan) -> None:
    with workspace.database.read() as tx:
        told = run_list.listed(tx, plan=plan.header.id, most=1)
    for last in told:
        going = plan.totals.changes - plan.totals.blocked
        done = f"{last.counts.get(Outcome.CONFIRMED, 0)} of {counted(going, 'change')} confirmed"
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


def _reviewed(workspace: Workspace, named: str) -> tuple[Plan, list[Change]]:
    """The stored plan; a file of it must say exactly what is stored."""
    file = Path(named)
    if not file.is_file():
        return load_plan(workspace.session(), named)
    said = _read(file)
    plan, changes = load_plan(workspace.session(), str(said.get("id")))
    stored = documents.plan(plan, changes)
    if any(said.get(key) != stored[key] for key in ("checksum", "changes", "allowed")):
        raise RefusedError(
            f"{file} is not plan {plan.header.id} as it was made: it was changed, or is of another "
            "workspace",
            hint="plans are not edited; make a new one: mercer plan",
        )
    return plan, changes


def _read(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise InputError(f"{file} is larger than any plan", hint="is it the right file?")
        said = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}", hint="check it") from None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or "id" not in said:
        raise InputError(f"{file} is no plan", hint="make one: mercer plan --out FILE")
    return said
