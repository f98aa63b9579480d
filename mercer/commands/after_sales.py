"""`mercer after-sales list|show|restock|write-off`."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from mercer.commands import order_documents
from mercer.commands.invocation import Group, Invocation
from mercer.commands.options import channels_option, one_channel_option
from mercer.commands.order_documents import minute
from mercer.commands.output import Output
from mercer.commands.show import counted, shown
from mercer.commands.workspace import opened
from mercer.core.after_sales import OPEN
from mercer.store import cases, orders
from mercer.store.cases import Kept
from mercer.sync.after_sales import decide_goods, found_case


@click.group(cls=Group, short_help="Refunds, returns and cancellations, and what is due")
def command() -> None:
    """Refunds, returns and cancellations that buyers ask for, and what is due."""


@command.command(name="list")
@channels_option
@click.option("--all", "everything", is_flag=True, help="Ended ones too.")
@click.option(
    "--due", type=click.IntRange(min=1), metavar="HOURS", help="Only those due within so long."
)
@click.pass_obj
def list_(
    invocation: Invocation, channels: tuple[str, ...], everything: bool, due: int | None
) -> None:
    """Cases as last taken in, the most urgent first."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        for name in channels:
            workspace.config.channel(name)
        now = workspace.clock.now()
        before = now + timedelta(hours=due) if due else None
        with workspace.database.read() as tx:
            found = cases.listed(tx, channels, only_open=not everything, due_before=before)
    if found:
        header = ("channel", "case", "order", "kind", "status", "amount", "due")
        out.table(header, [_row(each, now) for each in found])
    out.line(
        counted(len(found), "case") if found else "no cases; read them: mercer pull after-sales"
    )
    out.document({"cases": [order_documents.case(each) for each in found]})


@command.command()
@click.argument("case")
@one_channel_option
@click.pass_obj
def show(invocation: Invocation, case: str, channel: str | None) -> None:
    """One case by its id."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        kept = found_case(workspace.session(), case, channel)
        now = workspace.clock.now()
        with workspace.database.read() as tx:
            lines = orders.lines_of(tx, kept.channel, kept.case.order)
    skus = {line["line"]: line["sku"] for line in lines}
    each = kept.case
    free = ", within the days that need no reason" if each.no_reason else ""
    out.line(f"{kept.channel} case {each.case}: {each.kind.value} of order {kept.number}{free}")
    amount = shown(str(each.amount)) if each.amount else "not told"
    status = each.status.value.replace("_", " ")
    out.line(f"{status}, amount {amount}, due: {_due(kept, now)}")
    if each.reason:
        out.line(f"reason: {each.reason}")
    if each.lines:
        rows = [(line.line, skus.get(line.line), line.quantity) for line in each.lines]
        out.table(("line", "sku", "units"), rows)
    if kept.decision:
        done = "on hand again" if kept.decision == cases.RESTOCK else "written off"
        out.line(f"goods: {done}, decided by {kept.decided_by}")
    out.document(order_documents.case(kept))


@command.command()
@click.argument("case")
@one_channel_option
@click.option("--location", default="", metavar="NAME", help="Where the goods lie now.")
@click.pass_obj
def restock(invocation: Invocation, case: str, channel: str | None, location: str) -> None:
    """The goods of a return are back and good: put them on hand again."""
    _decide(invocation, case, channel, cases.RESTOCK, location)


@command.command(name="write-off")
@click.argument("case")
@one_channel_option
@click.pass_obj
def write_off(invocation: Invocation, case: str, channel: str | None) -> None:
    """The goods of a return did not come back, or cannot be sold again."""
    _decide(invocation, case, channel, cases.WRITE_OFF, "")


def _decide(
    invocation: Invocation, case: str, channel: str | None, decision: str, location: str
) -> None:
    out = Output(invocation)
    with opened(invocation) as workspace:
        decided = decide_goods(workspace.session(), case, decision, location, channel)
    units = ", ".join(f"{number} x {sku}" for sku, number in decided.units.items())
    out.line(f"case {case}: {f'{units} on hand again' if units else 'written off'}")
    out.document(
        {
            "channel": decided.kept.channel,
            "case": case,
            "decision": decision,
            "location": location,
            "units": decided.units,
        }
    )


def _row(kept: Kept, now: datetime) -> tuple[object, ...]:
    each = kept.case
    kind = f"{each.kind.value}{' (no reason needed)' if each.no_reason else ''}"
    amount = str(each.amount) if each.amount else None
    status = each.status.value.replace("_", " ")
    return kept.channel, each.case, kept.number, kind, status, amount, _due(kept, now)


def _due(kept: Kept, now: datetime) -> str:
    deadline = kept.case.deadline
    if kept.case.status not in OPEN or deadline is None:
        return "no deadline"
    moment = f"{minute(deadline)} UTC"
    if deadline <= now:
        return f"overdue since {moment}"
    hours = int((deadline - now).total_seconds() // 3600)
    return f"{moment}, {f'in {hours} h' if hours else 'within the hour'}"
