"""`mercer orders list|show|held|release|cancel|ship|aside|retry`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta

import click

from mercer.commands import order_documents
from mercer.commands.invocation import Group, Invocation
from mercer.commands.options import channels_option, one_channel_option
from mercer.commands.order_documents import minute
from mercer.commands.output import Output
from mercer.commands.set_aside import aside, retry
from mercer.commands.shipping import ship
from mercer.commands.show import MOST, counted, shown
from mercer.commands.workspace import online, opened
from mercer.core.order import OrderStatus
from mercer.store import holds, order_search
from mercer.store.order_search import OrderRow
from mercer.sync import deciding
from mercer.sync.order_view import found_order, view_of
from mercer.sync.session import Session

STATUSES = {status.value.replace("_", "-"): status for status in OrderStatus}


@click.group(cls=Group, short_help="See orders, ship them, hold, release and cancel them")
def command() -> None:
    """See orders, ship them, hold, release and cancel them."""


command.add_command(ship)
command.add_command(aside)
command.add_command(retry)


@command.command(name="list")
@channels_option
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice(list(STATUSES)),
    help="Only orders in this status; repeatable.",
)
@click.option("--days", type=click.IntRange(min=1), metavar="N", help="Placed in the last N days.")
@click.option("--most", type=click.IntRange(min=1), default=MOST, show_default=True, metavar="N")
@click.pass_obj
def list_(
    invocation: Invocation,
    channels: tuple[str, ...],
    statuses: tuple[str, ...],
    days: int | None,
    most: int,
) -> None:
    """Orders as they were last taken in, the newest first."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        for name in channels:
            workspace.config.channel(name)
        since = workspace.clock.now() - timedelta(days=days) if days else None
        with workspace.database.read() as tx:
            wanted = [STATUSES[each] for each in statuses]
            found = list(order_search.listed(tx, channels, wanted, since=since, most=most + 1))
    _table(out, found[:most])
    if len(found) > most:
        out.line(f"... and more: --most {most * 2}")
    out.document({"orders": [order_documents.order(each) for each in found[:most]]})


@command.command()
@click.argument("order")
@one_channel_option
@click.pass_obj
def show(invocation: Invocation, order: str, channel: str | None) -> None:
    """One order by its id or number: lines, amounts, parcels, stock, holds, after-sales."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        session = workspace.session()
        view = view_of(session, found_order(session, order, channel))
    order_documents.tell(out, view)
    out.document(order_documents.view(view))


@command.command()
@channels_option
@click.pass_obj
def held(invocation: Invocation, channels: tuple[str, ...]) -> None:
    """Orders that a check has stopped; they keep their stock until a person decides."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        for name in channels:
            workspace.config.channel(name)
        with workspace.database.read() as tx:
            found = holds.open_holds(tx, channels)
            rows = order_search.listed(tx, channels, only_held=True)
            numbers = {(row.channel, row.order): row.number for row in rows}
    if found:
        header = ("channel", "order", "check", "reason", "held since (UTC)")
        out.table(
            header,
            [
                (
                    each.channel,
                    numbers[each.channel, each.order],
                    each.check,
                    each.reason,
                    minute(each.held_at),
                )
                for each in found
            ],
        )
        out.line("next: mercer orders release ORDER, or mercer orders cancel ORDER --reason ...")
    out.line(f"{counted(len(numbers), 'order')} held")
    held = [
        {**order_documents.hold(each), "number": numbers[each.channel, each.order]}
        for each in found
    ]
    out.document({"held": held})


@command.command()
@click.argument("order")
@one_channel_option
@click.option("--note", default="", metavar="TEXT", help="Kept with the hold.")
@click.pass_obj
def release(invocation: Invocation, order: str, channel: str | None, note: str) -> None:
    """Let a held order be shipped."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        session = workspace.session()
        found = found_order(session, order, channel)
        ended = deciding.release(session, found.channel, found.order, note)
    out.line(f"order {found.number} on {found.channel} is released")
    out.document(asdict(ended))


@command.command()
@click.argument("order")
@one_channel_option
@click.option("--reason", required=True, metavar="TEXT", help="Told to the platform.")
@click.pass_obj
def cancel(invocation: Invocation, order: str, channel: str | None, reason: str) -> None:
    """Have the platform cancel an order that has not shipped."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        found = found_order(workspace.session(), order, channel)

        async def work(session: Session) -> deciding.Ended:
            return await deciding.cancel(session, found.channel, found.order, reason)

        ended, _ = online(invocation, workspace, work, [found.channel])
    if ended.status is OrderStatus.CANCELLED:
        out.line(f"order {found.number} on {found.channel} is cancelled, its stock is free")
    else:
        out.line(f"{found.channel} takes the cancellation of order {found.number}")
        out.line("its stock is free once the platform says so: mercer pull orders")
    out.document(asdict(ended))


def _table(out: Output, found: Sequence[OrderRow]) -> None:
    if not found:
        out.line("no orders; read them: mercer pull orders")
        return
    header = ("channel", "order", "status", "placed (UTC)", "ship by (UTC)", "grand total")
    out.table(header, list(_rows(found)))


def _rows(found: Sequence[OrderRow]) -> Iterator[tuple[object, ...]]:
    for each in found:
        held = " (held)" if each.held else ""
        yield (
            each.channel,
            each.number,
            f"{each.status.value.replace('_', ' ')}{held}",
            minute(each.created_at),
            minute(each.ship_by) if each.ship_by else None,
            shown(each.totals.get("grand")),
        )
