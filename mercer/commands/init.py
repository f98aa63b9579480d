"""`mercer init`."""

from __future__ import annotations

from pathlib import Path

import click

from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import currency_code
from mercer.commands.output import Output
from mercer.config import FILE, load
from mercer.config.editing import create
from mercer.store.database import open_database


@click.command(cls=Command, short_help="Make a workspace in a folder")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--name", metavar="TEXT", help="The workspace's name; else the folder's.")
@click.option(
    "--currency",
    type=currency_code,
    default="CNY",
    show_default=True,
    metavar="CODE",
    help="The currency that reports are in.",
)
@click.option(
    "--database",
    default="mercer.db",
    show_default=True,
    metavar="PLACE",
    help="A SQLite file, or postgresql://USER@HOST/NAME.",
)
@click.option(
    "--database-password",
    metavar="REFERENCE",
    help="Where its password stands: env:NAME, file:PATH or keyring:SERVICE/NAME.",
)
@click.pass_obj
def command(
    invocation: Invocation,
    folder: Path | None,
    name: str | None,
    currency: str,
    database: str,
    database_password: str | None,
) -> None:
    """Make a workspace in FOLDER, or here: a mercer.toml and a database."""
    place = (folder or invocation.workspace or Path()).resolve()
    path = place / FILE
    create(
        path,
        name or place.name or "shop",
        currency,
        database=database,
        database_password=database_password,
    )
    settings = load(path)
    open_database(settings.database, settings.password()).close()
    out = Output(invocation)
    out.line(f"made {path}")
    out.line("next: mercer channel add NAME --platform shopify --currency USD")
    out.document({"workspace": str(place), "settings": str(path)})
