"""`mercer customers`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import click

from mercer.commands.invocation import Group, Invocation
from mercer.commands.options import channels_option, yes_option
from mercer.commands.output import Output
from mercer.commands.show import MOST, counted
from mercer.commands.workspace import opened
from mercer.store.customers import CustomerRow, Erasure, erasures_made
from mercer.sync.erasure import erase_buyer_of, erase_person, whose
from mercer.sync.people import OpenedOrder, Person, find, open_person, people, person


@click.group(cls=Group, short_help="Who bought; show, find and erase a person")
def command() -> None:
    """Buyers, without their names. Only `show` prints personal data, and the log notes who asked."""


@command.command(name="list")
@channels_option
@click.pass_obj
def list_(invocation: Invocation, channels: tuple[str, ...]) -> None:
    """Everybody who bought, the last buyer first: id, channels, number of orders. No names."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        named = [workspace.config.channel(name).channel.name for name in channels]
        with workspace.database.read() as tx:
            found = people(tx, named)
    _tell(out, found[:MOST])
    if len(found) > MOST:
        out.line(f"... and {len(found) - MOST} more: --json shows them all")
    out.line(f"{counted(len(found), 'customer')}")
    out.document({"customers": [_person(each) for each in found]})


@command.command()
@click.argument("id", type=click.IntRange(min=1))
@click.pass_obj
def show(invocation: Invocation, id: int) -> None:
    """Open what is kept of one person: names, phones, addresses. The log notes who asked."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        found, orders = open_person(workspace.session(), id)
    _tell(out, [found])
    header = ("channel", "order", "placed", "status", "name", "phone", "e-mail", "address")
    out.table(header, [_opened_row(each) for each in orders])
    if any(each.customer is None for each in orders):
        out.line("- is not kept: it was erased, has had its time, or the platform never told it")
    document = _person(found)
    out.document({"customer": document | {"orders": [_opened(each) for each in orders]}})


@command.command(name="find")
@click.option("--email", default="", metavar="ADDRESS", help="Where platforms let it be compared.")
@click.option("--phone", default="", metavar="NUMBER", help="With its country code.")
@click.option("--key", default="", metavar="ID", help="The platform's own id of the buyer.")
@click.pass_obj
def find_(invocation: Invocation, email: str, phone: str, key: str) -> None:
    """Who has this e-mail, phone or buyer key; they are compared as keyed hashes."""
    if sum(map(bool, (email, phone, key))) != 1:
        raise click.UsageError("name one of --email, --phone and --key")
    out = Output(invocation)
    with opened(invocation) as workspace:
        found = find(workspace.session(), email=email, phone=phone, key=key)
    _tell(out, found)
    out.line(f"{counted(len(found), 'customer')} found")
    if not found:
        out.line("a platform that masks them, or does not let them be compared, is not searched")
    out.document({"customers": [_person(each) for each in found]})


@command.command()
@click.argument("id", type=click.IntRange(min=1), required=False)
@click.option(
    "--order",
    "of_order",
    nargs=2,
    metavar="CHANNEL ORDER",
    help="Whoever placed this order, by the order's id.",
)
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept with the receipt.")
@yes_option
@click.pass_obj
def erase(
    invocation: Invocation,
    id: int | None,
    of_order: tuple[str, str] | None,
    reason: str,
    yes: bool,
) -> None:
    """Erase a person on every channel. Orders and sales figures stay; a receipt is kept."""
    if (id is None) == (of_order is None):
        raise click.UsageError("name either a customer's ID or --order CHANNEL ORDER")
    if not (yes or invocation.interactive):
        raise click.UsageError("nobody is there to confirm: add --yes")
    out = Output(invocation)
    with opened(invocation) as workspace:
        session = workspace.session()
        if of_order is not None:
            workspace.config.channel(of_order[0])
        if not yes:
            with workspace.database.read() as tx:
                rows = whose(tx, *of_order) if of_order else person(tx, id or 0).customers
            click.confirm(_question(rows), abort=True)
        if of_order is not None:
            receipt = erase_buyer_of(session, *of_order, reason.strip())
        else:
            receipt = erase_person(session, id or 0, reason.strip())
    _tell_receipt(out, receipt)
    out.document({"erasure": _receipt(receipt)})


@command.command()
@click.pass_obj
def erasures(invocation: Invocation) -> None:
    """The receipts of what was erased."""
    out = Output(invocation)
    with opened(invocation) as workspace, workspace.database.read() as tx:
        made = erasures_made(tx)
    rows = [(each.receipt, _day(each.at), each.who, each.removed, each.reason) for each in made]
    if rows:
        out.table(("receipt", "when", "by", "removed", "reason"), rows)
    out.line(counted(len(made), "erasure"))
    out.document({"erasures": [_receipt(each) for each in made]})


def _question(rows: Iterable[CustomerRow]) -> str:
    who = ", ".join(f"{row.id} on {row.channel}" for row in rows)
    what = f"customer {who}" if who else "what this order tells of its buyer"
    return f"Erase {what}, for good?"


def _tell(out: Output, found: Sequence[Person]) -> None:
    if not found:
        return
    rows = [
        (
            each.id,
            ", ".join(each.channels),
            each.orders,
            _day(each.first_at),
            _day(each.last_at),
            _day(each.erased_at),
        )
        for each in found
    ]
    out.table(("id", "channels", "orders", "first", "last", "erased"), rows)


def _tell_receipt(out: Output, receipt: Erasure) -> None:
    rows = [(id, channel, values, links) for id, channel, values, links in receipt.customers]
    out.table(("customer", "channel", "values removed", "links removed"), rows)
    out.line(f"receipt {receipt.receipt}, {receipt.at:%Y-%m-%d %H:%M} UTC, by {receipt.who}")


def _person(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "channels": person.channels,
        "orders": person.orders,
        "first_at": person.first_at.isoformat(),
        "last_at": person.last_at.isoformat(),
        "erased_at": person.erased_at.isoformat() if person.erased_at else None,
        "customers": [{"id": each.id, "channel": each.channel} for each in person.customers],
    }


def _opened_row(each: OpenedOrder) -> tuple[object, ...]:
    who = each.customer
    told = (who.name, who.phone, who.email, who.address) if who else (None,) * 4
    return (each.channel, each.number, _day(each.created_at), each.status, *told)


def _opened(each: OpenedOrder) -> dict[str, Any]:
    return {
        "channel": each.channel,
        "order": each.order,
        "number": each.number,
        "status": each.status,
        "created_at": each.created_at.isoformat(),
        "buyer": asdict(each.customer) if each.customer else None,
    }


def _receipt(receipt: Erasure) -> dict[str, Any]:
    return {
        "receipt": receipt.receipt,
        "at": receipt.at.isoformat(),
        "who": receipt.who,
        "reason": receipt.reason,
        "removed": receipt.removed,
        "customers": [
            {"id": id, "channel": channel, "values": values, "links": links}
            for id, channel, values, links in receipt.customers
        ],
    }


def _day(moment: Any) -> str | None:
    return f"{moment:%Y-%m-%d}" if moment else None
