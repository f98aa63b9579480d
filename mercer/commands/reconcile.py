"""`mercer reconcile [--full]`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from mercer.commands import documents
from mercer.commands.conflict_documents import iso, moment
from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import FIELDS, channels_option, named_fields
from mercer.commands.output import Output
from mercer.commands.show import MOST, counted, shown
from mercer.commands.workspace import online, opened, warn_of
from mercer.core.cell import Field
from mercer.core.errors import MercerError
from mercer.core.standing import Standing
from mercer.store.comparing import Unexplained
from mercer.sync.reconcile import LISTING, ORDERS, SHARE, Report, Request, Row, reconcile
from mercer.sync.session import Session

WORDS = (*FIELDS, ORDERS)

ALWAYS = (Standing.IN_SYNC, Standing.OURS_MOVED, Standing.THEIRS_MOVED, Standing.BOTH_MOVED)
"""Columns that are there even if nothing is in them."""


def _fields(text: str) -> tuple[tuple[Field, ...], bool]:
    words = [word.strip() for word in text.split(",")]
    for word in words:
        if word not in WORDS:
            raise click.BadParameter(f"{word!r} is not one of {', '.join(WORDS)}")
    cells = [word for word in words if word != ORDERS]
    return named_fields(",".join(cells)) if cells else (), ORDERS in words


@click.command(
    cls=Command,
    short_help="Compare each channel's truth with what it should show; nothing is written",
)
@channels_option
@click.option("--full", is_flag=True, help="Read whole shops, and the orders of 30 days.")
@click.option(
    "--share",
    type=click.IntRange(1, 100),
    metavar="PERCENT",
    help=f"How much of a shop to read in a day, what was read longest ago first; {SHARE} unless told.",
)
@click.option(
    "--field",
    "fields",
    type=_fields,
    metavar="WORDS",
    default=",".join(WORDS),
    help=f"Only these, with commas between: {','.join(WORDS)}.",
)
@click.pass_obj
def command(
    invocation: Invocation,
    channels: tuple[str, ...],
    full: bool,
    share: int | None,
    fields: tuple[tuple[Field, ...], bool],
) -> int:
    """Compare what each channel really shows with what was agreed on and what it should show.

    Nothing is written to a channel. Exit 0 only if all is in sync; 1 where something is not, or where
    a channel could not be read.
    """
    if full and share is not None:
        raise click.UsageError("--full reads everything: leave out --share")
    out = Output(invocation)
    most = None if invocation.json else MOST
    request = Request(channels, *fields, full, share or SHARE, most)

    async def work(session: Session) -> tuple[dict[str, Report], dict[str, MercerError]]:
        return await reconcile(session, request)

    with opened(invocation) as workspace:
        (found, stopped), failed = online(invocation, workspace, work, channels)
    failed = failed | stopped
    reports = [found[name] for name in sorted(found)]
    _tell(out, reports)
    warn_of(failed, out)
    out.document(
        {
            "in_sync": not failed and all(each.in_sync for each in reports),
            "channels": [_report(each) for each in reports],
            "rows": [_row(row) for each in reports for row in each.rows],
            "findings": [_finding(each) for report in reports for each in report.findings],
            "failed": documents.failures(failed),
        }
    )
    return 0 if not failed and all(each.in_sync for each in reports) else 1


def _tell(out: Output, reports: Sequence[Report]) -> None:
    for each in reports:
        out.line(_read(each))
    there = [
        standing
        for standing in Standing
        if standing in ALWAYS
        or any(counter[standing] for each in reports for counter in each.counts.values())
    ]
    rows = [
        (each.channel, name, *(counter[standing] for standing in there))
        for each in reports
        for name, counter in _in_order(each.counts)
    ]
    if rows:
        out.table(("channel", "field", *(standing.value for standing in there)), rows)
    _tell_rows(out, reports)
    opened_, settled = sum(each.open for each in reports), sum(each.settled for each in reports)
    out.line(f"\n{opened_} not in sync, {settled} settled since the last time")
    if any(row.state in ("drift", "conflict", "unagreed") for each in reports for row in each.rows):
        out.line("next: mercer conflicts list")
    elif opened_:
        out.line("next: mercer plan")


def _read(each: Report) -> str:
    if each.whole:
        return f"{each.channel}: the whole shop read"
    read = f"{each.read} of {counted(each.due, 'listing')} due read" if each.due else "nothing due"
    held = f"; the quota of {each.held_by} is used up" if each.held_by else ""
    return f"{each.channel}: {read}{held}; the whole shop last {moment(each.enumerated_at)}"


def _in_order(counts: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    order = [*(field.value for field in Field), LISTING, ORDERS]
    return sorted(counts.items(), key=lambda item: order.index(item[0]))


def _tell_rows(out: Output, reports: Sequence[Report]) -> None:
    rows = [row for each in reports for row in each.rows]
    if not rows:
        return
    out.line("")
    header = ("channel", "sku", "field", "stands", "agreed", "ours", "theirs", "then")
    out.table(header, [_cells(row) for row in rows[:MOST]])
    total = sum(each.open + each.settled for each in reports)
    if total > MOST:
        out.line(f"... {MOST} of {total} are shown: --json has them all")


def _cells(row: Row) -> tuple[object, ...]:
    id = f"c{row.id} " if row.id is not None and row.state in ("drift", "conflict") else ""
    odd = f" ({row.unexplained:+} unexplained)" if row.unexplained else ""
    sides = (row.agreed, row.ours, row.theirs)
    if row.field in (ORDERS, LISTING):
        told: tuple[object, ...] = sides
    else:
        told = tuple(shown(side) for side in sides)
    then = row.settled or f"{id}{row.state}{odd}"
    return (row.channel, row.sku, row.field, row.standing.value, *told, then or None)


def _report(each: Report) -> dict[str, Any]:
    return {
        "channel": each.channel,
        "read": each.read,
        "due": each.due,
        "whole": each.whole,
        "held_by": each.held_by or None,
        "enumerated_at": iso(each.enumerated_at),
        "since": iso(each.since),
        "orders_since": iso(each.orders_since),
        "open": each.open,
        "settled": each.settled,
        "fields": {
            name: {standing.name.lower(): counter[standing] for standing in Standing}
            for name, counter in _in_order(each.counts)
        },
    }


def _row(row: Row) -> dict[str, Any]:
    """Of orders and whole pages, the sides are words; of cells, values as everywhere."""
    words = row.field in (ORDERS, LISTING)
    sides = {"agreed": row.agreed, "ours": row.ours, "theirs": row.theirs}
    return {
        "id": f"c{row.id}" if row.id is not None else None,
        "channel": row.channel,
        "listing": row.key.listing if row.key else None,
        "offer": row.key.offer if row.key else None,
        "scope": row.key.scope if row.key else None,
        "sku": row.sku,
        "field": row.field,
        "stands": row.standing.name.lower(),
        **{
            name: text if words else documents.value(Field(row.field), text)
            for name, text in sides.items()
        },
        "state": row.state or None,
        "settled": row.settled or None,
        "unexplained": row.unexplained,
    }


def _finding(each: Unexplained) -> dict[str, Any]:
    return {
        "channel": each.channel,
        "listing": each.listing,
        "offer": each.offer,
        "scope": each.scope,
        "sku": each.sku,
        "expected": each.expected,
        "observed": each.observed,
        "at": each.at.isoformat(),
    }
