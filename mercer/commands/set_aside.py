"""`mercer orders aside|retry`: what of orders and cases could not be read."""

from __future__ import annotations

import click

from mercer.commands import documents
from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import channels_option
from mercer.commands.order_documents import set_aside, tell_set_aside
from mercer.commands.output import Output
from mercer.commands.show import counted
from mercer.commands.workspace import online, opened, warn_of
from mercer.core.errors import MercerError
from mercer.sync.quarantine import all_set_aside, open_payload
from mercer.sync.retry import Retried
from mercer.sync.retry import retry as retry_channel
from mercer.sync.session import Session, on_each


@click.command(cls=Command, short_help="See what could not be read, and what the platform sent")
@channels_option
@click.option(
    "--payload",
    metavar="ID",
    help="Show what the platform sent of this one. It may be personal: the log notes who asked.",
)
@click.pass_obj
def aside(invocation: Invocation, channels: tuple[str, ...], payload: str | None) -> None:
    """Orders and after-sales cases that could not be read, and why. They are kept for `retry`."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        session = workspace.session()
        named = [workspace.config.channel(name).channel.name for name in channels]
        if payload is not None:
            one, text = open_payload(session, payload, named)
            out.line(text)
            out.document({"aside": set_aside(one), "payload": text})
            return
        found = all_set_aside(session, named)
    tell_set_aside(out, found)
    out.line(f"{len(found)} set aside")
    if found:
        out.line("next: mercer orders aside --payload ID, or mercer orders retry")
    out.document({"aside": [set_aside(each) for each in found]})


@click.command(cls=Command, short_help="Read again what could not be read")
@channels_option
@click.pass_obj
def retry(invocation: Invocation, channels: tuple[str, ...]) -> int:
    """Read again what could not be read: orders one by one, cases by a month of their windows.

    Exit 1 where something is still set aside.
    """
    out = Output(invocation)

    async def work(session: Session) -> tuple[dict[str, Retried], dict[str, MercerError]]:
        return await on_each(session.chosen(channels), lambda each: retry_channel(session, each))

    with opened(invocation) as workspace:
        (done, stopped), failed = online(invocation, workspace, work, channels)
    failed = failed | stopped
    for name, each in done.items():
        gone = f", {counted(each.gone, 'order')} not there any more" if each.gone else ""
        taken = f"{counted(each.orders, 'order')} and {counted(each.cases, 'case')} taken in"
        out.line(f"{name}: {taken}{gone}, {len(each.left)} still set aside")
    left = [each for retried in done.values() for each in retried.left]
    tell_set_aside(out, left)
    warn_of(failed, out)
    out.document(
        {
            "channels": {
                name: {"orders": each.orders, "cases": each.cases, "gone": each.gone}
                for name, each in done.items()
            },
            "aside": [set_aside(each) for each in left],
            "failed": documents.failures(failed),
        }
    )
    return 1 if failed or left else 0
