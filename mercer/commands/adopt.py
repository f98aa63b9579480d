"""`mercer adopt CHANNEL [--ours|--theirs]`."""

from __future__ import annotations

from itertools import islice

import click

from mercer.commands import documents
from mercer.commands.invocation import Command, Invocation
from mercer.commands.output import Output
from mercer.commands.show import MOST, counted, shown
from mercer.commands.workspace import online, opened
from mercer.core.cellstate import Cell
from mercer.core.merge import State
from mercer.store import cells, offers
from mercer.sync.adopt import Adopted, adopt_ours, adopt_theirs
from mercer.sync.session import Session
from mercer.wiring import Workspace


@click.command(
    cls=Command, short_help="Settle what a channel and the catalogue have not agreed on yet"
)
@click.argument("channel")
@click.option("--ours", "side", flag_value="ours", help="The catalogue's values hold.")
@click.option(
    "--theirs",
    "side",
    flag_value="theirs",
    help="The shop's values hold, on this channel; its unknown listings become products.",
)
@click.pass_obj
def command(invocation: Invocation, channel: str, side: str | None) -> None:
    """Settle what CHANNEL and the catalogue have not agreed on yet.

    Without a side, show what is at stake. Nothing is sent: what follows is seen in the next plan.
    """
    out = Output(invocation)
    with opened(invocation) as workspace:
        workspace.config.channel(channel)
        if side is None:
            found = _unagreed(workspace, channel, everything=invocation.json)
            _show(out, channel, found, _unlinked(workspace, channel))
            return
        adopt = adopt_ours if side == "ours" else adopt_theirs

        async def work(session: Session) -> Adopted:
            return adopt(session, channel)

        adopted, _ = online(invocation, workspace, work, [channel])
    made = f", {counted(adopted.created, 'product')} made" if adopted.created else ""
    out.line(f"{channel}: {counted(adopted.settled, 'cell')} settled, {side} hold{made}")
    for reason in adopted.left:
        out.line(f"left: {reason}")
    out.line("next: mercer plan")
    out.document(
        {
            "channel": channel,
            "side": side,
            "settled": adopted.settled,
            "created": adopted.created,
            "left": list(adopted.left),
        }
    )


def _unagreed(workspace: Workspace, channel: str, *, everything: bool) -> list[Cell]:
    with workspace.database.read() as tx:
        found = cells.in_states(tx, [State.UNAGREED], channel)
        return list(found if everything else islice(found, MOST + 1))


def _unlinked(workspace: Workspace, channel: str) -> int:
    with workspace.database.read() as tx:
        return offers.count(tx, channel) - offers.count(tx, channel, only_linked=True)


def _show(out: Output, channel: str, found: list[Cell], unlinked: int) -> None:
    if found:
        rows = [
            (cell.sku, cell.key.field.value, shown(cell.desired), shown(cell.observed))
            for cell in found[:MOST]
        ]
        out.table(("sku", "field", "ours", "theirs"), rows)
        if len(found) > MOST:
            out.line(f"... and more: mercer adopt {channel} --json")
        out.line(f"next: mercer adopt {channel} --ours, or --theirs")
    else:
        out.line(f"{channel}: nothing waits to be agreed on")
    if unlinked:
        out.line(
            f"{channel}: {counted(unlinked, 'offer')} of no SKU; say which they are: mercer link, "
            f"or have products made of them: mercer adopt {channel} --theirs"
        )
    unagreed = [documents.difference(cell) for cell in found]
    out.document({"channel": channel, "unagreed": unagreed, "unlinked": unlinked})
