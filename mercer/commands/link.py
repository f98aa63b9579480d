"""`mercer link [--auto|list|set]`."""

from __future__ import annotations

from dataclasses import asdict

import click

from mercer.commands.invocation import Group, Invocation
from mercer.commands.options import channels_option
from mercer.commands.output import Output
from mercer.commands.show import counted
from mercer.commands.workspace import opened
from mercer.store import offers
from mercer.sync.link import auto_link, set_link


@click.group(cls=Group, invoke_without_command=True, short_help="Say which SKU each offer is")
@click.option("--auto", is_flag=True, help="What `mercer link` alone does, too.")
@channels_option
@click.pass_context
def command(context: click.Context, auto: bool, channels: tuple[str, ...]) -> None:
    """Link offers to SKUs by merchant code, then by barcode; the rest waits for a person."""
    if context.invoked_subcommand is not None:
        if auto or channels:
            raise click.UsageError("--auto and --channel stand alone, without list or set")
        return
    invocation = context.find_object(Invocation)
    assert invocation is not None
    out = Output(invocation)
    with opened(invocation) as workspace:
        for name in channels:
            workspace.config.channel(name)
        linked = auto_link(workspace.session(), channels)
    for name, each in linked.items():
        out.line(
            f"{name}: {each.by_code} linked by merchant code, {each.by_barcode} by barcode, "
            f"{each.queued} left"
        )
    if any(each.queued for each in linked.values()):
        out.line("next: see what is left: mercer link list")
    out.document({"channels": {name: asdict(each) for name, each in linked.items()}})


@command.command(name="list")
@channels_option
@click.pass_obj
def list_(invocation: Invocation, channels: tuple[str, ...]) -> None:
    """The offers that wait to be linked, each with the reason."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        names = [workspace.config.channel(name).channel.name for name in channels]
        with workspace.database.read() as tx:
            waiting = [row for row in offers.unlinked(tx) if not names or row.channel in names]
    if waiting:
        header = ("channel", "listing", "offer", "merchant code", "barcode", "why")
        rows = [
            (row.channel, row.listing, row.offer, row.merchant_code, row.barcode, row.link_note)
            for row in waiting
        ]
        out.table(header, rows)
    out.line(f"{counted(len(waiting), 'offer')} not linked")
    out.document(
        {
            "unlinked": [
                {
                    "channel": row.channel,
                    "listing": row.listing,
                    "offer": row.offer,
                    "merchant_code": row.merchant_code,
                    "barcode": row.barcode,
                    "why": row.link_note,
                }
                for row in waiting
            ]
        }
    )


@command.command(name="set")
@click.argument("channel")
@click.argument("offer")
@click.argument("sku", required=False)
@click.option("--none", "unlink", is_flag=True, help="Unlink the offer.")
@click.pass_obj
def set_(invocation: Invocation, channel: str, offer: str, sku: str | None, unlink: bool) -> None:
    """Link an OFFER, by its id or merchant code, to a SKU."""
    if (sku is None) != unlink:
        raise click.UsageError("name either a SKU or --none")
    out = Output(invocation)
    with opened(invocation) as workspace:
        workspace.config.channel(channel)
        row = set_link(workspace.session(), channel, offer, sku)
    out.line(f"{channel}: offer {row.offer} is {f'SKU {sku}' if sku else 'not linked now'}")
    out.document({"channel": channel, "listing": row.listing, "offer": row.offer, "sku": sku})
