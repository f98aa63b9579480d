"""`mercer import products|stock|prices|rates`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from mercer.commands import documents, rows
from mercer.commands.file_options import good_rows_option, manner, manner_options
from mercer.commands.invocation import Group, Invocation
from mercer.commands.options import currency_option
from mercer.commands.output import Output
from mercer.commands.show import counted
from mercer.commands.workspace import opened
from mercer.files import Fault, Note, StockRow, read_prices, read_products, read_rates, read_stock
from mercer.sync.catalogue import save_products, save_rates, set_prices
from mercer.sync.stocktake import Count, open_stock, take_stock

file_argument = click.argument("file", type=click.Path(path_type=Path))


@click.group(cls=Group, short_help="Take products, stock, prices or rates in from a file")
def command() -> None:
    """Take products, stock, prices or rates in from a CSV, Excel (.xlsx) or JSON file."""


@command.command()
@file_argument
@currency_option("Of the prices that name none, as all of Shopify's.")
@manner_options
@good_rows_option
@click.pass_obj
def products(
    invocation: Invocation,
    file: Path,
    currency: str | None,
    sheet: str | None,
    locale: str | None,
    good_rows: bool,
) -> None:
    """Products with their SKUs, prices and opening quantities.

    FILE is Mercer's own CSV, XLSX or JSON, or Shopify's product export. Quantities count only for SKUs
    that the ledger has not counted yet; to correct stock use: mercer import stock.
    """
    read = read_products(file, currency, manner(sheet, locale))
    out = Output(invocation)
    with opened(invocation) as workspace:
        faults, found = rows.product_rows(workspace, file, read)
        rows.settle(invocation, file, faults, len(found.products), take=good_rows)
        session = workspace.session()
        save_products(session, found.products)
        if found.entries:
            set_prices(session, found.entries)
        stock = open_stock(session, _counts(found.stock))
    skus = sum(len(product.skus) for product in found.products)
    rows.tell_notes(out, found.notes)
    out.line(
        f"imported {counted(len(found.products), 'product')} with {counted(skus, 'SKU')} "
        f"and {counted(len(found.entries), 'price')}"
    )
    out.line(f"stock: {stock.opened} opened, {stock.unchanged} left as the ledger has counted them")
    out.document(
        {
            "products": len(found.products),
            "skus": skus,
            "prices": len(found.entries),
            "stock": {"opened": stock.opened, "left": stock.unchanged},
            **_remarks(faults, found.notes),
        }
    )


@command.command()
@file_argument
@manner_options
@good_rows_option
@click.pass_obj
def stock(
    invocation: Invocation, file: Path, sheet: str | None, locale: str | None, good_rows: bool
) -> None:
    """A stocktake: how many of each SKU lie there, units of open orders included."""
    found = read_stock(file, manner(sheet, locale))
    out = Output(invocation)
    with opened(invocation) as workspace:
        unknown = rows.unknown_sku_faults(
            workspace, file, [(row.sku, row.line) for row in found.rows], found.sheet
        )
        faults = sorted([*found.faults, *unknown], key=lambda fault: fault.line)
        refused = {fault.line for fault in unknown}
        good = [row for row in found.rows if row.line not in refused]
        rows.settle(invocation, file, faults, len(good), take=good_rows)
        counts = take_stock(workspace.session(), _counts(good))
    rows.tell_notes(out, found.notes)
    out.line(
        f"counted {counted(len(good), 'SKU')}: {counts.opened} for the first time, "
        f"{counts.adjusted} corrected, {counts.unchanged} as the ledger had them"
    )
    out.document({"counted": len(good), **asdict(counts), **_remarks(faults, found.notes)})


@command.command()
@file_argument
@currency_option("Of the rows that name none.")
@manner_options
@good_rows_option
@click.pass_obj
def prices(
    invocation: Invocation,
    file: Path,
    currency: str | None,
    sheet: str | None,
    locale: str | None,
    good_rows: bool,
) -> None:
    """Prices, everywhere or on one channel; see also: mercer price push."""
    found = read_prices(file, currency, manner(sheet, locale))
    out = Output(invocation)
    with opened(invocation) as workspace:
        faults, good = rows.price_rows(workspace, file, found)
        rows.settle(invocation, file, faults, len(good), take=good_rows)
        version = set_prices(workspace.session(), good)
    rows.tell_notes(out, found.notes)
    out.line(f"imported {counted(len(good), 'price')}; the price book is at version {version}")
    out.line("next: mercer plan --field price")
    out.document({"prices": len(good), "price_book": version, **_remarks(faults, found.notes)})


@command.command()
@file_argument
@good_rows_option
@click.pass_obj
def rates(invocation: Invocation, file: Path, good_rows: bool) -> None:
    """Rates of exchange by day: from, to, rate, date. Rates are never fetched, only taken in here."""
    found = read_rates(file)
    out = Output(invocation)
    with opened(invocation) as workspace:
        rows.settle(invocation, file, found.faults, len(found.rates), take=good_rows)
        version = save_rates(workspace.session(), found.rates)
    rows.tell_notes(out, found.notes)
    out.line(
        f"imported {counted(len(found.rates), 'rate')}; the rate table is at version {version}"
    )
    out.line("next: mercer plan --field price")
    out.document(
        {"rates": len(found.rates), "version": version, **_remarks(found.faults, found.notes)}
    )


def _counts(rows: Sequence[StockRow]) -> list[Count]:
    return [Count(row.sku, row.location, row.quantity) for row in rows]


def _remarks(faults: Sequence[Fault], notes: Sequence[Note]) -> dict[str, Any]:
    return {
        "faults": [documents.fault(each) for each in faults],
        "notes": [str(note) for note in notes],
    }
