"""`mercer price template`."""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

import click

from mercer.commands.invocation import Command, Invocation
from mercer.commands.output import Output
from mercer.commands.show import counted
from mercer.commands.workspace import opened
from mercer.files import Format, Language, format_of, write_price_template
from mercer.store import offers, prices
from mercer.store.database import Transaction


@click.command(cls=Command, short_help="Write a price file to fill in")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--channel", metavar="NAME", help="With the SKUs that this channel sells.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", help="Of headers and notes.")
@click.option("--filled", is_flag=True, help="With the prices that are set now.")
@click.pass_obj
def template(
    invocation: Invocation, file: Path | None, channel: str | None, lang: Language, filled: bool
) -> None:
    """Write a price file to fill in and give to: mercer import prices FILE.

    A FILE that ends in .xlsx becomes an Excel workbook with notes, any other CSV; without one it goes
    to standard output. --filled with --channel are the prices of this channel's own.
    """
    shape: Format = format_of(file) if file else "csv"
    if shape == "json":
        raise click.UsageError("a template is CSV or XLSX; for JSON use: mercer export prices")
    target = file or StringIO(newline="")
    with opened(invocation) as workspace, workspace.database.read() as tx:
        if channel:
            workspace.config.channel(channel)
        entries = prices.every_entry(tx) if filled else iter(())
        kept = [entry for entry in entries if channel in (None, entry.channel)]
        unpriced = sold(tx, channel) if channel and not filled else []
    write_price_template(target, shape, lang, entries=kept, unpriced=unpriced)
    text = target.getvalue() if isinstance(target, StringIO) else None
    rows = len(kept) + len(unpriced)
    out = Output(invocation)
    if file:
        out.line(f"wrote {file} with {counted(rows, 'row')}; next: mercer import prices {file}")
    elif not invocation.json:
        sys.stdout.write(text or "")
    out.document({"file": str(file) if file else None, "rows": rows, "text": text})


def sold(tx: Transaction, channel: str) -> list[tuple[str, str]]:
    """The SKUs that the channel has offers of."""
    skus = dict.fromkeys(row.sku for row in offers.linked(tx, channel) if row.sku)
    return [(sku, channel) for sku in skus]
