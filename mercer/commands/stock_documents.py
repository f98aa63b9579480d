"""The JSON of `mercer stock`: an interface, so its keys only ever grow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mercer.core.stock import Balance
from mercer.core.stock_rule import StockRule
from mercer.store.incidents import Incident
from mercer.store.stock_history import Entry
from mercer.store.stock_rules import SkuRule
from mercer.sync.stock_list import SkuStock
from mercer.sync.stock_why import Derivation, OfferStock, PartStock
from mercer.sync.stocktake import Corrected


def balance(found: Balance | None) -> dict[str, int | None]:
    """All `null` where the stock is unknown."""
    if found is None:
        return {"on_hand": None, "reserved": None, "available": None}
    return {"on_hand": found.on_hand, "reserved": found.reserved, "available": found.available}


def places(there: Mapping[str, Balance]) -> list[dict[str, Any]]:
    return [{"location": place, **balance(each)} for place, each in there.items()]


def sku_stock(found: SkuStock) -> dict[str, Any]:
    """A bundle lies nowhere itself: `available` is what its `parts` make up."""
    total = sum(found.places.values(), Balance(0, 0)) if found.places else None
    return {
        "sku": found.sku,
        **balance(total),
        "available": found.available,
        "locations": places(found.places),
        "parts": dict(found.parts) or None,
    }


def corrected(found: Corrected) -> dict[str, Any]:
    return {"sku": found.sku, "location": found.location, **balance(found.balance)}


def entry(found: Entry) -> dict[str, Any]:
    return {
        "at": found.at.isoformat(),
        "kind": found.kind.value,
        "location": found.location,
        "on_hand": found.on_hand,
        "reserved": found.reserved,
        "after": balance(found.balance),
        "channel": found.channel,
        "order": found.order,
        "who": found.who,
        "reason": found.reason,
    }


def incident(found: Incident) -> dict[str, Any]:
    return {
        "sku": found.sku,
        "channel": found.channel or None,
        "order": found.order or None,
        "available": found.available,
        "at": found.at.isoformat(),
        "orders": [
            {"channel": channel, "order": order, "units": units}
            for channel, order, units in found.orders
        ],
        "settled_at": _moment(found.settled_at),
    }


def own_rule(found: SkuRule) -> dict[str, Any]:
    """`null`: as the channel's rule says."""
    return {
        "channel": found.channel,
        "sku": found.sku,
        **_limits(found),
        "allocation": found.allocation,
        "allocated_at": _moment(found.allocated_at),
        "disabled_until": _moment(found.disabled_until),
        "reason": found.reason,
        "who": found.who,
        "set_at": _moment(found.set_at),
    }


def derivation(found: Derivation, origin: str) -> dict[str, Any]:
    return {
        "sku": found.sku,
        "channel": found.channel,
        "kept_on": found.home,
        "parts": [_part(each) for each in found.parts],
        "rule": _rule(found.rule) | {"origin": origin},
        "own_rule": own_rule(found.own) if found.own else None,
        "published": found.published.units if found.published else None,
        "lines": list(found.published.lines) if found.published else [],
        "offers": [_offer(each) for each in found.offers],
    }


def _part(found: PartStock) -> dict[str, Any]:
    return {
        "sku": found.sku,
        "each": found.each,
        "locations": places(found.places),
        "drawn_on": list(found.drawn_on),
        "reserved": [
            {
                "channel": each.channel,
                "order": each.order,
                "location": each.location,
                "units": each.units,
            }
            for each in found.reserved
        ],
        "provisional": [
            {
                "channel": each.channel,
                "order": each.order,
                "location": each.location,
                "units": each.units,
                "expires_at": each.expires_at.isoformat(),
            }
            for each in found.held
        ],
        "allocations": [
            {"channel": each.channel, "left": each.units} for each in found.allocations
        ],
        "available": found.available,
    }


def _limits(found: StockRule | SkuRule) -> dict[str, Any]:
    return {
        "locations": None if found.locations is None else list(found.locations),
        "percent": found.percent,
        "plus": found.plus,
        "buffer": found.buffer,
        "minimum": found.minimum,
        "maximum": found.maximum,
        "delist_at": found.delist_at,
        "relist_at": found.relist_at,
    }


def _rule(found: StockRule) -> dict[str, Any]:
    return {
        "id": found.id,
        **_limits(found),
        "disabled_until": _moment(found.disabled_until),
        "reason": found.reason,
    }


def _offer(found: OfferStock) -> dict[str, Any]:
    cell = found.cell
    return {
        "listing": cell.key.listing,
        "offer": cell.key.offer,
        "scope": cell.key.scope,
        "should_show": _number(found.desired.text),
        "shows": _number(cell.observed),
        "seen_at": _moment(cell.observed_at),
        "in_flight": _number(cell.in_flight),
        "state": cell.state.value,
        "cause": cell.cause.value if cell.cause else None,
        "unexplained": cell.unexplained,
    }


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
