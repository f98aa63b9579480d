"""`mercer export products|prices|stock`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import click

from mercer.commands.invocation import Group, Invocation
from mercer.commands.options import Decorated, currency_option
from mercer.commands.output import Output
from mercer.commands.workspace import opened
from mercer.files import Format, StockRow, format_of, write_prices, write_products, write_stock
from mercer.store import catalogue, ledger
from mercer.store import prices as price_book


def target_options(command: Decorated) -> Decorated:
    file = click.argument("file", type=click.Path(path_type=Path), required=False)
    output = click.option(
        "--output", type=click.Path(path_type=Path), metavar="FILE", help="The same as FILE."
    )
    return file(output(command))


@click.group(cls=Group, short_help="Write products, prices or stock to a file")
def command() -> None:
    """Write products, prices or stock so that `mercer import` takes them back equal.

    A FILE that ends in .json becomes JSON, in .xlsx an Excel workbook, any other CSV; without one it
    goes to standard output.
    """


@command.command()
@target_options
@currency_option("The currency of the prices to put in; else the workspace's reporting currency.")
@click.pass_obj
def products(
    invocation: Invocation, file: Path | None, output: Path | None, currency: str | None
) -> None:
    """Products with their base prices in one currency, and their quantities."""
    with opened(invocation) as workspace, workspace.database.read() as tx:
        wanted = currency or workspace.config.reporting_currency
        prices = [
            replace(entry, floor=None, ceiling=None, cost=None)
            for entry in price_book.every_entry(tx)
            if not entry.channel and entry.currency == wanted and entry.price and not entry.dated
        ]
        stock = [StockRow(*row) for row in ledger.every_on_hand(tx) if not row[1]]
        made = list(catalogue.every_product(tx))
    _write(
        invocation,
        output or file,
        lambda target, shape: write_products(made, target, shape, prices=prices, stock=stock),
    )


@command.command()
@target_options
@click.pass_obj
def prices(invocation: Invocation, file: Path | None, output: Path | None) -> None:
    """The price book: prices, compare-at prices, costs, floors and ceilings, dated ones too."""
    with opened(invocation) as workspace, workspace.database.read() as tx:
        entries = list(price_book.every_entry(tx))
    _write(invocation, output or file, lambda target, shape: write_prices(entries, target, shape))


@command.command()
@target_options
@click.pass_obj
def stock(invocation: Invocation, file: Path | None, output: Path | None) -> None:
    """What lies there of each SKU that has been counted."""
    with opened(invocation) as workspace, workspace.database.read() as tx:
        found = [StockRow(*row) for row in ledger.every_on_hand(tx)]
    _write(invocation, output or file, lambda target, shape: write_stock(found, target, shape))


def _write(
    invocation: Invocation, file: Path | None, write: Callable[[Path | StringIO, Format], None]
) -> None:
    out = Output(invocation)
    if file is None:
        text = StringIO(newline="")
        write(text, "json" if invocation.json else "csv")
        sys.stdout.write(text.getvalue())
        return
    write(file, format_of(file))
    out.line(f"wrote {file}")
    out.document({"file": str(file)})
