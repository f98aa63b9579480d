"""`mercer runs list|show`."""

from __future__ import annotations

import click

from mercer.commands import documents, run_documents, show_run
from mercer.commands.invocation import Group, Invocation
from mercer.commands.output import Output
from mercer.commands.workspace import opened
from mercer.core.errors import InputError
from mercer.core.outcome import Outcome
from mercer.store import plans, run_list
from mercer.store.run_list import Listed
from mercer.sync.apply import applied

MOST = 30
"""Runs that are listed without --all."""


@click.group(cls=Group, short_help="What plans were carried out, and how that went")
def command() -> None:
    """What plans were carried out, and how that went."""


@command.command(name="list")
@click.option("--plan", metavar="ID", help="Only runs of this plan.")
@click.option("--all", "every", is_flag=True, help=f"Not only the newest {MOST}.")
@click.pass_obj
def list_(invocation: Invocation, plan: str | None, every: bool) -> None:
    """The newest runs first."""
    out = Output(invocation)
    with opened(invocation) as workspace, workspace.database.read() as tx:
        found = run_list.listed(tx, plan=plan, most=None if every else MOST)
    if found:
        header = ("run", "plan", "began", "who", "state", "changes")
        out.table(header, [_row(each) for each in found])
    else:
        out.line("no runs yet: mercer apply PLAN")
    out.document({"runs": [run_documents.run(each) for each in found]})


@command.command(name="show")
@click.argument("run")
@click.pass_obj
def show_(invocation: Invocation, run: str) -> None:
    """How each change of a RUN ended."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        with workspace.database.read() as tx:
            found = run_list.find(tx, run)
            if found is None:
                raise InputError(f"there is no run {run!r}", hint="see them: mercer runs list")
            changes = list(plans.changes_of(tx, found.run.plan))
        told = applied(workspace.session(), found.run, changes, {})
    out.line(f"began {found.run.began_at:%Y-%m-%d %H:%M:%S} UTC by {found.who}; {found.state}")
    show_run.items(out, told.items)
    show_run.ending(out, told)
    out.document({**run_documents.run(found), "items": documents.applied(told)["items"]})


def _row(found: Listed) -> tuple[object, ...]:
    counts = {**found.counts, Outcome.OPEN: found.open}
    said = ", ".join(f"{counts[each]} {each.value}" for each in Outcome if counts.get(each))
    began = f"{found.run.began_at:%Y-%m-%d %H:%M}"
    return found.run.id, found.run.plan, began, found.who, found.state, said
