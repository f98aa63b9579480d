"""What commands that plan take beside channels and fields: what to let pass, and why."""

from __future__ import annotations

import click

from mercer.commands.options import Decorated
from mercer.core.cell import Field
from mercer.core.guard import NEVER_ALLOWED, Guard
from mercer.sync.planning import Request


def allowance(text: str) -> str:
    """`guard` or `guard:SKU`, of a guard that can be allowed."""
    name = text.partition(":")[0]
    names = [guard.value for guard in Guard]
    if name not in names:
        raise click.BadParameter(f"{name!r} is no guard; there are {', '.join(names)}")
    if Guard(name) in NEVER_ALLOWED:
        raise click.BadParameter(f"{name} cannot be allowed: it guards unknown or worthless values")
    return text


def guard_options(command: Decorated) -> Decorated:
    allow = click.option(
        "--allow",
        "allowed",
        multiple=True,
        type=allowance,
        metavar="GUARD[:SKU]",
        help="Let what this guard blocks pass once; repeatable. Needs --reason.",
    )
    reason = click.option(
        "--reason", default="", metavar="TEXT", help="Why; it is kept with the plan."
    )
    return allow(reason(command))


def request(
    channels: tuple[str, ...],
    fields: tuple[Field, ...],
    allowed: tuple[str, ...],
    reason: str,
    skus: frozenset[str] | None = None,
) -> Request:
    if allowed and not reason.strip():
        raise click.UsageError("--allow needs --reason: say why the guard may be passed")
    return Request(channels, fields, skus, allowed, reason.strip())
