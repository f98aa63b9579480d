"""`mercer history`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import named_fields
from mercer.commands.output import Output
from mercer.commands.show import MOST
from mercer.commands.workspace import opened
from mercer.core.cell import Field
from mercer.store.history import Event, Subject, Thing, Wanted
from mercer.sync.history import history_of

_FLOOR = "floor"
"""Not shown on any channel, and of a price all the same."""


@click.command(
    cls=Command, short_help="What became of a SKU, a listing or an order, who did it, and why"
)
@click.argument("name", metavar="SKU|LISTING|ORDER")
@click.option(
    "--as",
    "subject",
    type=click.Choice([each.value for each in Subject]),
    help="What the name is of, where several things have it.",
)
@click.option("--channel", metavar="NAME", help="Only what concerns this channel.")
@click.option(
    "--field", "fields", type=named_fields, metavar="WORDS", help="Only price,stock,content,status."
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]),
    metavar="TIME",
    help="Only from this day or minute on, in UTC.",
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=MOST, show_default=True, help="The newest N."
)
@click.pass_obj
def command(
    invocation: Invocation,
    name: str,
    subject: str | None,
    channel: str | None,
    fields: tuple[Field, ...] | None,
    since: datetime | None,
    limit: int,
) -> None:
    """What became of a SKU, a listing or an order, the newest last.

    From the audit, the journal of changes and the stock ledger: when, what, before and after, in
    whose name, by which plan and run, and under which request id of the platform.
    """
    out = Output(invocation)
    words = tuple(each.value for each in fields or ())
    words += (_FLOOR,) if Field.PRICE in (fields or ()) else ()
    wanted = Wanted(channel, words, since and since.replace(tzinfo=UTC), limit)
    with opened(invocation) as workspace:
        thing, events = history_of(
            workspace.session(), name, Subject(subject) if subject else None, wanted
        )
    _tell(out, thing, events, limit)
    out.document({"of": _thing(thing), "events": [_document(each) for each in events]})


def _tell(out: Output, thing: Thing, events: list[Event], limit: int) -> None:
    on = f" on {thing.channel}" if thing.channel else ""
    if not events:
        out.line(f"nothing is known of {thing.subject.value} {thing.name}{on} in this time")
        return
    header = ("at (UTC)", "what", "where", "field", "change", "by", "plan, run", "request", "why")
    out.table(header, [_row(each) for each in events])
    if len(events) == limit:
        out.line(f"the newest {limit}; for more: --limit {limit * 2}")


def _row(each: Event) -> list[object]:
    where = " ".join(part for part in (each.channel, each.offer or each.listing) if part)
    return [
        f"{each.at:%Y-%m-%d %H:%M:%S}",
        each.kind,
        where or each.order,
        " ".join(part for part in (each.field, each.scope) if part) or None,
        _change(each),
        each.who,
        ", ".join(part for part in (each.plan, each.run) if part) or None,
        each.request_id,
        each.reason,
    ]


def _change(each: Event) -> str | None:
    if each.after is None:
        return None
    after = each.after or "nothing"
    return after if each.before is None else f"{each.before or 'nothing'} -> {after}"


def _thing(thing: Thing) -> dict[str, str | None]:
    return {"kind": thing.subject.value, "name": thing.name, "channel": thing.channel}


def _document(each: Event) -> dict[str, Any]:
    """An interface, so its keys only ever grow."""
    return {**asdict(each), "at": each.at.isoformat()}
