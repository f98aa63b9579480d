"""Shipment files: which order left with which carrier under which number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mercer.core.errors import InputError
from mercer.files import columns
from mercer.files.cells import merchant_code, quantity, split
from mercer.files.columns import Column, Kind
from mercer.files.faults import Fault, Findings, Note
from mercer.files.reading import AS_IT_IS, Manner, open_table
from mercer.files.records import Layout, Record

LONGEST_TRACKING: Final = 100


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """`lines` maps SKUs or order lines to units; empty is all that is left of the order."""

    order: str
    carrier: str
    tracking: str
    lines: dict[str, int] = field(default_factory=dict)
    channel: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ShipmentsFile:
    rows: tuple[ShipmentRow, ...]
    faults: tuple[Fault, ...]
    notes: tuple[Note, ...] = ()
    sheet: str = ""


SHIPMENTS: Final = Layout(
    "shipments",
    {
        "order": Column(("order", "order number", "订单号", "订单编号"), Kind.CODE),
        "carrier": Column(("carrier", "快递公司", "物流公司")),
        "tracking": Column(
            ("tracking", "tracking number", "快递单号", "运单号", "物流单号"), Kind.CODE
        ),
        "lines": Column(("lines", "items", "商品")),
        "channel": columns.CHANNEL,
    },
    required=("order", "carrier", "tracking"),
)


def read_shipments(path: Path, manner: Manner = AS_IT_IS) -> ShipmentsFile:
    """Read order, carrier, tracking and optionally lines and channel. A faulty row is left out.

    Raise `InputError` where there is no such file.
    """
    findings = Findings(path)
    table = open_table(path, (SHIPMENTS,), findings, manner)
    rows = tuple(_rows(table.records, findings)) if table else ()
    return ShipmentsFile(rows, findings.faults, findings.notes, findings.sheet)


def _rows(records: Iterator[Record], findings: Findings) -> Iterator[ShipmentRow]:
    for record in records:
        order = findings.tried(record, "order", _order)
        carrier = findings.tried(record, "carrier", _carrier)
        tracking = findings.tried(record, "tracking", tracking_number)
        lines = findings.tried(record, "lines", packed_lines)
        if order is None or carrier is None or tracking is None or lines is None:
            continue
        said = "this order and number are already"
        if findings.repeats(record, "tracking", (order, tracking), said, "keep one of them"):
            continue
        yield ShipmentRow(order, carrier, tracking, lines, record.text("channel"), record.line)


def _order(text: str) -> str:
    if not text:
        raise InputError("the order is blank", hint="write its number (订单号)")
    return merchant_code(text)


def _carrier(text: str) -> str:
    if not text:
        raise InputError("the carrier is blank", hint="write it, such as sf, yto, ups or dhl")
    return text


def tracking_number(text: str) -> str:
    """Raise `InputError` for what no carrier gives: a blank, a rounded number, a long text."""
    if not text:
        raise InputError("the tracking number is blank", hint="write the carrier's number (运单号)")
    if len(text) > LONGEST_TRACKING:
        raise InputError("the tracking number is too long", hint="write the carrier's number alone")
    return merchant_code(text)


def packed_lines(text: str) -> dict[str, int]:
    """`SKU-1*2;SKU-2` -> units by SKU or order line. Raise `InputError` naming the bad part."""
    units: dict[str, int] = {}
    for part in split(text):
        name, star, number = part.rpartition("*")
        name, number = (name.strip(), number.strip()) if star else (part, "1")
        try:
            count = quantity(number)
        except InputError:
            count = None
        if not name or not count or name in units:
            raise InputError(f"{part!r} is not a line", hint="write SKU-1*2;SKU-2, each SKU once")
        units[name] = count
    return units
