"""`mercer pull [listings|orders|after-sales]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import click

from mercer.commands import documents
from mercer.commands.carrying import carried_on
from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import channels_option
from mercer.commands.output import Output
from mercer.commands.show import counted
from mercer.commands.workspace import opened, warn_of
from mercer.core.errors import MercerError
from mercer.sync.after_sales import TakenCases
from mercer.sync.cycle import asked
from mercer.sync.engine.protocol import Engine
from mercer.sync.intake import Taken
from mercer.sync.jobs import cases_from, pulled_from, taken_from
from mercer.sync.pull import Pulled
from mercer.sync.session import Session, on_each

SORTS = ("listings", "orders", "after-sales")


@dataclass(slots=True)
class Read:
    """What was read of each channel; `failed` is the first thing that failed on it."""

    listings: Mapping[str, Pulled] = field(default_factory=dict)
    orders: Mapping[str, Taken] = field(default_factory=dict)
    cases: Mapping[str, TakenCases] = field(default_factory=dict)
    failed: dict[str, MercerError] = field(default_factory=dict)


@click.command(cls=Command, short_help="Read what the channels show, their orders and after-sales")
@click.argument("what", type=click.Choice(SORTS), required=False)
@channels_option
@click.pass_obj
def command(invocation: Invocation, what: str | None, channels: tuple[str, ...]) -> int:
    """Read what the channels show, their orders and after-sales; or only one of the three.

    Together with the others, after-sales are read only as often as the platform's quotas allow for
    ever: on Amazon every half hour.
    """
    out = Output(invocation)

    with opened(invocation) as workspace:
        read, failed = carried_on(
            invocation,
            workspace,
            lambda session, engine: _read(session, engine, what, channels),
            channels,
        )
    failed = failed | read.failed
    tell(out, read.listings, read.orders, read.cases)
    warn_of(failed, out)
    out.document(
        {
            "listings": {name: asdict(each) for name, each in read.listings.items()},
            "orders": {name: documents.taken(each) for name, each in read.orders.items()},
            "after_sales": {name: documents.taken(each) for name, each in read.cases.items()},
            "failed": documents.failures(failed),
        }
    )
    return 1 if failed else 0


async def _read(
    session: Session, engine: Engine, what: str | None, channels: tuple[str, ...]
) -> Read:
    """Listings first: orders read after them account for everything that the listings showed."""
    read = Read()

    async def each(job: str, *ids: str) -> dict[str, Any]:
        left = [at for at in session.chosen(channels) if at.name not in read.failed]
        done, failed = await on_each(
            left, lambda at: asked(engine, job, at.name, session.clock, *ids)
        )
        read.failed |= failed
        return {name: said for name, said in done.items() if said is not None}

    if what in (None, "listings"):
        listings = await each("listings")
        read.listings = {name: pulled_from(said) for name, said in listings.items()}
    if what in (None, "orders"):
        orders = await each("orders")
        read.orders = {name: taken_from(said) for name, said in orders.items()}
    if what in (None, "after-sales"):
        cases = await each("after-sales", "due" if what is None else "now")
        read.cases = {name: cases_from(said) for name, said in cases.items()}
    return read


def tell(
    out: Output,
    listings: Mapping[str, Pulled],
    orders: Mapping[str, Taken],
    cases: Mapping[str, TakenCases],
) -> None:
    for name, pulled in sorted(listings.items()):
        gone = f", {pulled.gone} gone" if pulled.gone else ""
        whole = "" if pulled.complete else " (not the whole shop)"
        shown = f"{counted(pulled.listings, 'listing')}, {counted(pulled.offers, 'offer')}"
        aside = f", {pulled.unreadable} set aside" if pulled.unreadable else ""
        out.line(f"{name}: {shown}{gone}{aside}{whole}")
    for name, taken in sorted(orders.items()):
        aside = _aside(taken.unreadable)
        out.line(
            f"{name}: {counted(taken.orders, 'order')} read, {taken.new} new or changed{aside}"
        )
        if taken.next_poll_at is not None:
            out.line(f"{name}: {_put_off('orders', taken.as_of, taken.next_poll_at)}{_why(taken)}")
    for name, found in sorted(cases.items()):
        if found.cases or found.next_look_at is None or found.held_by:
            aside = _aside(found.unreadable)
            out.line(
                f"{name}: {counted(found.cases, 'case')} read, {found.new} new or changed{aside}"
            )
        if found.next_look_at is not None:
            out.line(f"{name}: {_put_off('cases', found.as_of, found.next_look_at)}{_why(found)}")


def _aside(number: int) -> str:
    return f", {number} set aside: mercer orders aside" if number else ""


def _put_off(noun: str, as_of: datetime | None, next_look_at: datetime) -> str:
    known = f"{noun} as of {as_of:%H:%M}" if as_of else f"no {noun} read yet"
    return f"{known}, next look {next_look_at:%H:%M} UTC"


def _why(taken: Taken | TakenCases) -> str:
    return f": the quota of {taken.held_by} is used up" if taken.held_by else ""
