"""Options that several commands take, read into what the engine takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import wraps
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from mercer.core.cell import LANE_OF, PLANNED, Field, Lane
from mercer.core.currency import MINOR_DIGITS
from mercer.core.errors import InputError
from mercer.core.merge import State
from mercer.core.terms import Share, Terms, share_from, wait_from
from mercer.store.conflicts import WAITING, Choice

OwnTerms = Callable[[Terms], Terms]
"""What the command line makes of the terms of `mercer.toml`."""

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

FIELDS = {
    lane.value: tuple(field for field in Field if LANE_OF[field] is lane)
    for lane in (Lane.PRICE, Lane.STOCK, Lane.CONTENT, Lane.STATUS)
}
"""The words of `--field`, each with the fields that travel together under it."""


def channels_option(command: Decorated) -> Decorated:
    option = click.option(
        "--channel",
        "channels",
        multiple=True,
        metavar="NAME",
        help="Only this channel; repeatable.",
    )
    return option(command)


def one_channel_option(command: Decorated) -> Decorated:
    option = click.option(
        "--channel", metavar="NAME", help="Which one, where several channels have it."
    )
    return option(command)


def named_fields(text: str) -> tuple[Field, ...]:
    words = [word.strip() for word in text.split(",")]
    for word in words:
        if word not in FIELDS:
            raise click.BadParameter(f"{word!r} is not one of {', '.join(FIELDS)}")
    return tuple(field for word in FIELDS if word in words for field in FIELDS[word])


def field_option(command: Decorated) -> Decorated:
    option = click.option(
        "--field",
        "fields",
        type=named_fields,
        metavar="WORDS",
        default=",".join(FIELDS),
        help=f"Only these, with commas between: {','.join(FIELDS)}.",
    )
    return option(command)


def moment(text: str, zone: tzinfo = UTC) -> datetime:
    """A time without a zone is one of `zone`; a day is its beginning."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time such as 2026-12-01T08:00") from None
    return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)


def wall_time(text: str) -> datetime:
    """As clocks show it, unless it has an offset; a day is its beginning."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time such as 2026-12-11 00:00") from None


def zone_name(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise click.BadParameter(f"{text!r} is no time zone such as Asia/Shanghai") from None
    return text


def conflict_id(text: str) -> int:
    """`c12`, as lists show it."""
    number = text.lower().removeprefix("c")
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        raise click.BadParameter(f"{text!r} is no id such as c12; see: mercer conflicts list")
    return int(number)


def choice_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which conflicts; they reach the command as one `choice`."""

    @wraps(command)
    def choosing(
        *args: Any,
        channels: tuple[str, ...],
        fields: tuple[Field, ...],
        skus: tuple[str, ...],
        states: tuple[str, ...],
        **rest: Any,
    ) -> Any:
        narrowed = () if set(fields) == set(PLANNED) else fields
        named = tuple(State(state) for state in states) or WAITING
        return command(*args, choice=Choice(channels, narrowed, skus, named), **rest)

    state = click.option(
        "--state",
        "states",
        multiple=True,
        type=click.Choice([state.value for state in WAITING]),
        help="Only in this state; repeatable.",
    )
    return channels_option(field_option(skus_option(state(choosing))))


def skus_option(command: Decorated) -> Decorated:
    option = click.option(
        "--sku", "skus", multiple=True, metavar="SKU", help="Only this SKU; repeatable."
    )
    return option(command)


def currency_code(text: str) -> str:
    code = text.upper()
    if code not in MINOR_DIGITS:
        raise click.BadParameter(f"{text!r} is not an ISO 4217 code such as CNY, USD or EUR")
    return code


def currency_option(help: str) -> Callable[[Decorated], Decorated]:
    return click.option("--currency", type=currency_code, metavar="CODE", help=help)


def _share(text: str) -> Share:
    try:
        return share_from(text)
    except InputError as error:
        raise click.BadParameter(error.message) from None


def _wait(text: str) -> timedelta:
    try:
        return wait_from(text)
    except InputError as error:
        raise click.BadParameter(error.message) from None


def _canary(text: str) -> Share:
    share = _share(text)
    if not share.number:
        raise click.BadParameter("a canary has one change at least")
    return share


def terms_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How carefully a plan is carried out; they reach the command as one `terms`."""

    @wraps(command)
    def careful(
        *args: Any,
        canary: Share | None,
        canary_wait: timedelta | None,
        max_failures: Share | None,
        **rest: Any,
    ) -> Any:
        if canary_wait is not None and canary is None:
            raise click.UsageError("--canary-wait needs --canary: say how many changes go first")

        def over(usual: Terms) -> Terms:
            return Terms(
                canary,
                usual.canary_wait if canary_wait is None else canary_wait,
                usual.max_failures if max_failures is None else max_failures,
            )

        return command(*args, terms=over, **rest)

    first = click.option(
        "--canary",
        type=_canary,
        metavar="N|P%",
        help="Write so many changes first, and the others only if these hold.",
    )
    wait = click.option(
        "--canary-wait",
        type=_wait,
        metavar="TIME",
        help="Look at the canary again so long after it was seen: 90s, 5m, 1h.",
    )
    most = click.option(
        "--max-failures",
        type=_share,
        metavar="N|P%",
        help="Stop beyond so many changes that are rejected or do not converge.",
    )
    return first(wait(most(careful)))


yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
