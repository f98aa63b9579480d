"""`mercer orders ship`: one parcel, or a file of many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from mercer.commands import documents, rows
from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import good_rows_option, one_channel_option
from mercer.commands.output import Output
from mercer.commands.workspace import online, opened, warn_of
from mercer.core.errors import InputError, MercerError
from mercer.files import read_shipments
from mercer.files.shipments import packed_lines, tracking_number
from mercer.sync.session import Session
from mercer.sync.shipping import Ending, Request, Shipped, found_order
from mercer.sync.shipping import ship as ship_all


@click.command(cls=Command, short_help="Tell the platform that an order has left")
@click.argument("order", required=False)
@click.option("--carrier", metavar="NAME", help="sf, yto, zto, ups, dhl, ..., or its own name.")
@click.option("--tracking", metavar="NUMBER", help="The carrier's number of the parcel.")
@click.option("--lines", metavar="SKU*N;...", help="Only these, where an order ships in parts.")
@one_channel_option
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    help="A CSV of many: order, carrier, tracking, and if need be lines and channel.",
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
            requests = _from_file(invocation, session, file, channel, good_rows)
        elif order and carrier and tracking:
            packed = packed_lines(lines or "")
            requests = [Request(order, carrier, tracking_number(tracking), packed, channel)]
        else:
            raise click.UsageError("name an ORDER with --carrier and --tracking, or --file")
        involved = {found_order(session, each.order, each.channel).channel for each in requests}

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


def _from_file(
    invocation: Invocation, session: Session, file: Path, channel: str | None, good_rows: bool
) -> list[Request]:
    found = read_shipments(file)
    faults = list(found.faults)
    good: list[Request] = []
    for row in found.rows:
        request = Request(
            row.order, row.carrier, row.tracking, row.lines, row.channel or channel or None
        )
        try:
            found_order(session, request.order, request.channel)
        except InputError as error:
            faults.append(rows.fault_of(file, row.line, "order", row.order, error))
        else:
            good.append(request)
    faults.sort(key=lambda fault: fault.line)
    rows.settle(invocation, file, faults, len(good), take=good_rows)
    return good


def _tell_shipped(out: Output, done: Sequence[Shipped]) -> None:
    rest = [each for each in done if each.ending is not Ending.SHIPPED]
    if rest:
        header = ("channel", "order", "tracking", "ended", "why")
        out.table(
            header,
            [
                (each.channel, each.number, each.tracking, each.ending.value, each.reason or None)
                for each in rest
            ],
        )
    said = [
        f"{number} {ending.value.replace('_', ' ')}"
        for ending in Ending
        if (number := sum(each.ending is ending for each in done))
    ]
    out.line(", ".join(said) or "nothing to ship")
