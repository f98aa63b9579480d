"""`mercer status`."""

from __future__ import annotations

from itertools import islice

import click

from mercer.commands import documents
from mercer.commands.invocation import Command, Invocation
from mercer.commands.output import Output
from mercer.commands.show import MOST, shown
from mercer.commands.workspace import opened
from mercer.sync.status import moved_at_shop, status_of


@click.command(cls=Command, short_help="Where every channel stands")
@click.pass_obj
def command(invocation: Invocation) -> None:
    """Where every channel stands, as far as it was read last; nothing is sent."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        session = workspace.session()
        channels = status_of(session)
        with session.database.read() as tx:
            found = moved_at_shop(tx, session)
            moved = list(found if invocation.json else islice(found, MOST))
    header = (
        "channel", "platform", "offers", "linked", "to push", "drift", "conflicts", "unagreed",
        "blocked", "in flight", "missing", "absent", "orders", "last pull",
    )  # fmt: skip
    rows = [
        (
            each.channel, each.platform, each.offers, each.linked, each.pending, each.drift,
            each.conflicts, each.unagreed, each.blocked, each.in_flight, each.missing, each.absent,
            each.orders, f"{each.last_pull:%Y-%m-%d %H:%M}" if each.last_pull else "never",
        )
        for each in channels
    ]  # fmt: skip
    if not channels:
        out.line("no channels yet: mercer channel add NAME")
        out.document({"channels": [], "differences": []})
        return
    out.table(header, rows)
    if moved:
        out.line("\nChanged at the shops by another hand:")
        out.table(
            ("channel", "sku", "field", "should show", "shows", "cause", "state"),
            [
                (
                    cell.key.channel, cell.sku, cell.key.field.value, shown(cell.desired),
                    shown(cell.observed), cell.cause, cell.state.value,
                )
                for cell in moved
            ],
        )  # fmt: skip
    _advise(
        out,
        [each.channel for each in channels if each.unagreed],
        any(each.pending for each in channels),
    )
    out.document(
        {
            "channels": documents.status(channels),
            "differences": [documents.difference(cell) for cell in moved],
        }
    )


def _advise(out: Output, unagreed: list[str], due: bool) -> None:
    for name in unagreed:
        out.line(f"next: say whose values hold on {name}: mercer adopt {name}")
    if due:
        out.line("next: mercer plan")
