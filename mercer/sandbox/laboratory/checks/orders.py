"""Orders: each known once, as it is at its shop, with its money as it was received, and its parcels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mercer.core.order import OrderStatus
from mercer.sandbox.laboratory.evidence import Evidence
from mercer.store import shipments


def every_order_once(evidence: Evidence) -> Iterator[str]:
    known = Counter((row["channel"], row["order"]) for row in evidence.tables["orders"])
    for channel, order in evidence.orders.keys() - known.keys():
        yield f"{channel}: order {order} is not known"
    for channel, order in known.keys() - evidence.orders.keys():
        yield f"{channel}: there is no order {order}"
    for row in evidence.tables["orders"]:
        truth = evidence.orders.get((row["channel"], row["order"]))
        cancelled = row["status"] == OrderStatus.CANCELLED.value
        if truth is not None and truth.cancelled is not cancelled:
            now = "cancelled" if truth.cancelled else "not cancelled"
            yield f"{row['channel']}: order {row['order']} is {row['status']} here and {now} there"


def money_is_kept_as_received(evidence: Evidence) -> Iterator[str]:
    """Totals are what the platform tells, to the last unit of the currency."""
    for row in evidence.tables["orders"]:
        order = evidence.received.get((row["channel"], row["order"]))
        if order is None:
            continue
        kept = row["totals"]
        told = {
            name: str(value)
            for name in order.totals.__slots__
            if (value := getattr(order.totals, name)) is not None
        }
        shown = {name: value for name, value in kept.items() if value is not None}
        if shown != told:
            yield f"{row['channel']}: totals of {row['order']} are {shown} here and {told} there"


def parcels_are_told_once(evidence: Evidence) -> Iterator[str]:
    for (channel, id), order in evidence.orders.items():
        for tracking, times in Counter(order.parcels).items():
            if times > 1:
                yield f"{channel}: parcel {tracking} of order {id} was told {times} times"
    told = Counter(evidence.seller.parcels)
    for channel, id, tracking in told:
        row = next(
            (
                row
                for row in evidence.tables["shipments"]
                if (row["channel"], row["order"], row["tracking"]) == (channel, id, tracking)
            ),
            None,
        )
        truth = evidence.orders.get((channel, id))
        if row is None or row["outcome"] != shipments.DONE or truth is None:
            continue
        if tracking not in truth.parcels and not truth.shipped:
            yield f"{channel}: parcel {tracking} of {id} counts as told, and is not known there"
