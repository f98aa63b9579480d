"""Conflicts and overrides as JSON, and in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mercer.commands import documents
from mercer.commands.show import shown
from mercer.core.cellstate import Cell
from mercer.store.conflicts import Waiting
from mercer.store.decisions import Decision
from mercer.store.overrides import Kept
from mercer.sync.conflicts import Told

HEADER = ("id", "channel", "sku", "field", "agreed", "ours", "theirs", "state", "theirs since")


def row(each: Waiting) -> tuple[object, ...]:
    cell = each.cell
    sides = (shown(cell.base), shown(cell.desired), shown(cell.observed))
    return (
        f"c{each.id}", cell.key.channel, cell.sku, cell.key.field.value, *sides,
        cell.state.value, moment(cell.observed_since),
    )  # fmt: skip


def waiting(each: Waiting) -> dict[str, Any]:
    cell = each.cell
    return {
        "id": f"c{each.id}",
        **documents.difference(cell),
        "scope": cell.key.scope,
        "why": cell.why,
        "ours_since": iso(cell.desired_since),
        "theirs_since": iso(cell.observed_since),
        "theirs_read_at": iso(cell.observed_at),
        "agreed_at": iso(cell.base_at),
    }


def told(found: Told) -> dict[str, Any]:
    return {
        **waiting(found.waiting),
        "ours_by": found.override.who if found.override else None,
        "price_book": found.priced[0] if found.priced else None,
        "writes": writes(found.waiting.cell),
        "decisions": [decision(each) for each in found.past],
        "beside": [f"c{each.id}" for each in found.beside],
    }


def decision(each: Decision) -> dict[str, Any]:
    field = each.key.field
    return {
        "channel": each.key.channel,
        "sku": each.sku,
        "field": field.value,
        "how": each.how.value,
        "who": each.who,
        "at": each.at.isoformat(),
        "reason": each.reason,
        "agreed": documents.value(field, each.base),
        "ours": documents.value(field, each.desired),
        "theirs": documents.value(field, each.observed),
        "value": documents.value(field, each.value),
        "until": iso(each.expires_at),
    }


def writes(cell: Cell) -> dict[str, str]:
    """What each way of settling it sends, and where to."""
    channel, ours, theirs = cell.key.channel, shown(cell.desired), shown(cell.observed)
    return {
        "ours": f"the next plan writes {ours} to {channel}, over {theirs}",
        "theirs": f"nothing is sent: {channel} keeps {theirs} as its own; "
        "the catalogue and other channels stay as they are",
        "value": f"the next plan writes the value to {channel}, over {theirs}; "
        "the catalogue and other channels stay as they are",
    }


def lines(found: Told) -> Iterator[tuple[str, str, str]]:
    """What, value, who and when."""
    cell = found.waiting.cell
    yield "agreed", shown(cell.base), moment(cell.base_at)
    yield "ours", shown(cell.desired), _ours(found)
    first = moment(cell.observed_since)
    yield (
        "theirs",
        shown(cell.observed),
        f"first seen {first}, last read {moment(cell.observed_at)}",
    )


def _ours(found: Told) -> str:
    since = moment(found.waiting.cell.desired_since)
    if found.override is not None:
        own = found.override
        why = f": {own.reason}" if own.reason else ""
        return f"set for this channel by {own.who} at {moment(own.made_at)}{why}"
    if found.priced is not None:
        version, at = found.priced
        return f"price book v{version}, set at {moment(at)}"
    return f"{found.waiting.cell.why}, since {since}"


def kept(each: Kept) -> dict[str, Any]:
    own = each.override
    return {
        "id": f"c{each.id}",
        "channel": own.key.channel,
        "listing": own.key.listing,
        "offer": own.key.offer,
        "sku": each.sku,
        "field": own.key.field.value,
        "value": documents.value(own.key.field, own.value),
        "shows": documents.value(own.key.field, each.observed),
        "who": own.who,
        "at": own.made_at.isoformat(),
        "reason": own.reason,
        "until": iso(own.expires_at),
    }


def moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "not known"


def iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
