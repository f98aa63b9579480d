"""`mercer sync`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from mercer.commands import documents, pull, show_plan, show_run
from mercer.commands.carrying import carried_on
from mercer.commands.failures import error_document, sentence
from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import channels_option, field_option
from mercer.commands.output import Output
from mercer.commands.plan_options import guard_options, request
from mercer.commands.workspace import opened, warn_of
from mercer.core.cell import Field
from mercer.core.errors import MercerError
from mercer.core.plan import Change
from mercer.core.review import Scale
from mercer.store import plans
from mercer.sync.approval import standing
from mercer.sync.cycle import Cycle, HandedOn, sync


@click.command(cls=Command, short_help="One whole cycle: pull, link, plan, apply, verify")
@channels_option
@field_option
@guard_options
@click.pass_obj
def command(
    invocation: Invocation,
    channels: tuple[str, ...],
    fields: tuple[Field, ...],
    allowed: tuple[str, ...],
    reason: str,
) -> int:
    """One whole cycle: pull, link, plan, apply what no guard blocks, verify. It does not ask.

    Of a plan that lacks approval only stock is applied.

    Exit 0 only if every change is confirmed, or was blocked in the plan already.
    """
    out = Output(invocation)
    wanted = request(channels, fields, allowed, reason)

    with opened(invocation) as workspace:
        cycle, unconnected = carried_on(
            invocation, workspace, lambda session, engine: sync(session, wanted, engine), channels
        )
        failed = unconnected | cycle.failed
        weights = Scale.of(cycle.plan.totals).weights
        with workspace.database.read() as tx:
            changes = list(plans.by_risk(tx, cycle.plan.header.id, weights))
            stands = standing(tx, workspace.session(), cycle.plan)
    _tell(out, cycle, changes)
    warn_of(failed, out)
    if cycle.held is not None:
        out.warn(f"held: {sentence(error_document(cycle.held))}")
    plan = documents.plan(cycle.plan, changes, stands)
    out.document(_document(cycle, plan, failed))
    return 0 if not (failed or cycle.held) and show_run.clean(cycle.applied) else 1


def _tell(out: Output, cycle: Cycle, changes: Sequence[Change]) -> None:
    pull.tell(out, cycle.listings, cycle.orders, cycle.cases)
    for name, linked in cycle.links.items():
        if linked.by_code or linked.by_barcode or linked.queued:
            newly = linked.by_code + linked.by_barcode
            out.line(f"{name}: {newly} newly linked, {linked.queued} left to link by hand")
    show_plan.show(out, cycle.plan, changes)
    if cycle.applied is not None:
        show_run.show(out, cycle.applied)
    _tell_handed(out, cycle)


def _document(
    cycle: Cycle, plan: dict[str, Any], failed: Mapping[str, MercerError]
) -> dict[str, Any]:
    return {
        "listings": {name: asdict(each) for name, each in cycle.listings.items()},
        "orders": {name: documents.taken(each) for name, each in cycle.orders.items()},
        "after_sales": {name: documents.taken(each) for name, each in cycle.cases.items()},
        "links": {name: asdict(each) for name, each in cycle.links.items()},
        "plan": plan,
        "apply": documents.applied(cycle.applied) if cycle.applied else None,
        "held": error_document(cycle.held) if cycle.held else None,
        "handed": [_handed(each) for each in cycle.handed],
        "failed": documents.failures(failed),
    }


def _tell_handed(out: Output, cycle: Cycle) -> None:
    for each in cycle.handed:
        if each.run is not None:
            out.line(f"{each.channel}: handed over of campaign {each.campaign}, by run {each.run}")
        if each.held is not None:
            out.warn(f"held: {sentence(error_document(each.held))}")


def _handed(found: HandedOn) -> dict[str, Any]:
    return {
        "channel": found.channel,
        "campaign": found.campaign,
        "run": found.run,
        "held": error_document(found.held) if found.held else None,
    }
