"""`mercer conflicts list|show|resolve`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import click

from mercer.commands import conflict_documents as documents
from mercer.commands.invocation import Group, Invocation
from mercer.commands.options import choice_options, conflict_id, moment, yes_option
from mercer.commands.output import Output
from mercer.commands.show import MOST, counted, shown
from mercer.commands.workspace import opened
from mercer.store import conflicts
from mercer.store.conflicts import Choice, Waiting
from mercer.store.decisions import How
from mercer.sync.catching_up import catch_up
from mercer.sync.conflicts import Answer, Resolved, Told, resolve, tell
from mercer.sync.session import Session
from mercer.wiring import Workspace


@click.group(
    cls=Group, short_help="See and settle what waits until a person says whose value holds"
)
def command() -> None:
    """Values that a shop and the catalogue do not agree on, and that no policy settles.

    None of them is written until somebody decides.
    """


@command.command(name="list")
@choice_options
@click.pass_obj
def list_(invocation: Invocation, choice: Choice) -> None:
    """What waits, with the value last agreed on, ours and theirs.

    States: drift (the shop moved), conflict (both moved), unagreed (never agreed on).
    """
    out = Output(invocation)
    with opened(invocation) as workspace:
        found = _found(workspace, choice, None if invocation.json else MOST + 1)
    if found:
        out.table(documents.HEADER, [documents.row(each) for each in found[:MOST]])
        if len(found) > MOST:
            out.line("... and more: narrow it, or take all with --json")
        out.line("next: mercer conflicts show ID, or mercer conflicts resolve")
    else:
        out.line("nothing waits for a decision")
    out.document({"conflicts": [documents.waiting(each) for each in found]})


@command.command()
@click.argument("id", type=conflict_id, metavar="ID")
@click.pass_obj
def show(invocation: Invocation, id: int) -> None:
    """The three values of one conflict, who set them and when, and what each way out will write."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        found = tell(workspace.session(), id)
    _tell(out, found)
    out.line(f"next: mercer conflicts resolve c{id} --ours, --theirs or --value V, with --reason")
    out.document(documents.told(found))


@command.command(name="resolve")
@click.argument("ids", nargs=-1, type=conflict_id, metavar="[ID]...")
@choice_options
@click.option("--ours", "how", flag_value=How.OURS.value, help="Our value holds and is written.")
@click.option(
    "--theirs", "how", flag_value=How.THEIRS.value, help="The channel keeps what its shop shows."
)
@click.option("--value", metavar="V", help="The channel gets a value of its own.")
@click.option("--until", metavar="TIME", help="The channel's own value ends then; UTC unless told.")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is kept with the decision.")
@yes_option
@click.pass_obj
def resolve_(
    invocation: Invocation,
    ids: tuple[int, ...],
    choice: Choice,
    how: str | None,
    value: str | None,
    until: str | None,
    reason: str,
    yes: bool,
) -> int:
    """Say whose value holds: of conflicts by ID, of all that the options choose, or one by one.

    Nothing is sent: ours, or a value, goes out with the next plan. Theirs, or a value, is kept for
    that channel alone; the catalogue stays. Exit 1 where something could not be settled.
    """
    out = Output(invocation)
    answer = _answer(how, value, until, reason)
    if answer is None and not invocation.interactive:
        raise click.UsageError("say --ours, --theirs or --value V")
    if answer is not None and not ids and choice == Choice():
        raise click.UsageError(
            "name conflicts, such as c12, or narrow them: --channel, --field ..."
        )
    with opened(invocation) as workspace:
        found = _found(workspace, replace(choice, ids=ids))
        session = workspace.session()
        if answer is None:
            done = _one_by_one(out, session, found, _end(until), reason)
        else:
            if not ids and not _sure(invocation, found, answer, yes=yes):
                return 1
            done = resolve(session, found, answer)
    unknown = sorted(set(ids) - {each.id for each in found})
    done.left += [(id, "it waits for nobody: mercer conflicts list") for id in unknown]
    _tell_done(out, done)
    return 1 if done.left else 0


def _answer(how: str | None, value: str | None, until: str | None, reason: str) -> Answer | None:
    if how is not None and value is not None:
        raise click.UsageError("say one of --ours, --theirs and --value")
    if how is None and value is None:
        return None
    if not reason.strip():
        raise click.UsageError("say why: --reason TEXT")
    which = How(how) if how is not None else How.VALUE
    return Answer(which, reason.strip(), value or "", _end(until))


def _end(until: str | None) -> datetime | None:
    return None if until is None else moment(until)


def _found(workspace: Workspace, choice: Choice, most: int | None = None) -> list[Waiting]:
    """As time and mercer.toml have it now."""
    for name in choice.channels:
        workspace.config.channel(name)
    session = workspace.session()
    with session.database.write() as tx:
        catch_up(tx, session, sorted(session.channels))
        return list(conflicts.listed(tx, choice, most))


def _sure(invocation: Invocation, found: Sequence[Waiting], answer: Answer, *, yes: bool) -> bool:
    if yes or not found:
        return True
    if not invocation.interactive:
        raise click.UsageError(f"{counted(len(found), 'conflict')} would be settled: say --yes")
    return click.confirm(f"Settle {counted(len(found), 'conflict')} as {answer.how.value}?")


def _one_by_one(
    out: Output, session: Session, found: Sequence[Waiting], until: datetime | None, reason: str
) -> Resolved:
    done = Resolved()
    for each in found:
        _tell(out, tell(session, each.id))
        ways = click.Choice(["ours", "theirs", "value", "skip", "quit"])
        said = click.prompt("whose value holds", type=ways)
        if said == "quit":
            break
        if said == "skip":
            continue
        how = How(said)
        value = click.prompt("value") if how is How.VALUE else ""
        why = reason or click.prompt("reason")
        ends = None if how is How.OURS else until
        one = resolve(session, [each], Answer(how, why, value, ends))
        done.settled += one.settled
        done.left += one.left
    return done


def _tell(out: Output, found: Told) -> None:
    waiting = found.waiting
    cell = waiting.cell
    what = f"{cell.sku or cell.key.listing} {cell.key.field.value} on {cell.key.channel}"
    out.line(f"c{waiting.id}: {what}: {cell.state.value}")
    out.table(("side", "value", "who and when (UTC)"), documents.lines(found))
    for how, text in documents.writes(cell).items():
        out.line(f"  {how}: {text}")
    for past in found.past:
        who = f"{past.who} at {documents.moment(past.at)}"
        out.line(f"  before: {past.how.value}, by {who}{f': {past.reason}' if past.reason else ''}")
    for other in found.beside:
        out.line(f"  beside it c{other.id} waits: its {other.cell.key.field.value}")


def _tell_done(out: Output, done: Resolved) -> None:
    for text in _settled(done.settled[:MOST]):
        out.line(text)
    if len(done.settled) > MOST:
        out.line(f"... and {len(done.settled) - MOST} more")
    for id, why in done.left:
        out.line(f"left: c{id}: {why}")
    out.line(f"{len(done.settled)} settled, {len(done.left)} left")
    if done.settled:
        out.line("next: mercer plan")
    out.document(
        {
            "settled": [documents.waiting(each) for each in done.settled],
            "left": [{"id": f"c{id}", "why": why} for id, why in done.left],
        }
    )


def _settled(settled: Sequence[Waiting]) -> Iterator[str]:
    for each in settled:
        cell = each.cell
        what = f"c{each.id}: {cell.sku or cell.key.listing} {cell.key.field.value}"
        yield f"{what} on {cell.key.channel} is to show {shown(cell.desired)}: {cell.state.value}"
