"""`mercer stock rule` and `mercer stock why`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any
from zoneinfo import ZoneInfo

import click

from mercer.commands import stock_documents as documents
from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import moment
from mercer.commands.output import Output
from mercer.commands.workspace import opened
from mercer.config import Config
from mercer.core.stock_rule import StockRule
from mercer.store import stock_rules
from mercer.store.stock_rules import SkuRule
from mercer.sync.rule_changes import clear_rule, set_rule
from mercer.sync.stock_why import Derivation, OfferStock, PartStock, derive

_UNITS = click.IntRange(min=0)

channel_option = click.option(
    "--channel", required=True, metavar="NAME", help="The channel that shows it."
)


def _named(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


@click.command(cls=Command, short_help="What a channel may show of one SKU")
@click.argument("sku")
@channel_option
@click.option("--locations", type=_named, metavar="A,B", help="Only these count, in this order.")
@click.option("--percent", type=click.IntRange(0, 100), help="So much of what is available.")
@click.option("--plus", type=_UNITS, help="So many more, such as a supplier's.")
@click.option("--buffer", type=_UNITS, help="So many are kept back.")
@click.option("--minimum", type=_UNITS, help="At least so many are shown.")
@click.option("--maximum", type=_UNITS, help="At most so many are shown.")
@click.option("--delist-at", type=_UNITS, help="At so many available or fewer none is shown.")
@click.option("--relist-at", type=_UNITS, help="From so many available on it is shown again.")
@click.option("--allocation", type=_UNITS, help="So many are for this channel alone; 0 ends it.")
@click.option(
    "--disabled-until",
    metavar="TIME",
    help="None is shown before, such as 2026-12-01T08:00; needs --reason.",
)
@click.option("--reason", default="", metavar="TEXT", help="Why; it is kept with the rule.")
@click.option("--clear", is_flag=True, help="The channel's rule holds for it again.")
@click.pass_obj
def rule(
    invocation: Invocation,
    /,
    sku: str,
    channel: str,
    clear: bool,
    disabled_until: str | None,
    **settings: Any,
) -> None:
    """Show or change what a channel may show of one SKU, where it differs from the channel's rule.

    What is not named stays as it is. The channel's own rule is in mercer.toml, under
    [channels.NAME.stock]. A time without a zone is one of the channel's.
    """
    out = Output(invocation)
    given = {name: value for name, value in settings.items() if value not in (None, "")}
    if clear and (given or disabled_until):
        raise click.UsageError("--clear stands alone")
    with opened(invocation) as workspace:
        session = workspace.session()
        zone = workspace.config.channel(channel).channel.zone
        if clear:
            cleared = clear_rule(session, sku, channel)
            out.line(
                f"{sku} on {channel}: " + ("the channel's rule holds" if cleared else "no own rule")
            )
            out.document({"cleared": cleared, "rule": None})
            return
        if given or disabled_until:
            until = moment(disabled_until, ZoneInfo(zone)) if disabled_until else None
            found: SkuRule | None = set_rule(
                session, SkuRule(channel, sku, disabled_until=until, **given)
            )
        else:
            with session.database.read() as tx:
                found = stock_rules.of_skus(tx, [sku]).get(sku, {}).get(channel)
    _tell_rule(out, sku, channel, found)
    out.document({"cleared": False, "rule": documents.own_rule(found) if found else None})


def _tell_rule(out: Output, sku: str, channel: str, found: SkuRule | None) -> None:
    if found is None:
        out.line(f"{sku} has no rule of its own on {channel}")
        return
    shown = documents.own_rule(found)
    about = ("channel", "sku", "who", "set_at", "allocated_at")
    rows = [(name, value) for name, value in shown.items() if value not in (None, "")]
    out.table(("setting", "value"), [row for row in rows if row[0] not in about])
    out.line(f"set by {found.who}; next: mercer stock why {sku} --channel {channel}")


@click.command(cls=Command, short_help="Why a channel shows the number it does")
@click.argument("sku")
@channel_option
@click.pass_obj
def why(invocation: Invocation, sku: str, channel: str) -> None:
    """How the number that a channel shows of a SKU comes about, from the ledger to the shop."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        workspace.config.channel(channel)
        found = derive(workspace.session(), sku, channel)
        origin = _origin(workspace.config, found)
    out.table(("what", "units", "how"), [*_steps(found, origin)])
    out.document(documents.derivation(found, origin))


def _origin(config: Config, found: Derivation) -> str:
    """Where the rule stands: this SKU's own in the ledger, the channel's in its file."""
    place = config.places.of("channels", found.home, "stock")
    file = "the default: all of it" if place == "default" else place
    if found.own is None:
        return file
    return f"set for this SKU by {found.own.who}, over {file}"


def _steps(found: Derivation, origin: str) -> Iterator[tuple[str, object, str]]:
    for part in found.parts:
        yield from _part_steps(found, part)
    if found.home != found.channel:
        yield "kept on", None, f"{found.home} has the one number for both channels"
    yield "rule", None, f"{found.rule.id}, {origin}"
    if own := _different(found.rule):
        yield "", None, own
    published = found.published
    for line in published.lines if published else ():
        yield "", None, line
    yield "may show", "unknown" if published is None else published.units, f"on {found.channel}"
    shares = len(found.offers)
    for each in found.offers:
        yield _offer_step(each, shares)


def _part_steps(found: Derivation, part: PartStock) -> Iterator[tuple[str, object, str]]:
    of = "" if part.sku == found.sku else f" {part.sku}, {part.each} in each"
    if not part.places:
        yield (
            f"on hand{of}",
            "unknown",
            f"never counted: mercer stock set {part.sku} N --reason ...",
        )
    for place, balance in part.places.items():
        counts = "" if place in part.drawn_on else "does not count for this channel"
        where = f"at {place}" if place else ""
        yield f"on hand{of}", balance.on_hand, ", ".join(filter(None, (where, counts)))
    for each in part.reserved:
        where = f" at {each.location}" if each.location else ""
        yield f"reserved{of}", -each.units, f"order {each.order} on {each.channel}{where}"
    for hold in part.held:
        until = f"until {hold.expires_at:%m-%d %H:%M} unless it is read"
        yield f"held{of}", -hold.units, f"order {hold.order} on {hold.channel}, {until}"
    for allocation in part.allocations:
        mine = allocation.channel == found.home
        whose = "for this channel alone" if mine else f"for {allocation.channel} alone"
        yield f"allocated{of}", allocation.units, whose
    available = "unknown" if part.available is None else part.available
    yield f"available{of}", available, "to this channel"


def _different(rule: StockRule) -> str:
    """What the rule says that a rule which shows everything does not."""
    default = StockRule("")
    said = []
    for each in fields(StockRule):
        value = getattr(rule, each.name)
        if each.name not in ("id", "reason") and value != getattr(default, each.name):
            text = ", ".join(value) if isinstance(value, tuple) else value
            said.append(f"{each.name.replace('_', '-')} {text}")
    return "; ".join(said)


def _offer_step(found: OfferStock, shares: int) -> tuple[str, object, str]:
    cell = found.cell
    should = found.desired.text if found.desired.text is not None else "unknown"
    if found.desired.followed:
        should = "-"
    shows = "unknown" if cell.observed is None else cell.observed
    share = f"one of {shares} that share it; " if shares > 1 else ""
    flying = f", {cell.in_flight} on its way" if cell.in_flight is not None else ""
    odd = f", {cell.unexplained:+} unexplained" if cell.unexplained else ""
    return (
        f"offer {cell.key.offer}",
        should,
        f"{share}shows {shows}{flying}{odd}: {cell.state.value}",
    )
