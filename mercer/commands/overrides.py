"""`mercer overrides list|end`."""

from __future__ import annotations

from itertools import islice

import click

from mercer.commands import conflict_documents as documents
from mercer.commands.invocation import Group, Invocation
from mercer.commands.options import channels_option, conflict_id, field_option, skus_option
from mercer.commands.output import Output
from mercer.commands.show import MOST, counted, shown
from mercer.commands.workspace import opened
from mercer.core.cell import Field
from mercer.core.errors import InputError
from mercer.store import overrides
from mercer.store.overrides import Kept
from mercer.sync.overrides import end


@click.group(cls=Group, short_help="See and end the values that channels keep as their own")
def command() -> None:
    """Values that one channel keeps as its own, whatever the catalogue says."""


@command.command(name="list")
@channels_option
@field_option
@skus_option
@click.pass_obj
def list_(
    invocation: Invocation,
    channels: tuple[str, ...],
    fields: tuple[Field, ...],
    skus: tuple[str, ...],
) -> None:
    """Each with who said so, when, why, and until when."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        for name in channels:
            workspace.config.channel(name)
        with workspace.database.read() as tx:
            found = overrides.listed(tx, channels, fields, skus)
            listed = list(found if invocation.json else islice(found, MOST + 1))
    if listed:
        header = ("id", "channel", "sku", "field", "value", "shows", "by", "since", "until", "why")
        out.table(header, [_row(each) for each in listed[:MOST]])
        if len(listed) > MOST:
            out.line("... and more: narrow it, or take all with --json")
    else:
        out.line("no channel keeps a value of its own")
    out.document({"overrides": [documents.kept(each) for each in listed]})


def _row(each: Kept) -> tuple[object, ...]:
    own = each.override
    until = documents.moment(own.expires_at) if own.expires_at else None
    return (
        f"c{each.id}", own.key.channel, each.sku, own.key.field.value, shown(own.value),
        shown(each.observed), own.who, documents.moment(own.made_at), until, own.reason or None,
    )  # fmt: skip


@command.command(name="end")
@click.argument("ids", nargs=-1, required=True, type=conflict_id, metavar="ID...")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept.")
@click.pass_obj
def end_(invocation: Invocation, ids: tuple[int, ...], reason: str) -> None:
    """The catalogue's value holds on the channel again; the next plan writes it."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        session = workspace.session()
        with session.database.read() as tx:
            found = list(overrides.listed(tx, ids=ids))
        missing = sorted(set(ids) - {each.id for each in found})
        if missing:
            raise InputError(
                f"c{missing[0]} keeps no value of its own", hint="see all: mercer overrides list"
            )
        end(session, found, reason)
    out.line(f"{counted(len(found), 'override')} ended")
    out.line("next: mercer plan")
    out.document({"ended": [documents.kept(each) for each in found]})
