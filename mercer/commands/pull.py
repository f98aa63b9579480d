"""`mercer pull [listings|orders]`."""

from __future__ import annotations

from dataclasses import asdict

import click

from mercer.commands import documents
from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import channels_option
from mercer.commands.output import Output
from mercer.commands.workspace import online, opened, warn_of
from mercer.core.errors import MercerError
from mercer.sync.intake import Taken, pull_orders
from mercer.sync.pull import Pulled, pull_listings
from mercer.sync.session import Session

Read = tuple[dict[str, Pulled], dict[str, Taken], dict[str, MercerError]]


@click.command(cls=Command, short_help="Read what the channels show, and their orders")
@click.argument("what", type=click.Choice(["listings", "orders"]), required=False)
@channels_option
@click.pass_obj
def command(invocation: Invocation, what: str | None, channels: tuple[str, ...]) -> int:
    """Read what the channels show, and their orders; or only one of the two."""
    out = Output(invocation)

    async def work(session: Session) -> Read:
        # Listings first: orders read after them account for everything that the listings showed.
        listings: dict[str, Pulled] = {}
        orders: dict[str, Taken] = {}
        failed: dict[str, MercerError] = {}
        if what != "orders":
            listings, failed = await pull_listings(session, channels)
        if what != "listings":
            names = [name for name in session.connections if name not in failed]
            if names:
                orders, unread = await pull_orders(session, names)
                failed = failed | unread
        return listings, orders, failed

    with opened(invocation) as workspace:
        (listings, orders, stopped), failed = online(invocation, workspace, work, channels)
    failed = failed | stopped
    tell(out, listings, orders)
    warn_of(failed, out)
    out.document(
        {
            "listings": {name: asdict(each) for name, each in listings.items()},
            "orders": {name: asdict(each) for name, each in orders.items()},
            "failed": documents.failures(failed),
        }
    )
    return 1 if failed else 0


def tell(out: Output, listings: dict[str, Pulled], orders: dict[str, Taken]) -> None:
    for name, pulled in listings.items():
        gone = f", {pulled.gone} gone" if pulled.gone else ""
        aside = f", {pulled.unreadable} set aside" if pulled.unreadable else ""
        whole = "" if pulled.complete else " (not the whole shop)"
        out.line(f"{name}: {pulled.listings} listings, {pulled.offers} offers{gone}{aside}{whole}")
    for name, taken in orders.items():
        aside = f", {taken.unreadable} set aside" if taken.unreadable else ""
        out.line(f"{name}: {taken.orders} orders read, {taken.new} new or changed{aside}")
