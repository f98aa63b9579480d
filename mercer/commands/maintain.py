"""`mercer maintain`."""

from __future__ import annotations

from typing import Any

import click

from mercer.commands.invocation import Command, Invocation
from mercer.commands.jobs import forgotten_runs
from mercer.commands.output import Output
from mercer.commands.show import counted
from mercer.commands.workspace import opened
from mercer.config.secrets import add_personal_key
from mercer.sync.maintain import Maintained, Removed, maintain
from mercer.sync.people import vault_of
from mercer.wiring import Workspace


@click.command(cls=Command, short_help="Delete personal data that has had its time; change its key")
@click.option(
    "--new-key", is_flag=True, help="Put a new key in front, and seal everything with it."
)
@click.option("--reseal", is_flag=True, help="Seal everything with the first key.")
@click.option(
    "--drop-unopenable", is_flag=True, help="Delete what no key opens: its key is lost for good."
)
@click.pass_obj
def command(invocation: Invocation, new_key: bool, reseal: bool, drop_unopenable: bool) -> None:
    """Delete personal data and quarantined payloads that have had their time. Run it every day."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        session = workspace.session()
        if new_key:
            _add_key(out, workspace)
        done = maintain(session, reseal=reseal or new_key, drop_unopenable=drop_unopenable)
        runs = forgotten_runs(workspace)
    _tell(out, done)
    out.document(
        {
            "expired": _documents(done.expired),
            "dropped": _documents(done.dropped),
            "links": done.links,
            "resealed": done.resealed,
            "kept": done.kept,
            "swept": done.swept,
            "runs": runs,
        }
    )


def _add_key(out: Output, workspace: Workspace) -> None:
    vault_of(workspace.session())
    reference = workspace.config.personal_key
    assert reference is not None
    path = add_personal_key(reference, workspace.config.base)
    out.line(f"a new key is in front in {path}; put the file where you keep your secrets, too")


def _tell(out: Output, done: Maintained) -> None:
    for what, removed in (("had its time", done.expired), ("opened with no key", done.dropped)):
        for (channel, kind), number in sorted(removed.items()):
            out.line(
                f"{channel or 'workspace'}: {counted(number, 'value')} ({kind}) {what}, deleted"
            )
    if done.links:
        out.line(f"{counted(done.links, 'link')} between channels deleted with them")
    if done.resealed is not None:
        out.line(
            f"{counted(done.resealed, 'value')} sealed with the first key; the other keys open only "
            "backups made before now"
        )
    if not done.swept:
        out.warn(
            "another process holds the database's log, where deleted values may still be: run again"
        )
    out.line(f"{counted(done.kept, 'value')} kept")


def _documents(removed: Removed) -> list[dict[str, Any]]:
    return [
        {"channel": channel, "kind": kind, "values": number}
        for (channel, kind), number in sorted(removed.items())
    ]
