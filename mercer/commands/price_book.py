"""`mercer price set|drop|show|history`."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import click

from mercer.commands import price_documents as documents
from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import moment
from mercer.commands.output import Output
from mercer.commands.workspace import opened
from mercer.core.cell import Nothing, to_text
from mercer.core.errors import InputError
from mercer.core.price import ALWAYS, FOREVER, Declared, PriceEntry, Unknown
from mercer.files.cells import amount as price_amount
from mercer.files.cells import compare_at as price_compare_at
from mercer.files.cells import limit as price_limit
from mercer.store import prices
from mercer.sync.catalogue import drop_prices, refuse_unknown, set_prices
from mercer.wiring import Workspace

_AS_IT_IS = "-"

channel_option = click.option("--channel", default="", metavar="NAME", help="Only on this channel.")
from_option = click.option(
    "--from", "since", metavar="TIME", help="A dated entry: it holds from then on."
)
until_option = click.option(
    "--until", metavar="TIME", help="A dated entry: from then on what lies below holds again."
)


@click.command(cls=Command, name="set", short_help="Set what the price book says of a SKU")
@click.argument("sku")
@click.argument("amount")
@click.argument("currency")
@channel_option
@click.option(
    "--compare-at",
    default="",
    metavar="AMOUNT",
    help='The strike-through price, or "none" for none; left out, it stays as it is.',
)
@click.option("--floor", default="", metavar="AMOUNT", help="The price never goes below it.")
@click.option("--ceiling", default="", metavar="AMOUNT", help="The price never goes above it.")
@click.option("--cost", default="", metavar="AMOUNT", help="What a unit costs you.")
@from_option
@until_option
@click.pass_obj
def set_(
    invocation: Invocation,
    sku: str,
    amount: str,
    currency: str,
    channel: str,
    compare_at: str,
    floor: str,
    ceiling: str,
    cost: str,
    since: str | None,
    until: str | None,
) -> None:
    """Set the price of a SKU in the price book, such as: mercer price set TEE-S 89.00 CNY.

    "-" as the AMOUNT leaves the price as it is. Of a floor, ceiling or cost "none" takes it back, and
    "unknown" blocks what needs it. A TIME without a zone is one of the channel's, or UTC.
    """
    out = Output(invocation)
    code = currency.upper()
    with opened(invocation) as workspace:
        starts_at, ends_at = _dates(workspace, channel, since, until)
        entry = PriceEntry(
            sku,
            None if amount == _AS_IT_IS else price_amount(amount, code),
            channel,
            price_compare_at(compare_at, code),
            price_limit(floor, code),
            ceiling=price_limit(ceiling, code),
            cost=price_limit(cost, code),
            starts_at=starts_at,
            ends_at=ends_at,
            currency=code,
        )
        if amount == _AS_IT_IS and not (compare_at or floor or ceiling or cost):
            raise click.UsageError('"-" leaves the price as it is: say what to set instead')
        version = set_prices(workspace.session(), [entry])
        with workspace.database.read() as tx:
            known = prices.of_skus(tx, [sku])[sku]
    own = [each for each in known if each.channel and not channel and each.currency == code]
    where = f" on {channel}" if channel else ""
    out.line(f"{sku}{where}: {_said(entry)}; the price book is at version {version}")
    for each in own:
        if each.price is not None and entry.price is not None:
            name, price = each.channel, each.price
            out.line(
                f"note: {name} has a price of its own, {price}: change it with --channel {name}"
            )
    out.line("next: mercer plan --field price")
    out.document({**documents.entry(entry), "version": version, "price_book": version})


def _said(entry: PriceEntry) -> str:
    """Only what was set now."""
    said = {
        "price": entry.price,
        "compare-at": entry.compare_at,
        "floor": entry.floor,
        "ceiling": entry.ceiling,
        "cost": entry.cost,
    }
    words = [f"{name} {_shown(value)}" for name, value in said.items() if value is not None]
    if entry.starts_at != ALWAYS:
        words.append(f"from {entry.starts_at:%Y-%m-%d %H:%M} UTC")
    if entry.ends_at != FOREVER:
        words.append(f"until {entry.ends_at:%Y-%m-%d %H:%M} UTC")
    return ", ".join(words)


def _shown(value: Declared) -> str | None:
    if isinstance(value, Nothing):
        return "none"
    return value.value if isinstance(value, Unknown) else to_text(value)


def _dates(
    workspace: Workspace, channel: str, since: str | None, until: str | None
) -> tuple[datetime, datetime]:
    zone = workspace.config.channel(channel).channel.zone if channel else "UTC"
    starts_at = moment(since, ZoneInfo(zone)) if since else ALWAYS
    ends_at = moment(until, ZoneInfo(zone)) if until else FOREVER
    if ends_at <= starts_at:
        raise click.UsageError("--until is not after --from")
    return starts_at, ends_at


@click.command(cls=Command, short_help="Take an entry out of the price book")
@click.argument("sku")
@click.argument("currency")
@channel_option
@from_option
@until_option
@click.pass_obj
def drop(
    invocation: Invocation,
    sku: str,
    currency: str,
    channel: str,
    since: str | None,
    until: str | None,
) -> None:
    """Take an entry out of the price book; what lies below it holds again. The history keeps it."""
    out = Output(invocation)
    code = currency.upper()
    with opened(invocation) as workspace:
        starts_at, ends_at = _dates(workspace, channel, since, until)
        with workspace.database.read() as tx:
            refuse_unknown(tx, [sku])
            known = prices.of_skus(tx, [sku]).get(sku, [])
        found = [
            each
            for each in known
            if prices.key_of(each) == (sku, channel, code, starts_at, ends_at)
        ]
        if not found:
            raise InputError("there is no such entry", hint=f"see them: mercer price show {sku}")
        version = drop_prices(workspace.session(), found)
    out.line(f"dropped; the price book is at version {version}")
    out.line("next: mercer plan --field price")
    out.document({**documents.entry(found[0]), "price_book": version})


@click.command(cls=Command, short_help="What the price book says of a SKU")
@click.argument("sku")
@click.pass_obj
def show(invocation: Invocation, sku: str) -> None:
    """Every entry of a SKU: base and channels', in every currency, dated ones too."""
    out = Output(invocation)
    with opened(invocation) as workspace, workspace.database.read() as tx:
        refuse_unknown(tx, [sku])
        found = sorted(prices.of_skus(tx, [sku]).get(sku, []), key=prices.key_of)
    out.table(
        ("channel", "price", "compare-at", "cost", "floor", "ceiling", "from", "until", "version"),
        [[*_row(each), each.version] for each in found],
    )
    out.document({"sku": sku, "entries": [documents.entry(each) for each in found]})


