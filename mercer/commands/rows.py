"""What to do with a file that has faults: name each, and take the good rows only if that is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from mercer.commands import documents
from mercer.commands.invocation import Invocation
from mercer.commands.output import Output
from mercer.commands.show import counted
from mercer.core.errors import InputError
from mercer.files import Fault, Note
from mercer.sync.catalogue import unknown_skus
from mercer.wiring import Workspace

NOTES_SHOWN = 20


def unknown_sku_faults(
    workspace: Workspace, path: Path, rows: Iterable[tuple[str, int]]
) -> list[Fault]:
    """A fault for each row, of (SKU, line), whose SKU the catalogue does not have."""
    named = list(rows)
    with workspace.database.read() as tx:
        unknown = set(unknown_skus(tx, [sku for sku, _ in named]))
    return [
        Fault(
            path.name,
            line,
            "sku",
            sku,
            f"there is no SKU {sku!r} in the catalogue",
            "correct it, or import the product first: mercer import products FILE",
        )
        for sku, line in named
        if sku in unknown
    ]


def settle(
    invocation: Invocation, path: Path, faults: Sequence[Fault], good: int, *, take: bool
) -> None:
    """Return if the good rows shall be taken. Raise `InputError` if nothing shall be."""
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
    raise InputError(f"{what}; nothing was imported", hint=hint)


def _wanted(invocation: Invocation, what: str, good: int) -> bool:
    question = f"{what}. Take the {counted(good, 'good row')} and leave out the rest?"
    return invocation.interactive and click.confirm(question)


def tell_notes(out: Output, notes: Sequence[Note]) -> None:
    for note in notes[:NOTES_SHOWN]:
        out.line(f"note: {note}")
    if len(notes) > NOTES_SHOWN:
        out.line(f"... and {len(notes) - NOTES_SHOWN} more notes: --json shows them all")
