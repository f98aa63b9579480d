"""`mercer plan export`."""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

import click

from mercer.commands.invocation import Command, Invocation
from mercer.commands.named_plan import last_or
from mercer.commands.output import Output
from mercer.commands.plan_shapes import SHAPES, Shape, shape_of
from mercer.commands.workspace import opened


@click.command(cls=Command)
@click.argument("id", required=False)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Else to standard output."
)
@click.option(
    "--format",
    "shape",
    type=click.Choice(list(SHAPES.values())),
    help="Else by the ending of FILE.",
)
@click.pass_obj
def export(invocation: Invocation, id: str | None, out: Path | None, shape: Shape | None) -> None:
    """Write a plan down to be reviewed: every change, the most money at risk first.

    The plan with this ID, or the last one made. A FILE that ends in .json can be handed to `mercer
    apply`; .csv and .xlsx hold the changes, .html and .md a page with the totals.
    """
    from mercer.commands import plan_files  # all of `files`

    if shape is None and out is None and invocation.json:
        shape = "json"
    if shape is None and out is None:
        raise click.UsageError("nothing says what to write: add --out FILE or --format")
    if shape == "xlsx" and out is None:
        raise click.UsageError("a workbook needs a file: add --out FILE.xlsx")
    wanted = shape or shape_of(out or Path())
    text = StringIO(newline="")
    with opened(invocation) as workspace, workspace.database.read() as tx:
        plan = last_or(tx, id)
        plan_files.write(tx, workspace.session(), plan, out or text, wanted)
    if out is None:
        sys.stdout.write(text.getvalue())
        return
    shown = Output(invocation)
    shown.line(f"wrote {out}")
    shown.document({"file": str(out), "plan": plan.header.id, "checksum": plan.checksum})
