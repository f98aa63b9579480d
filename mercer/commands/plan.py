"""`mercer plan` and `mercer plan show`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mercer.commands import documents, show
from mercer.commands.invocation import Group, Invocation
from mercer.commands.options import channels_option, field_option, guard_options, request
from mercer.commands.output import Output
from mercer.commands.workspace import online, opened, warn_of
from mercer.core.cell import Field
from mercer.core.errors import InputError
from mercer.store import plans
from mercer.store.plans import Plan
from mercer.sync.apply import load_plan
from mercer.sync.planning import make_plan
from mercer.sync.session import Session
from mercer.wiring import Workspace

CHANGES, BLOCKED = 10, 20
"""What `--exit-code` says."""


@click.group(
    cls=Group,
    invoke_without_command=True,
    short_help="Show what would be changed on the channels, and keep it as a plan",
)
@channels_option
@field_option
@guard_options
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Keep it as JSON too.")
@click.option(
    "--exit-code", is_flag=True, help=f"Exit {CHANGES} for changes, {BLOCKED} for blocked ones."
)
@click.pass_context
def command(
    context: click.Context,
    channels: tuple[str, ...],
    fields: tuple[Field, ...],
    allowed: tuple[str, ...],
    reason: str,
    out: Path | None,
    exit_code: bool,
) -> int:
    """Show what would be changed on the channels, and keep it as a plan. Nothing is sent."""
    if context.invoked_subcommand is not None:
        return 0
    invocation = context.find_object(Invocation)
    assert invocation is not None
    wanted = request(channels, fields, allowed, reason)

    async def work(session: Session) -> Plan:
        return make_plan(session, wanted)

    with opened(invocation) as workspace:
        made, failed = online(invocation, workspace, work, channels)
        tell(invocation, workspace, made)
        if out is not None:
            _keep(workspace, made, out)
    shown = Output(invocation)
    show.next_step(shown, made)
    warn_of(failed, shown)
    if failed:
        return 1
    if exit_code and made.totals.blocked:
        return BLOCKED
    return CHANGES if exit_code and made.totals.changes else 0


@command.command(name="show")
@click.argument("id", required=False)
@click.pass_obj
def show_(invocation: Invocation, id: str | None) -> None:
    """A stored plan by its ID, or the last one made."""
    with opened(invocation) as workspace:
        with workspace.database.read() as tx:
            wanted = id or plans.latest(tx)
            found = plans.find(tx, wanted) if wanted else None
        if found is None:
            what = f"no plan {id!r}" if id else "no plan yet"
            raise InputError(f"there is {what}", hint="make one: mercer plan")
        tell(invocation, workspace, found)


def tell(invocation: Invocation, workspace: Workspace, plan: Plan) -> None:
    out = Output(invocation)
    with workspace.database.read() as tx:
        if invocation.json:
            out.document(documents.plan(plan, plans.changes_of(tx, plan.header.id)))
        else:
            show.plan(out, plan, plans.first_changes_of(tx, plan.header.id, show.MOST))


def _keep(workspace: Workspace, plan: Plan, file: Path) -> None:
    _, changes = load_plan(workspace.session(), plan.header.id)
    document = documents.plan(plan, changes)
    try:
        file.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise InputError(
            f"{file} cannot be written: {error.strerror}", hint="choose another place"
        ) from None
