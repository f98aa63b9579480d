"""`mercer status`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

import click

from mercer.commands import documents
from mercer.commands.invocation import Command, Invocation
from mercer.commands.jobs import listed, tell_resting
from mercer.commands.output import Output
from mercer.commands.show import MOST, shown
from mercer.commands.workspace import opened
from mercer.core.cell import Field
from mercer.core.merge import State
from mercer.store import breakers
from mercer.store.breakers import Open
from mercer.store.freshness import Confirmed
from mercer.store.workers import Worker
from mercer.sync.engine.dead import dead_letters
from mercer.sync.engine.liveness import alive
from mercer.sync.engine.protocol import JobRun
from mercer.sync.estimate import spoken
from mercer.sync.status import ChannelStatus, moved_at_shop, status_of


@click.command(cls=Command, short_help="Where every channel stands")
@click.pass_obj
def command(invocation: Invocation) -> None:
    """Where every channel stands, as far as it was read last; nothing is sent."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        session = workspace.session()
        channels = status_of(session)
        now = session.clock.now()
        with session.database.read() as tx:
            found = moved_at_shop(tx, session)
            moved = list(found if invocation.json else islice(found, MOST))
            resting = breakers.every(tx)
        at_work = alive(workspace.database, workspace.engine_place)
        dead = dead_letters(listed(workspace))
    if channels:
        _tell(out, channels)
        _tell_freshness(out, channels, now)
    else:
        out.line("no channels yet: mercer channel add NAME")
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
    _tell_work(out, at_work, resting, dead)
    _advise(
        out,
        any(each.linked < each.offers for each in channels),
        [each.channel for each in channels if each.unagreed],
        any(each.pending for each in channels),
        any(cell.state in (State.DRIFT, State.CONFLICT) for cell in moved),
    )
    out.document(
        {
            "channels": documents.status(channels, now),
            "differences": [documents.difference(cell) for cell in moved],
            "workers": [documents.worker(each) for each in at_work],
            "resting": [documents.resting(each) for each in resting],
            "dead": [documents.job(each, dead=True) for each in dead],
        }
    )


def _tell(out: Output, channels: Sequence[ChannelStatus]) -> None:
    """Troubles that no channel has get no column."""
    troubles = {
        "conflicts": [each.conflicts for each in channels],
        "unagreed": [each.unagreed for each in channels],
        "blocked": [each.blocked for each in channels],
        "in flight": [each.in_flight for each in channels],
        "missing": [each.missing for each in channels],
        "absent": [each.absent for each in channels],
        "set aside": [each.set_aside for each in channels],
    }
    there = {name: numbers for name, numbers in troubles.items() if any(numbers)}
    rows = [
        (
            each.channel,
            each.platform,
            each.offers,
            each.linked,
            each.pending,
            each.drift,
            *(numbers[index] for numbers in there.values()),
            f"{each.last_pull:%m-%d %H:%M}" if each.last_pull else "never",
        )
        for index, each in enumerate(channels)
    ]
    main = ("channel", "platform", "offers", "linked", "to push", "drift")
    out.table((*main, *there, "last pull"), rows)


def _tell_freshness(out: Output, channels: Sequence[ChannelStatus], now: datetime) -> None:
    """The age of the last confirmed truth: of 95 in 100 values, and of the oldest where that is more."""
    fields = [
        field
        for field in Field
        if any(field is c.field for each in channels for c in each.confirmed)
    ]
    if not fields:
        return
    out.line("\nLast confirmed, 95 % within (the oldest):")
    rows = []
    for each in channels:
        ages = {c.field: _ages(c, now) for c in each.confirmed}
        orders, whole = each.orders_known_until, each.enumerated_at
        told = (ages.get(field) for field in fields)
        rows.append((each.channel, *told, _age(orders, now), _age(whole, now)))
    header = ("channel", *(field.value for field in fields), "orders", "whole shop")
    out.table(header, rows)


def _ages(confirmed: Confirmed, now: datetime) -> str:
    most, oldest = _age(confirmed.most, now), _age(confirmed.oldest, now)
    return most if most == oldest else f"{most} ({oldest})"


def _age(at: datetime | None, now: datetime) -> str:
    seconds = documents.age(at, now)
    return "never" if seconds is None else spoken(seconds)


def _tell_work(
    out: Output, at_work: Sequence[Worker], resting: Sequence[Open], dead: Sequence[JobRun]
) -> None:
    for worker in at_work:
        out.line(f"worker {worker.id} at work since {worker.began_at:%m-%d %H:%M} UTC")
    tell_resting(out, resting)
    for run in dead[:MOST]:
        error = run.error["message"] if run.error else run.state.value
        out.line(f"failed for good: {run.key}: {error}")
    if dead:
        out.line("next: do them again: mercer jobs retry --failed")


def _advise(out: Output, unlinked: bool, unagreed: list[str], due: bool, waiting: bool) -> None:
    if unlinked:
        out.line("next: say which SKU each offer is: mercer link")
    if waiting:
        out.line("next: say whose values hold: mercer conflicts list")
    for name in unagreed:
        out.line(f"next: say whose values hold on {name}: mercer adopt {name}")
    if due:
        out.line("next: mercer plan")
