"""`mercer campaign create` and `template`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from io import StringIO
from pathlib import Path
from typing import Any

import click

from mercer.commands import campaign_documents as documents
from mercer.commands import campaign_shown as shown
from mercer.commands import rows
from mercer.commands.apply import confirm
from mercer.commands.file_options import manner, manner_options
from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import currency_option, wall_time, yes_option, zone_name
from mercer.commands.output import Output
from mercer.commands.plan_options import guard_options, request
from mercer.commands.price_template import sold
from mercer.commands.show import counted
from mercer.commands.workspace import online, opened, warn_of
from mercer.core.campaign import NAME, Campaign, Tolerance
from mercer.core.errors import InputError
from mercer.files import Format, Language, format_of, read_campaign, write_campaign_template
from mercer.sync import handing
from mercer.sync.campaign_approval import Needs, needs
from mercer.sync.campaigns import Prepared, Wish, prepare
from mercer.sync.campaigns import create as make
from mercer.sync.session import Session
from mercer.wiring import Workspace

_LATE = "0s..+30m"


@dataclass(frozen=True, slots=True)
class Edges:
    """`start` and `end` as clocks show them in `zone`, or in that of each channel where it is empty."""

    start: datetime
    end: datetime
    start_tolerance: Tolerance
    end_tolerance: Tolerance
    zone: str


def edge_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """They reach the command as `edges`."""

    @wraps(command)
    def gathering(
        *args: Any,
        start: datetime,
        end: datetime,
        start_tolerance: Tolerance,
        end_tolerance: Tolerance,
        zone: str | None,
        **rest: Any,
    ) -> Any:
        edges = Edges(start, end, start_tolerance, end_tolerance, zone or "")
        return command(*args, edges=edges, **rest)

    options = [
        click.option(
            "--start", type=wall_time, required=True, metavar="TIME", help="Prices begin."
        ),
        click.option("--end", type=wall_time, required=True, metavar="TIME", help="They end."),
        click.option(
            "--zone", type=zone_name, metavar="NAME", help="Of both times, on every channel."
        ),
        _tolerance_option("start", "How early and how late prices may begin to show: -10m..+0m."),
        _tolerance_option("end", "The same, of going back."),
    ]
    for option in reversed(options):
        gathering = option(gathering)
    return gathering


def _tolerance_option(edge: str, help: str) -> Callable[..., Any]:
    return click.option(
        f"--{edge}-tolerance",
        type=tolerance,
        default=_LATE,
        show_default=True,
        metavar="EARLY..LATE",
        help=help,
    )


def tolerance(text: str) -> Tolerance:
    try:
        return Tolerance.parse(text)
    except InputError as error:
        raise click.BadParameter(f"{error.message}; {error.hint}") from None


def campaign_name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise click.BadParameter(f"{text!r}: letters, digits, '_', '.' and '-', 1 to 40 of them")
    return text


@click.command(cls=Command, short_help="Make a campaign of a file of prices")
@click.argument("name", type=campaign_name)
@click.argument("file", type=click.Path(path_type=Path))
@edge_options
@currency_option("Of the rows that name none.")
@manner_options
@guard_options
@click.option("--dry-run", is_flag=True, help="Show both edges; keep nothing.")
@yes_option
@click.pass_obj
def create(
    invocation: Invocation,
    name: str,
    file: Path,
    edges: Edges,
    currency: str | None,
    sheet: str | None,
    locale: str | None,
    allowed: tuple[str, ...],
    reason: str,
    dry_run: bool,
    yes: bool,
) -> None:
    """Make a campaign of a FILE of sku, price, currency, channel and compare_at.

    A TIME such as "2026-12-11 00:00" is the clock of each channel's own zone, so shops of different
    zones begin at different moments. With an offset, or with --zone, it is one moment for all. What is
    sent at an edge is shown first, with what guards stop of it; let that pass with --allow and --reason.
    """
    out = Output(invocation)
    if not (yes or dry_run or invocation.interactive):
        raise click.UsageError("nobody is there to confirm: try --dry-run, then add --yes")
    passed = request((), (), allowed, reason)
    found = read_campaign(file, currency, manner(sheet, locale))
    with opened(invocation) as workspace:
        faults, entries = rows.campaign_rows(workspace, file, found)
        rows.refuse(invocation, file, faults, done="created")
        rows.tell_notes(out, found.notes)
        wish = Wish(
            name,
            edges.start,
            edges.end,
            edges.start_tolerance,
            edges.end_tolerance,
            tuple(entries),
            edges.zone,
            allowed,
            passed.reason,
        )
        prepared, why = _shown(invocation, workspace, wish)
        if not (yes or dry_run):
            confirm(invocation, "Create it?")
        made = None if dry_run else make(workspace.session(), prepared)
        handed = _handed(workspace, made) if made else ()
    _tell(out, prepared, why, made, handed)


def _shown(invocation: Invocation, workspace: Workspace, wish: Wish) -> tuple[Prepared, Needs]:
    """With what both edges would change, and why that needs approval, told."""
    out = Output(invocation)

    async def work(session: Session) -> Prepared:
        return prepare(session, wish)

    prepared, failed = online(invocation, workspace, work)
    warn_of(failed, out)
    shown.changes(out, prepared.edges)
    out.line()
    shown.edges(out, prepared.campaign, prepared.edges, workspace.session().channels)
    shown.notes(out, prepared.edges, prepared.overlaps)
    why = needs(workspace.session(), prepared.edges)
    shown.needs(out, why)
    return prepared, why


def _handed(workspace: Workspace, made: Campaign) -> list[str]:
    """The channels whose platform is to be handed prices of it beforehand."""
    with workspace.database.read() as tx:
        due = handing.due(tx, workspace.clock.now())
    return [channel for channel, name, *_ in due if name == made.name]


def _tell(
    out: Output, prepared: Prepared, why: Needs, made: Campaign | None, handed: Sequence[str]
) -> None:
    if made is None:
        out.line("dry run: nothing was kept")
    else:
        skus = len({entry.sku for entry in prepared.entries})
        out.line(
            f"campaign {made.name} is planned: {counted(skus, 'SKU')} on {', '.join(made.channels)}; "
            f"the price book is at version {made.price_book}"
        )
        out.line("at each edge a worker pushes it: mercer run; without one run then: mercer sync")
        if handed:
            out.line(f"before, it is handed to {', '.join(handed)} in the same way")
        if why:
            out.line(shown.next_step(made))
    out.document(
        {
            "created": made is not None,
            **documents.campaign(made or prepared.campaign),
            "plans": documents.plans(prepared.campaign, prepared.edges, why),
            "overlaps": [documents.overlap(each) for each in prepared.overlaps],
            "faults": [],
        }
    )


@click.command(cls=Command, short_help="Write a campaign file to fill in")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--channel", metavar="NAME", help="With the SKUs that this channel sells.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", help="Of headers and notes.")
@click.pass_obj
def template(
    invocation: Invocation, file: Path | None, channel: str | None, lang: Language
) -> None:
    """Write a file to fill in and give to: mercer campaign create NAME FILE.

    A FILE that ends in .xlsx becomes an Excel workbook with notes, any other CSV; without one it goes
    to standard output.
    """
    shape: Format = format_of(file) if file else "csv"
    if shape == "json":
        raise click.UsageError("a template is CSV or XLSX")
    target = file or StringIO(newline="")
    with opened(invocation) as workspace, workspace.database.read() as tx:
        if channel:
            workspace.config.channel(channel)
        unpriced = sold(tx, channel) if channel else []
    write_campaign_template(target, shape, lang, unpriced)
    text = target.getvalue() if isinstance(target, StringIO) else None
    out = Output(invocation)
    if file:
        said = f"wrote {file} with {counted(len(unpriced), 'row')}"
        out.line(f"{said}; next: mercer campaign create NAME {file} --start --end")
    elif not invocation.json:
        sys.stdout.write(text or "")
    out.document({"file": str(file) if file else None, "rows": len(unpriced), "text": text})
