"""Runs and rollbacks, as `--json` shows them."""

from __future__ import annotations

from typing import Any

from mercer.commands.documents import value
from mercer.commands.price_documents import entry
from mercer.core.outcome import Outcome
from mercer.store.run_list import Listed
from mercer.sync.rollback import Left, Rollback


def run(found: Listed) -> dict[str, Any]:
    return {
        "run": found.run.id,
        "plan": found.run.plan,
        "who": found.who,
        "began_at": found.run.began_at.isoformat(),
        "ended_at": found.run.ended_at.isoformat() if found.run.ended_at else None,
        "state": found.state,
        "stopped": found.run.stopped or None,
        **{outcome.value: found.counts.get(outcome, 0) for outcome in Outcome},
        "open": found.open,
    }


def rollback(found: Rollback) -> dict[str, Any]:
    return {
        "run": found.run,
        "pins": [entry(each) for each in found.pins],
        "price_book": found.price_book,
        "left": [_left(each) for each in found.left],
        "back": found.back,
        "never": dict(found.never),
    }


def _left(left: Left) -> dict[str, Any]:
    cell = left.change.cell
    return {
        "channel": cell.channel,
        "listing": cell.listing,
        "offer": cell.offer,
        "sku": left.change.sku,
        "field": cell.field.value,
        "was": value(cell.field, left.change.before),
        "wrote": value(cell.field, left.change.after),
        "shows": value(cell.field, left.shows),
        "why": left.why,
    }
