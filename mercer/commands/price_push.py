"""`mercer price push`: a file of prices, imported, shown, confirmed and applied in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from mercer.commands import documents, rows, show_plan, show_run
from mercer.commands.apply import carried_out, confirm
from mercer.commands.file_options import good_rows_option, manner, manner_options
from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import (
    FIELDS,
    OwnTerms,
    channels_option,
    currency_option,
    terms_options,
    yes_option,
)
from mercer.commands.output import Output
from mercer.commands.plan_options import guard_options, request
from mercer.commands.workspace import online, opened, warn_of
from mercer.core.errors import RefusedError
from mercer.core.plan import Change
from mercer.core.price import PriceEntry
from mercer.core.review import Scale, by_risk
from mercer.files import Fault, read_prices
from mercer.store.plans import Plan
from mercer.sync.apply import Applied, load_plan
from mercer.sync.approval import Standing, approval_hint, standing
from mercer.sync.catalogue import set_prices
from mercer.sync.planning import Request, make_plan
from mercer.sync.session import Session
from mercer.wiring import Workspace

Planned = tuple[Plan, list[Change], Standing]


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@currency_option("Of the rows that name none.")
@manner_options
@channels_option
@guard_options
@good_rows_option
@terms_options
@click.option("--dry-run", is_flag=True, help="Show the plan; keep and send nothing.")
@yes_option
@click.pass_obj
def push(
    invocation: Invocation,
    file: Path,
    currency: str | None,
    sheet: str | None,
    locale: str | None,
    channels: tuple[str, ...],
    allowed: tuple[str, ...],
    reason: str,
    good_rows: bool,
    terms: OwnTerms,
    dry_run: bool,
    yes: bool,
) -> int:
    """Import a file of prices, show what it changes, and once confirmed apply and verify it."""
    out = Output(invocation)
    if not (yes or dry_run or invocation.interactive):
        raise click.UsageError("nobody is there to confirm: try --dry-run, then add --yes")
    found = read_prices(file, currency, manner(sheet, locale))
    with opened(invocation) as workspace:
        faults, entries = rows.price_rows(workspace, file, found)
        rows.settle(invocation, file, faults, len(entries), take=good_rows)
        rows.tell_notes(out, found.notes)
        skus = frozenset(entry.sku for entry in entries)
        wanted = request(channels, FIELDS["price"], allowed, reason, skus)

        rehearsed = _planned(invocation, workspace, entries, wanted, keep=False)
        show_plan.show(out, *rehearsed, all_of_it="--dry-run --json shows all of it")
        if dry_run:
            out.line("dry run: nothing was kept and nothing was sent")
            out.document(_document(0, faults, rehearsed, None))
            return 0
        if not yes:
            confirm(invocation, "Set these prices and push them?")
        planned = _planned(invocation, workspace, entries, wanted, keep=True)
        _refuse_if_moved(rehearsed, planned)
        plan, changes, stands = planned
        _refuse_if_unapproved(plan, stands)
        own = terms(workspace.config.terms)
        applied = carried_out(invocation, workspace, plan, changes, own)
    show_run.show(out, applied)
    warn_of(applied.failed, out)
    out.document(_document(len(entries), faults, planned, applied))
    return 0 if show_run.clean(applied) else 1


def _planned(
    invocation: Invocation,
    workspace: Workspace,
    entries: Sequence[PriceEntry],
    wanted: Request,
    *,
    keep: bool,
) -> Planned:
    """Set the prices and plan their changes; without `keep` only to see what would come of it."""

    def made(session: Session) -> Planned:
        set_prices(session, entries)
        plan, changes = load_plan(session, make_plan(session, wanted).header.id)
        with session.database.read() as tx:
            stands = standing(tx, session, plan)
        return plan, by_risk(changes, Scale.of(plan.totals).weights), stands

    async def work(session: Session) -> Planned:
        if keep:
            return made(session)
        with session.database.rehearsal() as database:
            return made(replace(session, database=database))

    planned, failed = online(invocation, workspace, work, wanted.channels)
    warn_of(failed, Output(invocation))
    return planned


def _refuse_if_moved(rehearsed: Planned, planned: Planned) -> None:
    """What was confirmed is what is done: time has passed while a person was reading."""
    before, after = (
        [(change.cell, change.before, change.after, change.guard) for change in changes]
        for _, changes, _ in (rehearsed, planned)
    )
    if before != after:
        id = planned[0].header.id
        raise RefusedError(
            "the prices are set, but since they were shown a shop or the catalogue has moved; "
            "nothing was sent",
            hint=f"look again and apply: mercer plan show {id}, mercer apply {id}",
        )


def _refuse_if_unapproved(plan: Plan, stands: Standing) -> None:
    if stands.lacks:
        raise RefusedError(
            f"the prices are set and nothing was sent: {stands.lacks}",
            hint=approval_hint(plan.header.id),
        )


def _document(
    imported: int, faults: Sequence[Fault], planned: Planned, applied: Applied | None
) -> dict[str, Any]:
    return {
        "imported": imported,
        "faults": [documents.fault(each) for each in faults],
        "plan": documents.plan(*planned),
        "apply": documents.applied(applied) if applied else None,
    }
