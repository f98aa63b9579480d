"""`mercer plan` and `mercer plan show`."""

from __future__ import annotations

from pathlib import Path

import click

from mercer.commands import documents, show_plan
from mercer.commands.invocation import Group, Invocation
from mercer.commands.named_plan import last_or
from mercer.commands.options import channels_option, field_option
from mercer.commands.output import Output
from mercer.commands.plan_export import export
from mercer.commands.plan_options import guard_options, request
from mercer.commands.plan_shapes import shape_of
from mercer.commands.show import MOST
from mercer.commands.workspace import online, opened, warn_of
from mercer.core.cell import Field
from mercer.core.review import Scale
from mercer.store import plans
from mercer.store.plans import Plan
from mercer.sync.approval import Standing, standing
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
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write it down too, as `mercer plan export` does.",
)
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
    shape = shape_of(out) if out else None

    async def work(session: Session) -> Plan:
        return make_plan(session, wanted)

    with opened(invocation) as workspace:
        made, failed = online(invocation, workspace, work, channels)
        stands = tell(invocation, workspace, made)
        if out is not None and shape is not None:
            from mercer.commands import plan_files  # all of `files`

            with workspace.database.read() as tx:
                plan_files.write(tx, workspace.session(), made, out, shape)
    shown = Output(invocation)
    show_plan.next_step(shown, made, stands)
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
            found = last_or(tx, id)
        tell(invocation, workspace, found)


def tell(invocation: Invocation, workspace: Workspace, plan: Plan) -> Standing:
    """Show a stored plan, the most money at risk first; return how it stands."""
    out = Output(invocation)
    weights = Scale.of(plan.totals).weights
    with workspace.database.read() as tx:
        stands = standing(tx, workspace.session(), plan)
        most = None if invocation.json else MOST
        changes = plans.by_risk(tx, plan.header.id, weights, most)
        if invocation.json:
            out.document(documents.plan(plan, changes, stands))
        else:
            show_plan.show(out, plan, changes, stands)
    return stands


command.add_command(export)
