"""What to do with a file that has faults: name each, and take the good rows only if that is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from mercer.commands import documents
from mercer.commands.invocation import Invocation
from mercer.commands.output import Output
from mercer.commands.show import counted
from mercer.core.errors import InputError
from mercer.core.price import PriceEntry
from mercer.files import Fault, Note, PricesFile, ProductsFile
from mercer.sync.catalogue import unknown_skus
from mercer.wiring import Workspace

NOTES_SHOWN = 20


def unknown_sku_faults(
    workspace: Workspace, path: Path, rows: Iterable[tuple[str, int]], sheet: str = ""
) -> list[Fault]:
    """A fault for each row, of (SKU, line), whose SKU the catalogue does not have."""
    named = list(rows)
    with workspace.database.read() as tx:
        unknown = set(unknown_skus(tx, [sku for sku, _ in named]))
    fix = "correct it, or import the product first: mercer import products FILE"
    return [
        Fault(path.name, line, "sku", sku, f"there is no SKU {sku!r} in the catalogue", fix, sheet)
        for sku, line in named
        if sku in unknown
    ]


def fault_of(
    path: Path, line: int, column: str, value: str, error: InputError, sheet: str
) -> Fault:
    """What the engine has against a row, as a fault of the file."""
    return Fault(path.name, line, column, value, error.message, error.hint, sheet)


def product_rows(
    workspace: Workspace, path: Path, file: ProductsFile
) -> tuple[list[Fault], ProductsFile]:
    """All faults, those of bundles' parts too, and the file without the products they spoil."""
    own = {sku.sku for product in file.products for sku in product.skus}
    parts = [part for product in file.products for sku in product.skus for part, _ in sku.parts]
    with workspace.database.read() as tx:
        unknown = set(unknown_skus(tx, [part for part in parts if part not in own]))
    lines = {row.entry.sku: row.line for row in file.prices}
    fix = "correct it, or put the part's own product in the file"
    faults, spoilt = list(file.faults), set[str]()
    for product in file.products:
        for sku in product.skus:
            for part, _ in sku.parts:
                if part in unknown:
                    what = f"bundle {sku.sku!r} is made of {part!r}, which is no SKU"
                    line = lines.get(sku.sku, 1)
                    faults.append(Fault(path.name, line, "parts", part, what, fix, file.sheet))
                    spoilt.add(product.code)
    good = tuple(product for product in file.products if product.code not in spoilt)
    kept = {sku.sku for product in good for sku in product.skus}
    prices = tuple(row for row in file.prices if row.entry.sku in kept)
    stock = tuple(row for row in file.stock if row.sku in kept)
    return faults, replace(file, products=good, prices=prices, stock=stock)


def price_rows(
    workspace: Workspace, path: Path, file: PricesFile
) -> tuple[list[Fault], list[PriceEntry]]:
    """All faults in the order of the file, those of its SKUs and channels too, and the good rows."""
    named = [(row.entry.sku, row.line) for row in file.rows]
    faults = unknown_sku_faults(workspace, path, named, file.sheet)
    known = workspace.config.channels
    fix = f"the channels are {', '.join(known) or 'none yet'}; blank is every channel"
    faults += [
        Fault(
            path.name, row.line, "channel", name, f"there is no channel {name!r}", fix, file.sheet
        )
        for row in file.rows
        if (name := row.entry.channel) and name not in known
    ]
    refused = {fault.line for fault in faults}
    good = [row.entry for row in file.rows if row.line not in refused]
    return sorted([*file.faults, *faults], key=lambda fault: fault.line), good


def campaign_rows(
    workspace: Workspace, path: Path, file: PricesFile
) -> tuple[list[Fault], list[PriceEntry]]:
    """As `price_rows`; a campaign asks each channel in its own currency."""
    faults, good = price_rows(workspace, path, file)
    sold_in = {name: each.channel.currency for name, each in workspace.config.channels.items()}
    for row in file.rows:
        name, currency = row.entry.channel, row.entry.currency
        if name and sold_in.get(name, currency) != currency:
            message = f"{name} sells in {sold_in[name]}, not in {currency}"
        elif not name and currency not in sold_in.values():
            message = f"no channel sells in {currency}"
        else:
            continue
        fix = "write the price that the channel is to ask; a campaign converts none"
        faults.append(Fault(path.name, row.line, "currency", currency, message, fix, file.sheet))
    return sorted(faults, key=lambda fault: fault.line), good


def refuse(invocation: Invocation, path: Path, faults: Sequence[Fault], *, done: str) -> None:
    """Raise `InputError` if a file has any fault, of which all or nothing is taken.

    `done`: what is not done then.
    """
    if not faults:
        return
    out = Output(invocation)
    for fault in faults:
        out.warn(str(fault))
    out.document({"imported": 0, "faults": [documents.fault(each) for each in faults]})
    raise InputError(
        f"{path.name} has {counted(len(faults), 'fault')}; nothing was {done}",
        hint="mend the file and run again",
    )


def settle(
    invocation: Invocation,
    path: Path,
    faults: Sequence[Fault],
    good: int,
    *,
    take: bool,
    done: str = "imported",
) -> None:
    """Return if the good rows shall be taken. Raise `InputError` if nothing shall be.

    `done`: what is not done to them then.
    """
    if not faults:
        return
    out = Output(invocation)
    for fault in faults:
        out.warn(str(fault))
    what = f"{path.name} has {counted(len(faults), 'fault')}"
    if good and (take or _wanted(invocation, what, good)):
        return
    out.document({"imported": 0, "faults": [documents.fault(each) for each in faults]})
    hint = "mend the file and run again"
    if good:
        hint = f"mend them and run again, or take the {counted(good, 'good row')}: --good-rows"
    raise InputError(f"{what}; nothing was {done}", hint=hint)


def _wanted(invocation: Invocation, what: str, good: int) -> bool:
    question = f"{what}. Take the {counted(good, 'good row')} and leave out the rest?"
    return invocation.interactive and click.confirm(question)


def tell_notes(out: Output, notes: Sequence[Note]) -> None:
    for note in notes[:NOTES_SHOWN]:
        out.line(f"note: {note}")
    if len(notes) > NOTES_SHOWN:
        out.line(f"... and {len(notes) - NOTES_SHOWN} more notes: --json shows them all")
