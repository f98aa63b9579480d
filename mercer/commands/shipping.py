"""`mercer orders ship`: one parcel, or a file of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from mercer.commands import documents, rows
from mercer.commands.file_options import good_rows_option, manner, manner_options
from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import one_channel_option
from mercer.commands.output import Output
from mercer.commands.show import MOST
from mercer.commands.workspace import online, opened, warn_of
from mercer.core.errors import InputError, MercerError
from mercer.files import ShipmentsFile, read_shipments
from mercer.files.shipments import packed_lines, tracking_number
from mercer.sync.order_view import found_order, found_orders
from mercer.sync.session import Session
from mercer.sync.shipping import Ending, Request, Shipped
from mercer.sync.shipping import ship as ship_all


@click.command(cls=Command, short_help="Tell the platform that an order has left")
@click.argument("order", required=False)
@click.option("--carrier", metavar="NAME", help="sf, yto, zto, ups, dhl, ..., or its own name.")
@click.option("--tracking", metavar="NUMBER", help="The carrier's number of the parcel.")
@click.option("--lines", metavar="SKU*N;...", help="Only these, where an order ships in parts.")
@one_channel_option
@manner_options
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    help="A CSV or XLSX of many: order, carrier, tracking, and if need be lines and channel.",
)
@good_rows_option
@click.pass_obj
def ship(
    invocation: Invocation,
    order: str | None,
    carrier: str | None,
    tracking: str | None,
    lines: str | None,
    channel: str | None,
    sheet: str | None,
    locale: str | None,
    file: Path | None,
    good_rows: bool,
) -> int:
    """Tell the platform that an ORDER has left, or many from a file. Never told twice."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        session = workspace.session()
        if file is not None:
            if order or carrier or tracking or lines:
                raise click.UsageError(
                    "name either an ORDER with --carrier and --tracking, or --file"
                )
            read = read_shipments(file, manner(sheet, locale))
            requests = _of_file(invocation, session, file, read, channel, good_rows)
        elif order and carrier and tracking:
            packed = packed_lines(lines or "")
            found = found_order(session, order, channel)
            number = tracking_number(tracking)
            requests = [Request(found.order, carrier, number, packed, found.channel)]
        else:
            raise click.UsageError("name an ORDER with --carrier and --tracking, or --file")
        involved = {each.channel for each in requests if each.channel}

        async def work(session: Session) -> tuple[list[Shipped], dict[str, MercerError]]:
            return await ship_all(session, requests)

        (done, stopped), _ = online(invocation, workspace, work, sorted(involved))
    _tell_shipped(out, done)
    warn_of(stopped, out)
    out.document(
        {
            "shipments": [asdict(each) for each in done],
            "failed": documents.failures(stopped),
        }
    )
    good = (Ending.SHIPPED, Ending.ALREADY, Ending.ACCEPTED)
    return 0 if not stopped and all(each.ending in good for each in done) else 1


def _of_file(
    invocation: Invocation,
    session: Session,
    file: Path,
    read: ShipmentsFile,
    channel: str | None,
    good_rows: bool,
) -> list[Request]:
    """`channel` is of the rows that name none."""
    wanted = [(row.order, row.channel or channel) for row in read.rows]
    faults = list(read.faults)
    good: list[Request] = []
    for row, found in zip(read.rows, found_orders(session, wanted), strict=True):
        if isinstance(found, InputError):
            of_channel = row.channel and row.channel not in session.channels
            place = ("channel", row.channel) if of_channel else ("order", row.order)
            faults.append(rows.fault_of(file, row.line, *place, found, read.sheet))
        else:
            good.append(Request(found.order, row.carrier, row.tracking, row.lines, found.channel))
    faults.sort(key=lambda fault: fault.line)
    rows.settle(invocation, file, faults, len(good), take=good_rows, done="sent")
    return good


def _tell_shipped(out: Output, done: Sequence[Shipped]) -> None:
    """How many ended how, and parcels that are not simply shipped, the worst first, with all of why."""
    endings = list(Ending)
    rest = [each for each in done if each.ending is not Ending.SHIPPED]
    rest.sort(key=lambda each: -endings.index(each.ending))
    for each in rest[:MOST]:
        why = f": {each.reason}" if each.reason else ""
        parcel = f"{each.channel} order {each.number}, parcel {each.tracking}"
        out.line(f"{parcel}: {_spoken(each.ending)}{why}")
    if len(rest) > MOST:
        out.line(f"... and {len(rest) - MOST} more: --json shows them all")
    counts = Counter(each.ending for each in done)
    said = [f"{counts[ending]} {_spoken(ending)}" for ending in endings if counts[ending]]
    out.line(", ".join(said) or "nothing to ship")
    if counts[Ending.ACCEPTED] or counts[Ending.IN_DOUBT]:
        out.line("next: mercer pull orders, which sees what became of them")


def _spoken(ending: Ending) -> str:
    words = {Ending.ALREADY: "shipped already", Ending.IN_DOUBT: "in doubt"}
    return words.get(ending, ending.value)
