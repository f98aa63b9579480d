"""Mercer's books: the ledger, incidents, kept states, and what must not be in them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from mercer.core.stock import MovementKind
from mercer.sandbox.laboratory.evidence import Evidence
from mercer.sandbox.laboratory.people import BUYERS
from mercer.store import hindsight
from mercer.sync.renew import renew_pairs
from mercer.sync.session import Session

_COUNTED = (MovementKind.OPENING.value, MovementKind.ADJUSTMENT.value)


def the_ledger_is_the_shops_truth(evidence: Evidence) -> Iterator[str]:
    """What was counted, less what the shops' orders take, is what there is."""
    taken = _taken(evidence)
    for sku, moves in sorted(_by_sku(evidence).items()):
        counted = sum(row["on_hand"] for row in moves if row["kind"] in _COUNTED)
        available = sum(row["on_hand"] - row["reserved"] for row in moves)
        if available != counted - taken[sku]:
            yield (
                f"{available} of {sku} are available here; of {counted} that were counted, "
                f"orders take {taken[sku]}"
            )


def _taken(evidence: Evidence) -> Mapping[str, int]:
    with evidence.session.database.read() as tx:
        at_payment = hindsight.deducted_at_payment(tx)
    taken: dict[str, int] = defaultdict(int)
    for (channel, _), order in evidence.orders.items():
        for code, units in order.units.items():
            if not order.cancelled and (order.paid or (channel, code) not in at_payment):
                taken[code] += units
    return taken


def _by_sku(evidence: Evidence) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in evidence.tables["movements"]:
        found[row["sku"]].append(row)
    return found


def every_oversell_has_an_incident(evidence: Evidence) -> Iterator[str]:
    known = {row["sku"] for row in evidence.tables["incidents"]}
    for sku, moves in sorted(_by_sku(evidence).items()):
        running = 0
        for row in moves:
            running += row["on_hand"] - row["reserved"]
            if running < 0 and row["kind"] == MovementKind.RESERVATION.value and sku not in known:
                yield f"{-running} of {sku} were oversold, and there is no incident"
                break


def kept_states_are_those_computed_anew(evidence: Evidence) -> Iterator[str]:
    """The index of cells is a full recomputation's.

    But for what the reading that became the base left unexplained: it is told until the next one, and
    computed from the new base there is nothing of it.
    """
    session = evidence.session
    kept = {row["id"]: row for row in evidence.tables["cells"]}
    pairs = {(row["channel"], row["listing"]) for row in kept.values()}
    for row in _anew(session, pairs):
        old = kept.get(row["id"])
        if old != row:
            moved = {name for name in row if old is None or old[name] != row[name]}
            if moved == {"unexplained"} and row["base_at"] == row["observed_at"]:
                continue
            said = ", ".join(
                f"{name} {old[name] if old else None} -> {row[name]}" for name in sorted(moved)
            )
            yield f"{row['channel']}: {row['field']} of {row['offer'] or row['listing']}: {said}"


class _Undone(Exception):
    """Takes a transaction back."""


def _anew(session: Session, pairs: set[tuple[str, str]]) -> list[dict[str, Any]]:
    """The cells as they would be if they were all computed now; nothing of it stays."""
    anew: list[dict[str, Any]] = []
    with suppress(_Undone), session.database.write() as tx:
        renew_pairs(tx, session, pairs)
        anew = hindsight.rows(tx, "cells")
        raise _Undone
    return anew


def absence_needs_proof(evidence: Evidence) -> Iterator[str]:
    """No shop of a history ever takes a listing away."""
    yield from evidence.gone


def personal_data_is_apart(evidence: Evidence) -> Iterator[str]:
    """Nothing of who buyers are lies in the open."""
    secrets = {
        value for buyer in BUYERS for value in (buyer.name, buyer.phone, buyer.email, buyer.street)
    }
    for name, rows in evidence.tables.items():
        text = json.dumps(rows, ensure_ascii=False, default=str)
        for secret in sorted(secrets):
            if secret in text:
                yield f"{secret!r} lies in the open in table {name}"
    story = "\n".join(evidence.witness.story)
    for secret in sorted(secrets):
        if secret in story:
            yield f"{secret!r} was told in a message"
