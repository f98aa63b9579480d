"""`mercer doctor`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict

import click

from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import channels_option
from mercer.commands.output import Output
from mercer.commands.progress import progress
from mercer.commands.show import counted
from mercer.commands.workspace import opened
from mercer.core.contract import Checks, Health
from mercer.core.errors import MercerError
from mercer.store import quota
from mercer.store.audit_check import check
from mercer.sync.maintain import try_key
from mercer.sync.session import Progress
from mercer.sync.status import status_of
from mercer.wiring import Workspace

Line = tuple[str, Health]
"""Where it was looked at: a channel's name, or empty for the workspace itself."""


@click.command(
    cls=Command, short_help="Check database, audit, clock, credentials, reachability and quotas"
)
@channels_option
@click.pass_obj
def command(invocation: Invocation, channels: tuple[str, ...]) -> int:
    """Check database, audit, clock, and each channel's settings, credentials, reachability and quotas.

    Every line that fails says what to try. Only cheap reads are sent.
    """
    out = Output(invocation)
    with opened(invocation) as workspace:
        for name in channels:
            workspace.config.channel(name)
        lines = [("", _tried("database", lambda: _database(workspace)))]
        with progress(invocation) as shown:
            lines.append(("", _tried("audit", lambda: _audit(workspace, shown))))
        lines.append(("", _tried("personal data", lambda: _personal(workspace))))
        clock = _tried("clock", lambda: _clock(workspace))
        lines.append(("", clock))
        if clock.ok:
            for name in channels or workspace.config.channels:
                lines.extend((name, each) for each in asyncio.run(_channel(workspace, name)))
        lines.extend(("", each) for each in _quotas(workspace, known_time=clock.ok))
    _tell(out, lines)
    healthy = all(health.ok for _, health in lines)
    out.document(
        {"ok": healthy, "checks": [{"channel": name, **asdict(each)} for name, each in lines]}
    )
    return 0 if healthy else 1


def _tell(out: Output, lines: list[Line]) -> None:
    rows = [
        (name or "workspace", each.check, "ok" if each.ok else "FAILS", each.detail)
        for name, each in lines
    ]
    out.table(("where", "check", "", "found"), rows)
    for name, each in lines:
        if each.check == "audit":  # longer than a table shows, and to be noted elsewhere
            out.line(f"audit: {each.detail}")
        if not each.ok:
            place = f"{name} " if name else ""
            out.line(f"{place}{each.check}: {each.detail}\n  try: {each.fix}")


def _tried(check: str, look: Callable[[], Health]) -> Health:
    try:
        return look()
    except MercerError as error:
        return Health(check, False, error.message, error.hint)


def _database(workspace: Workspace) -> Health:
    durability = workspace.database.check_writable()
    place = workspace.config.database
    detail = f"{place} is migrated and writable, {durability.found}"
    return Health("database", durability.sound, detail, durability.fix)


def _audit(workspace: Workspace, shown: Progress) -> Health:
    """The last line's hash is for people to note elsewhere: see docs/audit.md."""
    shown.begin("workspace", "audit", None)
    with workspace.database.read() as tx:
        found = check(tx, lambda lines: shown.advance("workspace", "audit", lines))
    shown.end("workspace", "audit")
    end = f", the last has hash {found.head}" if found.lines else ""
    holds = f"{counted(found.lines, 'line')} hold{'s' if found.lines == 1 else ''}{end}"
    return Health(
        "audit",
        not found.broken,
        f"{found.broken}; {holds}" if found.broken else holds,
        "somebody wrote into the database past Mercer: compare it with a backup",
    )


def _personal(workspace: Workspace) -> Health:
    session = workspace.session()
    if session.vault is None:
        return Health("personal data", True, "none is kept: mercer.toml has no [personal] key")
    kept = try_key(session)
    return Health("personal data", True, f"sealed, and its key opens it: {counted(kept, 'value')}")


def _clock(workspace: Workspace) -> Health:
    now = workspace.clock.now()
    pulls = [each.last_pull for each in status_of(workspace.session()) if each.last_pull]
    return Health(
        "clock",
        all(pull <= now for pull in pulls),
        f"{now:%Y-%m-%d %H:%M:%S} UTC" + (", the sandbox's" if workspace.config.sandbox else ""),
        "it is behind the last pull: set this machine's clock",
    )


async def _channel(workspace: Workspace, name: str) -> list[Health]:
    try:
        async with workspace.connected([name]) as (session, _):
            found = [Health("settings", True, "complete, and their secrets can be read")]
            adapter = session.connection(name).adapter
            if isinstance(adapter, Checks):
                found.extend(await adapter.check())
            return found
    except MercerError as error:
        return [Health("settings", False, error.message, error.hint)]


def _quotas(workspace: Workspace, *, known_time: bool) -> list[Health]:
    """How long each quota that was used is still taken up."""
    if not known_time:
        return []
    now = workspace.clock.now().timestamp()
    with workspace.database.read() as tx:
        arrivals = quota.arrivals(tx)
    return [
        Health("quota", True, f"{key}: {_use(at - now)}") for key, at in sorted(arrivals.items())
    ]


def _use(seconds: float) -> str:
    return f"in use, all of it free in {seconds:.1f} s" if seconds > 0 else "free"