@click.command(cls=Command, short_help="Every version of a SKU's prices")
@click.argument("sku")
@click.pass_obj
def history(invocation: Invocation, sku: str) -> None:
    """Every entry of a SKU as it was set, by whom and when, the oldest first."""
    out = Output(invocation)
    with opened(invocation) as workspace, workspace.database.read() as tx:
        refuse_unknown(tx, [sku])
        found = list(prices.history_of(tx, sku))
    out.table(
        ("version", "set at", "who", "channel", "price", "compare-at", "cost", "floor", "ceiling",
         "from", "until", "", "reason"),
        [
            (each.entry.version, f"{each.set_at:%Y-%m-%d %H:%M}", each.who, *_row(each.entry),
             "dropped" if each.dropped else "", each.reason)
            for each in found
        ],
    )  # fmt: skip
    out.document({"sku": sku, "versions": [documents.set_(each) for each in found]})


def _row(entry: PriceEntry) -> list[object]:
    return [
        entry.channel or "every",
        _in_currency(entry, to_text(entry.price)),
        _shown(entry.compare_at),
        _shown(entry.cost),
        _shown(entry.floor),
        _shown(entry.ceiling),
        None if entry.starts_at == ALWAYS else f"{entry.starts_at:%Y-%m-%d %H:%M}",
        None if entry.ends_at == FOREVER else f"{entry.ends_at:%Y-%m-%d %H:%M}",
    ]


def _in_currency(entry: PriceEntry, price: str | None) -> str:
    return price or f"- {entry.currency}"
