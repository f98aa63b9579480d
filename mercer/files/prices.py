"""Price files: what SKUs cost, everywhere or on one channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from mercer.core.currency import minor_digits
from mercer.core.errors import InputError
from mercer.core.price import ALWAYS, FOREVER, PriceEntry
from mercer.files import columns
from mercer.files.cells import amount, compare_at, limit, merchant_code, moment
from mercer.files.documents import CompareAt, Document, Limited, MoneyDocument, price_cells
from mercer.files.faults import Fault, Findings, Note
from mercer.files.reading import AS_IT_IS, Manner, open_table
from mercer.files.records import Cells, Layout, Record

_AMOUNTS: Final = ("price", "compare_at", "floor", "ceiling", "cost")


@dataclass(frozen=True, slots=True)
class PriceRow:
    """`line` is where the entry stood, not part of what it says."""

    entry: PriceEntry
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class PricesFile:
    rows: tuple[PriceRow, ...]
    faults: tuple[Fault, ...]
    notes: tuple[Note, ...] = ()
    sheet: str = ""

    @property
    def entries(self) -> tuple[PriceEntry, ...]:
        return tuple(row.entry for row in self.rows)


class PriceDocument(Document):
    sku: str
    price: MoneyDocument | None = None
    channel: str = ""
    compare_at: CompareAt = None
    floor: Limited = None
    ceiling: Limited = None
    cost: Limited = None
    starts_at: str = ""
    ends_at: str = ""


def _unfold(document: BaseModel) -> Iterator[Cells]:
    assert isinstance(document, PriceDocument)
    money = price_cells(
        document.price,
        compare_at=document.compare_at,
        floor=document.floor,
        ceiling=document.ceiling,
        cost=document.cost,
    )
    dates = {"starts_at": document.starts_at, "ends_at": document.ends_at}
    yield {"sku": document.sku, "channel": document.channel, **money, **dates}


PRICES: Final = Layout(
    "prices",
    {
        "sku": columns.SKU,
        "price": columns.PRICE,
        "currency": columns.CURRENCY,
        "channel": columns.CHANNEL,
        "compare_at": columns.COMPARE_AT,
        "floor": columns.FLOOR,
        "ceiling": columns.CEILING,
        "cost": columns.COST,
        "starts_at": columns.STARTS_AT,
        "ends_at": columns.ENDS_AT,
    },
    required=("sku",),
    document=PriceDocument,
    unfold=_unfold,
)


def read_prices(path: Path, currency: str | None = None, manner: Manner = AS_IT_IS) -> PricesFile:
    """Read sku and any of price, compare_at, floor, ceiling and cost, with currency, channel, dates.

    `currency` is for rows that name none. A blank channel is the base entry. A blank amount leaves
    what the book says as it is; `none` says that there shall be none, and of a floor, ceiling or cost
    `unknown` that it is not known. A row with any fault is left out. Raise `InputError` where there
    is no such file, or no currency for a row.
    """
    if currency is not None:
        minor_digits(currency)
    findings = Findings(path)
    table = open_table(path, (PRICES,), findings, manner)
    rows = tuple(entries_of(table.records, currency, findings)) if table else ()
    return PricesFile(rows, findings.faults, findings.notes, findings.sheet)


def entries_of(
    records: Iterator[Record], currency: str | None, findings: Findings
) -> Iterator[PriceRow]:
    """Those without a fault. Raise `InputError` where a row has no currency."""
    for record in records:
        entry = _entry(record, currency, findings)
        if entry is None:
            continue
        key = (entry.sku, entry.channel, entry.currency, entry.starts_at, entry.ends_at)
        said = "this SKU, channel and currency already have a price"
        if findings.repeats(record, "sku", key, said, "keep one of them"):
            continue
        yield PriceRow(entry, record.line)


def _entry(record: Record, default: str | None, findings: Findings) -> PriceEntry | None:
    before = findings.count
    sku = findings.tried(record, "sku", merchant_code)
    currency = currency_of(record, default, findings)
    if currency is None:
        return None
    in_currency = partial(amount, currency=currency, style=record.style)
    needed = record.text("price") or not any(record.text(name) for name in _AMOUNTS)
    price = findings.tried(record, "price", in_currency) if needed else None
    struck_through = partial(compare_at, currency=currency, style=record.style)
    struck = findings.tried(record, "compare_at", struck_through)
    declared = partial(limit, currency=currency, style=record.style)
    floor, ceiling, cost = (
        findings.tried(record, name, declared) for name in ("floor", "ceiling", "cost")
    )
    starts_at = findings.tried(record, "starts_at", moment)
    ends_at = findings.tried(record, "ends_at", moment)
    if starts_at and ends_at and ends_at <= starts_at:
        findings.at(record, "ends_at", "it ends before it starts", "swap them")
    if sku is None or findings.count > before:
        return None
    return PriceEntry(
        sku,
        price,
        record.text("channel"),
        struck,
        floor,
        ceiling=ceiling,
        cost=cost,
        starts_at=starts_at or ALWAYS,
        ends_at=ends_at or FOREVER,
        currency=currency,
    )


def currency_of(record: Record, default: str | None, findings: Findings) -> str | None:
    """The row's currency or the default; `None`, with the fault kept, for an unknown one.

    Raise `InputError` where the row names none and there is no default.
    """
    currency = record.text("currency") or default
    if not currency:
        raise InputError(
            f"line {record.line} has a price without a currency",
            hint="say which with --currency, such as --currency CNY, or add a currency column",
        )
    try:
        minor_digits(currency)
    except InputError as error:
        findings.at(record, "currency", error.message, error.hint)
        return None
    return currency
