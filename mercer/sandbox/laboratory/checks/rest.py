"""How a history ends: quietly, with nothing open, and nothing more to do."""

from __future__ import annotations

from collections.abc import Iterator

from mercer.sandbox.laboratory.evidence import Evidence


def nothing_unforeseen_is_raised(evidence: Evidence) -> Iterator[str]:
    yield from evidence.crashes


def it_comes_to_rest(evidence: Evidence) -> Iterator[str]:
    if evidence.restless:
        yield evidence.restless


def nothing_is_left_open(evidence: Evidence) -> Iterator[str]:
    """No intent, no parcel, no message and no hold waits for anything."""
    for row in evidence.tables["journal"]:
        if row["settled"] is None:
            yield f"journal row {row['id']} of {row['channel']} is open: {row['outcome']}"
    for row in evidence.tables["provisional"]:
        if row["ended_at"] is None:
            yield f"{row['quantity']} of {row['sku']} are still held for {row['order']}"
    for row in evidence.tables["events"]:
        if row["handled_at"] is None:
            yield f"{row['channel']}: {row['topic']} of {row['id']} was never handled"
    for row in evidence.tables["quarantine"]:
        yield f"{row['channel']}: {row['kind']} {row['id']} is set aside: {row['reason']}"


def a_plan_applied_twice_changes_nothing(evidence: Evidence) -> Iterator[str]:
    yield from evidence.repeated
