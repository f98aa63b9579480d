"""The group of the commands about prices."""

from __future__ import annotations

import click

from mercer.commands.invocation import Group


@click.group(
    cls=Group,
    elsewhere={
        "drop": "price_book:drop",
        "history": "price_book:history",
        "push": "price_push:push",
        "rates": "price_rules:rates_",
        "rules": "price_rules:rules",
        "set": "price_book:set_",
        "show": "price_book:show",
        "template": "price_template:template",
        "why": "price_rules:why",
    },
    short_help="Set prices, see how they come about, push them",
)
def command() -> None:
    """The price book, price rules and rates; and prices pushed to the channels in one go."""
