"""How files are to be read."""

from __future__ import annotations

import click

from mercer.commands.options import Decorated
from mercer.files import Manner
from mercer.files.numbers import STYLES


def manner_options(command: Decorated) -> Decorated:
    sheet = click.option("--sheet", metavar="NAME", help="Which sheet of a workbook to read.")
    locale = click.option(
        "--locale",
        metavar="NAME",
        help="Whose separators the numbers have, such as en (1,299.00), de or fr.",
    )
    return sheet(locale(command))


def manner(sheet: str | None, locale: str | None) -> Manner:
    if locale is None:
        return Manner(sheet)
    name = locale.casefold().replace("_", "-")
    style = STYLES.get(name) or STYLES.get(name.partition("-")[0])
    if style is None:
        raise click.BadParameter(f"{locale!r} is not known; there are {', '.join(STYLES)}")
    return Manner(sheet, style)


good_rows_option = click.option(
    "--good-rows", is_flag=True, help="Take the rows without a fault, leave out the others."
)
