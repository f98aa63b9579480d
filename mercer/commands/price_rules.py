"""`mercer price rules|rates|why`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from mercer.commands import price_documents as documents
from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import channels_option
from mercer.commands.output import Output
from mercer.commands.workspace import opened
from mercer.core.account import Channel
from mercer.core.cell import Field, Nothing, to_text
from mercer.core.guard import Limit
from mercer.core.price import PriceEntry, Unknown
from mercer.core.price_rule import NamedRule
from mercer.store import price_rules, rates
from mercer.sync.price_looks import text_of
from mercer.sync.price_rules import touched
from mercer.sync.price_why import PriceWhy, explain


@click.command(cls=Command, short_help="The price rules, in their order")
@channels_option
@click.pass_obj
def rules(invocation: Invocation, channels: tuple[str, ...]) -> None:
    """The price rules of each channel in their order: what they do, where they stand, what they touch.

    They are in mercer.toml, under [[price_rules]]. Offers with a channel price of their own are
    counted too, though no rule moves them.
    """
    out = Output(invocation)
    made: list[dict[str, Any]] = []
    with opened(invocation) as workspace:
        names = channels or tuple(workspace.config.channels)
        chosen = [workspace.config.channel(name).channel for name in names]
        with workspace.database.read() as tx:
            for channel in chosen:
                version, text = price_rules.latest(tx, channel.name)
                edited = text != text_of(channel)
                counts = touched(tx, channel)
                made += [
                    _rule(channel, each, count, None if edited else version)
                    for each, count in zip(channel.price_rules, counts, strict=True)
                ]
    if made:
        header = ("channel", "rule", "what", "tags", "offers", "where")
        rows = [
            (each["channel"], each["rule"], each["what"], ", ".join(each["tags"]) or None,
             each["offers"], _place(each["origin"]))
            for each in made
        ]  # fmt: skip
        out.table(header, rows)
    else:
        out.line("no price rules: each channel asks its own price, else the base price")
    out.document({"rules": made})


def _rule(channel: Channel, each: NamedRule, count: int, version: int | None) -> dict[str, Any]:
    return {
        "channel": channel.name,
        "rule": each.name,
        "what": str(each.rule),
        "tags": list(each.tags),
        "offers": count,
        "origin": each.origin,
        "version": version,
    }


@click.command(name="rates", cls=Command, short_help="The rates of exchange")
@click.option("--all", "every", is_flag=True, help="Those that newer ones replaced, too.")
@click.pass_obj
def rates_(invocation: Invocation, every: bool) -> None:
    """The rates of exchange that hold; take new ones in with: mercer import rates FILE."""
    out = Output(invocation)
    with opened(invocation) as workspace, workspace.database.read() as tx:
        now, last = workspace.clock.now(), workspace.config.rates_last
        holding = rates.holding(tx, now, last)
        known = list(rates.every(tx))
    shown = []
    for rate in known:
        holds = holding.known.get((rate.source, rate.target)) == rate
        state = "later" if rate.at > now else "holds" if holds else "replaced"
        if every or state != "replaced":
            shown.append((rate, "too old" if holds and now - rate.at > last else state))
    if shown:
        out.table(
            ("from", "to", "rate", "of", "version", ""),
            [
                (rate.source, rate.target, format(rate.value, "f"), f"{rate.at:%Y-%m-%d %H:%M}",
                 rate.version, state)
                for rate, state in shown
            ],
        )  # fmt: skip
    else:
        out.line("no rates are known; next: mercer import rates FILE")
    out.document({"rates": [{**documents.rate(rate), "state": state} for rate, state in shown]})


@click.command(cls=Command, short_help="Why a channel should show the price it does")
@click.argument("sku")
@click.option("--channel", required=True, metavar="NAME", help="The channel that shows it.")
@click.pass_obj
def why(invocation: Invocation, sku: str, channel: str) -> None:
    """How the price of a SKU on a channel comes about, line by line, from the book to the shop."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        found = explain(workspace.session(), sku, channel)
    out.table(
        ("what", "amount", "how", "where"),
        [(*line, *[None] * (4 - len(line))) for line in _lines(found)],
    )
    if found.rules_version is None:
        out.line("the price rules were edited; they count from the next plan, pull or sync on")
    out.document(documents.why(found))


_CELLS: Final = {
    Field.PRICE: "offer",
    Field.COMPARE_AT: "compare-at of",
    Field.SCHEDULED: "scheduled of",
}


def _lines(found: PriceWhy) -> Iterator[tuple[object, ...]]:
    book = found.book
    for entry in (*book.base.values(), *([book.own] if book.own else [])):
        yield from _entry_lines(entry)
    for step in found.steps:
        yield step.name, step.amount or "unknown", step.told, _place(step.origin)
    yield from _limit_line("floor", book.floor)
    yield from _limit_line("ceiling", book.ceiling)
    derived = found.derived
    by = derived.why
    if found.steps:
        version = "" if found.rules_version is None else f" v{found.rules_version}"
        by = f"price rules{version}, price book v{book.version}"
    yield "should cost", derived.price or "unknown", by
    if derived.compare_at is not None:
        above = "none" if isinstance(derived.compare_at, Nothing) else derived.compare_at
        yield "compare-at", above, "declared there" if not found.steps else "by the same rules"
    for cell in found.cells:
        name = _CELLS[cell.key.field]
        if cell.key.field is Field.PRICE or cell.desired or cell.observed:
            shows = "unknown" if cell.observed is None else cell.observed or "none"
            kept = (
                "" if cell.desired == to_text(derived.price) or name != "offer" else f"; {cell.why}"
            )
            yield (
                f"{name} {cell.key.offer}",
                cell.desired or "-",
                f"shows {shows}: {cell.state.value}{kept}",
            )


def _place(origin: str) -> str | None:
    """The file's name and line: there is one file of settings."""
    return Path(origin).name or None


def _entry_lines(entry: PriceEntry) -> Iterator[tuple[str, object, str]]:
    until = f", until {entry.ends_at:%Y-%m-%d %H:%M} UTC" if entry.dated else ""
    of = f"price book v{entry.version}{until}"
    which = "channel" if entry.channel else "base"
    if entry.price is not None:
        yield f"{which} price", entry.price, of
    if isinstance(entry.cost, Unknown):
        yield "cost", "unknown", of
    elif entry.cost is not None:
        yield "cost", entry.cost, of


def _limit_line(name: str, limit: Limit) -> Iterator[tuple[str, object, str]]:
    if limit.declared and limit.amount is None:
        yield name, "unknown", "declared, and not known: it blocks"
    elif limit.amount is not None:
        yield name, limit.amount, "a price beyond it is blocked"
