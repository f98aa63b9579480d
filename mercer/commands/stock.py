"""`mercer stock show|set|adjust|move|history|why|rule|incidents`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import click

from mercer.commands import stock_documents as documents
from mercer.commands.invocation import Group, Invocation
from mercer.commands.output import Output
from mercer.commands.show import MOST
from mercer.commands.stock_rule import rule, why
from mercer.commands.workspace import opened
from mercer.files.cells import quantity
from mercer.store import catalogue, incidents, stock_history
from mercer.sync.catalogue import refuse_unknown
from mercer.sync.stock_list import SkuStock, stock_of
from mercer.sync.stocktake import Corrected, adjust, move, set_stock

location_option = click.option(
    "--location", default="", metavar="NAME", help="Where; not needed if it lies at one place."
)
reason_option = click.option(
    "--reason", required=True, metavar="TEXT", help="Why; it is kept in the ledger."
)


@click.group(
    cls=Group, short_help="See, count, correct and move stock, and what may be shown of it"
)
def command() -> None:
    """The stock ledger: what lies where, what orders hold, and what the channels may show of it."""


command.add_command(rule)
command.add_command(why)


@command.command()
@click.argument("skus", nargs=-1, metavar="[SKU]...")
@click.option("--location", default=None, metavar="NAME", help="Only what lies there.")
@click.pass_obj
def show(invocation: Invocation, skus: tuple[str, ...], location: str | None) -> None:
    """What lies where, and what of it is reserved; of all SKUs if none is named.

    Units held for an order that is not read yet are among the reserved. A SKU that was never counted
    is unknown, and shown nowhere.
    """
    out = Output(invocation)
    with opened(invocation) as workspace, workspace.database.read() as tx:
        refuse_unknown(tx, skus)
        found = stock_of(tx, skus or catalogue.every_sku(tx), location)
        listed = list(found if invocation.json or skus else islice(found, MOST + 1))
    if listed:
        header = ("sku", "location", "on hand", "reserved", "available")
        out.table(header, [row for each in _first(listed, skus) for row in _rows(each)])
    else:
        where = f"at {location}" if location else "yet"
        out.line(f"nothing has been counted {where}: mercer import stock FILE")
    if len(_first(listed, skus)) < len(listed):
        out.line("... and more: name SKUs, or take all with --json")
    out.document({"skus": [documents.sku_stock(each) for each in listed]})


def _first(listed: Sequence[SkuStock], named: Sequence[str]) -> Sequence[SkuStock]:
    return listed if named else listed[:MOST]


def _rows(found: SkuStock) -> Iterator[Sequence[object]]:
    unknown = "unknown"
    if found.parts:
        available = unknown if found.available is None else found.available
        yield found.sku, "as parts", None, None, available
    elif not found.places:
        yield found.sku, None, unknown, unknown, unknown
    for place, each in found.places.items():
        yield found.sku, place or None, each.on_hand, each.reserved, each.available


@command.command(name="set")
@click.argument("sku")
@click.argument("units", metavar="N")
@location_option
@reason_option
@click.pass_obj
def set_(invocation: Invocation, sku: str, units: str, location: str, reason: str) -> None:
    """So many lie there, units of open orders included; the first time this opens its ledger."""
    with opened(invocation) as workspace:
        found = set_stock(workspace.session(), sku, quantity(units), reason, location)
    _tell(invocation, found)


@command.command(name="adjust", context_settings={"ignore_unknown_options": True})
@click.argument("sku")
@click.argument("units", metavar="+N|-N")
@location_option
@reason_option
@click.pass_obj
def adjust_(invocation: Invocation, sku: str, units: str, location: str, reason: str) -> None:
    """So many more or fewer lie there than the ledger says, such as: mercer stock adjust TEE-S -2."""
    if units[:1] not in ("+", "-"):
        raise click.UsageError(f"say +{units} or -{units}; for the whole number: mercer stock set")
    number = quantity(units[1:]) * (-1 if units[0] == "-" else 1)
    with opened(invocation) as workspace:
        found = adjust(workspace.session(), sku, number, reason, location)
    _tell(invocation, found)


@command.command(name="move")
@click.argument("sku")
@click.argument("units", metavar="N")
@click.option("--from", "source", default="", metavar="NAME", help="Where it lay.")
@click.option("--to", "target", required=True, metavar="NAME", help="Where it lies now.")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is kept in the ledger.")
@click.pass_obj
def move_(
    invocation: Invocation, sku: str, units: str, source: str, target: str, reason: str
) -> None:
    """Units went from one location to another."""
    with opened(invocation) as workspace:
        found = move(workspace.session(), sku, quantity(units), source, target, reason)
    _tell(invocation, *found)


def _tell(invocation: Invocation, *found: Corrected) -> None:
    out = Output(invocation)
    for each in found:
        there = each.balance
        where = f" at {each.location}" if each.location else ""
        out.line(
            f"{each.sku}{where}: {there.on_hand} on hand, {there.reserved} reserved, "
            f"{there.available} available"
        )
    out.line("next: mercer plan --field stock")
    out.document({"stock": [documents.corrected(each) for each in found]})


@command.command()
@click.argument("sku")
@click.option("--location", default=None, metavar="NAME", help="Only what moved there.")
@click.option("--last", default=MOST, type=click.IntRange(min=1), help="So many, the newest.")
@click.pass_obj
def history(invocation: Invocation, sku: str, location: str | None, last: int) -> None:
    """Every movement of a SKU, oldest first, with the balance at its location after it."""
    out = Output(invocation)
    with opened(invocation) as workspace, workspace.database.read() as tx:
        refuse_unknown(tx, [sku])
        entries = deque(stock_history.history(tx, sku, location), maxlen=last)
    header = ("at", "kind", "location", "on hand", "reserved", "then", "available", "by", "reason")
    if entries:
        out.table(header, [_history_row(each) for each in entries])
    else:
        out.line(f"{sku} was never counted: mercer stock set {sku} N --reason ...")
    out.document({"sku": sku, "movements": [documents.entry(each) for each in entries]})


def _history_row(each: stock_history.Entry) -> list[Any]:
    return [
        f"{each.at:%Y-%m-%d %H:%M}",
        each.kind.value,
        each.location or "-",
        f"{each.on_hand:+}" if each.on_hand else "",
        f"{each.reserved:+}" if each.reserved else "",
        each.balance.on_hand,
        each.balance.available,
        each.who or each.channel,
        each.reason,
    ]


@command.command(name="incidents")
@click.option("--open", "only_open", is_flag=True, help="Only those that are not settled.")
@click.pass_obj
def incidents_(invocation: Invocation, only_open: bool) -> None:
    """Where more was sold than there was: which orders want it, and since when there is enough again."""
    out = Output(invocation)
    with opened(invocation) as workspace, workspace.database.read() as tx:
        found = list(
            islice(incidents.listed(tx, only_open=only_open), None if invocation.json else MOST)
        )
    header = ("at", "sku", "channel", "order", "available", "orders that want it", "settled")
    if found:
        out.table(header, [_incident_row(each) for each in found])
    else:
        out.line("nothing was sold that was not there")
    out.document({"incidents": [documents.incident(each) for each in found]})


def _incident_row(each: incidents.Incident) -> list[Any]:
    wanting = ", ".join(
        f"{units} for {order} on {channel}" for channel, order, units in each.orders
    )
    return [
        f"{each.at:%Y-%m-%d %H:%M}",
        each.sku,
        each.channel or None,
        each.order or "a count",
        each.available,
        wanting,
        f"{each.settled_at:%Y-%m-%d %H:%M}" if each.settled_at else "open",
    ]
