"""The price book, rules, rates and derivations, as `--json` shows them."""

from __future__ import annotations

from typing import Any

from mercer.commands.documents import money, value
from mercer.core.cell import Nothing, to_text
from mercer.core.cellstate import Cell
from mercer.core.guard import Limit
from mercer.core.money import Money
from mercer.core.price import ALWAYS, FOREVER, Declared, PriceEntry, Unknown
from mercer.core.price_chain import Step
from mercer.core.rates import Rate
from mercer.store.prices import Set
from mercer.sync.price_why import PriceWhy


def entry(found: PriceEntry) -> dict[str, Any]:
    """An amount that is declared and not known is the word `unknown`."""
    return {
        "sku": found.sku,
        "channel": found.channel or None,
        "currency": found.currency,
        "price": money(to_text(found.price)),
        "compare_at": "none"
        if isinstance(found.compare_at, Nothing)
        else _declared(found.compare_at),
        "floor": _declared(found.floor),
        "ceiling": _declared(found.ceiling),
        "cost": _declared(found.cost),
        "starts_at": None if found.starts_at == ALWAYS else found.starts_at.isoformat(),
        "ends_at": None if found.ends_at == FOREVER else found.ends_at.isoformat(),
        "version": found.version,
    }


def _declared(found: Declared) -> object:
    if isinstance(found, Unknown):
        return found.value
    return money(str(found)) if isinstance(found, Money) else None


def set_(found: Set) -> dict[str, Any]:
    return {
        **entry(found.entry),
        "who": found.who,
        "set_at": found.set_at.isoformat(),
        "dropped": found.dropped,
        "reason": found.reason or None,
    }


def rate(found: Rate) -> dict[str, Any]:
    return {
        "from": found.source,
        "to": found.target,
        "rate": format(found.value, "f"),
        "at": found.at.isoformat(),
        "version": found.version,
    }


def why(found: PriceWhy) -> dict[str, Any]:
    book, derived = found.book, found.derived
    return {
        "sku": found.sku,
        "channel": found.channel.name,
        "entries": [entry(each) for each in (book.own, *book.base.values()) if each is not None],
        "rules_version": found.rules_version,
        "steps": [_step(each) for each in found.steps],
        "floor": _limit(book.floor),
        "ceiling": _limit(book.ceiling),
        "cost": money(to_text(found.cost)),
        "price": money(to_text(derived.price)),
        "compare_at": "none"
        if isinstance(derived.compare_at, Nothing)
        else money(to_text(derived.compare_at)),
        "why": derived.why,
        "offers": [_cell(each) for each in found.cells],
    }


def _step(found: Step) -> dict[str, Any]:
    """The amount is exact, so it may have more decimals than its currency."""
    amount = found.amount
    return {
        "rule": found.name,
        "amount": None if amount is None else str(amount).split(" ")[0],
        "currency": None if amount is None else amount.currency,
        "how": found.told,
        "origin": found.origin or None,
    }


def _limit(found: Limit) -> object:
    if not found.declared:
        return None
    return "unknown" if found.amount is None else money(str(found.amount))


def _cell(found: Cell) -> dict[str, Any]:
    key = found.key
    return {
        "listing": key.listing,
        "offer": key.offer,
        "field": key.field.value,
        "should_show": value(key.field, found.desired),
        "shows": value(key.field, found.observed),
        "seen_at": found.observed_at.isoformat() if found.observed_at else None,
        "in_flight": value(key.field, found.in_flight),
        "state": found.state.value,
        "cause": found.cause.value if found.cause else None,
        "why": found.why,
    }
