"""Orders and after-sales cases as people read them, and as the JSON that commands give."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mercer.commands.documents import money
from mercer.commands.output import Output
from mercer.commands.show import shown
from mercer.core.shipping import Packed
from mercer.store.cases import Kept
from mercer.store.holds import Hold
from mercer.store.order_search import OrderRow
from mercer.store.quarantine import SetAside
from mercer.sync.order_view import OrderView


def minute(moment: datetime) -> str:
    """In UTC, whatever the channel's zone: the one clock that all channels share."""
    return f"{moment:%Y-%m-%d %H:%M}"


def order(row: OrderRow) -> dict[str, Any]:
    return {
        "channel": row.channel,
        "order": row.order,
        "number": row.number,
        "root": row.root,
        "status": row.status.value,
        "held": row.held,
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
        "paid_at": _iso(row.paid_at),
        "cancelled_at": _iso(row.cancelled_at),
        "ship_by": _iso(row.ship_by),
        "customer": row.customer,
        "totals": {name: money(text) for name, text in row.totals.items()},
        "difference": money(row.difference),
    }


def view(found: OrderView) -> dict[str, Any]:
    return {
        **order(found.order),
        "lines": [
            {
                "line": line["line"],
                "listing": line["listing"],
                "offer": line["offer"],
                "merchant_code": line["merchant_code"],
                "sku": line["sku"],
                "title": line["title"],
                "ordered": line["ordered"],
                "quantity": line["quantity"],
                "shipped": line["shipped"],
                "unit_price": money(line["unit_price"]),
                "total": money(line["total"]),
                "fulfilled_by": line["fulfilled_by"],
            }
            for line in found.lines
        ],
        "parcels": [
            {"tracking": each.tracking, "carrier": each.carrier, "lines": _packed(each.lines)}
            for each in found.parcels
        ],
        "told": [
            {
                "tracking": each.shipment.tracking,
                "carrier": each.shipment.carrier,
                "lines": _packed(each.shipment.lines),
                "at": each.asked_at.isoformat(),
                "outcome": each.outcome,
                "words": f"{each.code} {each.words}".strip(),
            }
            for each in found.told
        ],
        "holds": [hold(each) for each in found.holds],
        "cases": [case(each) for each in found.cases],
        "movements": [
            {
                "sku": each.sku,
                "location": each.location,
                "kind": each.kind.value,
                "on_hand": each.on_hand,
                "reserved": each.reserved,
                "at": each.at.isoformat(),
            }
            for each in found.movements
        ],
    }


def hold(each: Hold) -> dict[str, Any]:
    return {
        "channel": each.channel,
        "order": each.order,
        "check": each.check,
        "reason": each.reason,
        "held_at": each.held_at.isoformat(),
        "ended_at": _iso(each.ended_at),
        "ended": each.ended,
        "ended_by": each.ended_by,
        "note": each.note,
    }


def case(kept: Kept) -> dict[str, Any]:
    each = kept.case
    return {
        "channel": kept.channel,
        "case": each.case,
        "order": each.order,
        "number": kept.number,
        "kind": each.kind.value,
        "status": each.status.value,
        "opened_at": each.opened_at.isoformat(),
        "updated_at": each.updated_at.isoformat(),
        "deadline": _iso(each.deadline),
        "amount": money(str(each.amount)) if each.amount else None,
        "reason": each.reason,
        "no_reason": each.no_reason,
        "lines": _packed(each.lines),
        "decision": kept.decision,
        "decided_by": kept.decided_by,
        "decided_at": _iso(kept.decided_at),
    }


def tell(out: Output, found: OrderView) -> None:
    """An order on the screen; nothing personal is in it."""
    row = found.order
    status = row.status.value.replace("_", " ")
    out.line(f"{row.channel} order {row.number}: {status}{', held' if row.held else ''}")
    moments = {"placed": row.created_at, "paid": row.paid_at, "ship by": row.ship_by}
    known = [f"{name} {minute(moment)}" for name, moment in moments.items() if moment]
    out.line(f"{', '.join(known)} (UTC)")
    out.table(
        ("line", "sku", "title", "ordered", "still wanted", "shipped", "each"),
        [
            (
                line["line"], line["sku"], line["title"], line["ordered"], line["quantity"],
                line["shipped"], shown(line["unit_price"]),
            )
            for line in found.lines
        ],
    )  # fmt: skip
    out.line(", ".join(f"{name} {shown(text)}" for name, text in row.totals.items() if text))
    if row.difference:
        out.line(f"its parts do not add up to the grand total: {row.difference} differ")
    for parcel in found.parcels:
        out.line(f"parcel {parcel.tracking} with {parcel.carrier}")
    for told in found.told:
        if told.open:
            out.line(f"parcel {told.shipment.tracking}: told, and not seen there yet")
    for each in found.holds:
        ended = f"{each.ended} by {each.ended_by}" if each.ended else "open"
        out.line(f"held by {each.check}: {each.reason} ({ended})")
    for kept in found.cases:
        what = f"{kept.case.kind.value} {kept.case.case}"
        out.line(f"after-sales: {what}, {kept.case.status.value.replace('_', ' ')}")
    for each_move in found.movements:
        out.line(
            f"stock: {each_move.kind.value} of {each_move.sku}: "
            f"on hand {each_move.on_hand:+}, reserved {each_move.reserved:+}"
        )


def set_aside(each: SetAside) -> dict[str, Any]:
    return {
        "channel": each.channel,
        "kind": each.kind,
        "id": each.id,
        "reason": each.reason,
        "first_at": each.first_at.isoformat(),
        "last_at": each.last_at.isoformat(),
    }


def tell_set_aside(out: Output, found: Sequence[SetAside]) -> None:
    if found:
        header = ("channel", "kind", "id", "reason", "since (UTC)")
        rows = [(e.channel, e.kind, e.id, e.reason, minute(e.first_at)) for e in found]
        out.table(header, rows)


def _packed(lines: tuple[Packed, ...]) -> list[dict[str, Any]]:
    return [{"line": each.line, "units": each.quantity} for each in lines]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
