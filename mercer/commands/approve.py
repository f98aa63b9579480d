"""`mercer approve PLAN`."""

from __future__ import annotations

from typing import Any

import click

from mercer.commands import documents, show_plan
from mercer.commands.invocation import Command, Invocation
from mercer.commands.named_plan import named
from mercer.commands.output import Output
from mercer.commands.plan_words import approval
from mercer.commands.workspace import opened
from mercer.store.plans import Plan
from mercer.sync.approval import Standing, standing
from mercer.sync.plan_approval import approve, withdraw


@click.command(cls=Command, short_help="Let a plan that needs it be applied, as a second person")
@click.argument("plan")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is kept with the approval.")
@click.option("--withdraw", "back", is_flag=True, help="Take back every approval of it.")
@click.pass_obj
def command(invocation: Invocation, plan: str, reason: str, back: bool) -> None:
    """Approve a PLAN: its id, or a file of it that is exactly what is stored.

    An approval is of the plan as it is, by its checksum, and ends with it.
    """
    out = Output(invocation)
    with opened(invocation) as workspace:
        session = workspace.session()
        with workspace.database.read() as tx:
            found = named(tx, plan)
        if back:
            withdraw(session, found.header.id, reason.strip())
        else:
            approve(session, found.header.id, reason.strip())
        with workspace.database.read() as tx:
            stands = standing(tx, session, found)
    out.line(f"plan {found.header.id}, checksum {found.checksum}")
    for line in approval(found, stands):
        out.line(line)
    show_plan.next_step(out, found, stands)
    out.document(_document(found, stands))


def _document(plan: Plan, stands: Standing) -> dict[str, Any]:
    return {
        "plan": plan.header.id,
        "checksum": plan.checksum,
        "approval": documents.approval(stands),
    }
