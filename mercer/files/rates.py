"""Files of exchange rates: what one unit of a currency is in another, since when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from mercer.core.currency import minor_digits
from mercer.core.errors import InputError
from mercer.core.rates import Rate
from mercer.files.columns import Column, Kind
from mercer.files.documents import Document
from mercer.files.faults import Fault, Findings, Note
from mercer.files.reading import open_table
from mercer.files.records import Cells, Layout, Record


@dataclass(frozen=True, slots=True)
class RatesFile:
    rates: tuple[Rate, ...]
    faults: tuple[Fault, ...]
    notes: tuple[Note, ...] = ()


class RateDocument(Document):
    source: str
    target: str
    rate: str
    date: str


def _unfold(document: BaseModel) -> Iterator[Cells]:
    assert isinstance(document, RateDocument)
    yield {
        "source": document.source,
        "target": document.target,
        "rate": document.rate,
        "date": document.date,
    }


RATES: Final = Layout(
    "rates",
    {
        "source": Column(("from", "source", "原币种")),
        "target": Column(("to", "target", "目标币种")),
        "rate": Column(("rate", "汇率"), Kind.AMOUNT),
        "date": Column(("date", "日期")),
    },
    required=("source", "target", "rate", "date"),
    document=RateDocument,
    unfold=_unfold,
)


def read_rates(path: Path) -> RatesFile:
    """Read from, to, rate and date. A row with any fault is left out.

    A date alone begins at midnight UTC. Raise `InputError` where there is no such file.
    """
    findings = Findings(path)
    table = open_table(path, (RATES,), findings)
    rates = tuple(_rates(table.records, findings)) if table else ()
    return RatesFile(rates, findings.faults, findings.notes)


def _rates(records: Iterator[Record], findings: Findings) -> Iterator[Rate]:
    for record in records:
        before = findings.count
        source = findings.tried(record, "source", _currency)
        target = findings.tried(record, "target", _currency)
        value = findings.tried(record, "rate", _rate)
        at = findings.tried(record, "date", _day)
        if source is None or target is None or value is None or at is None:
            continue
        if source == target:
            findings.at(record, "target", "it is the same currency", "name another")
        key = (source, target, at)
        said = "this pair and date already have a rate"
        if findings.count > before or findings.repeats(
            record, "rate", key, said, "keep one of them"
        ):
            continue
        yield Rate(source, target, value, at)


def _currency(text: str) -> str:
    code = text.upper()
    minor_digits(code)
    return code


def _rate(text: str) -> Decimal:
    try:
        value = Decimal(text) if text.isascii() and "e" not in text.lower() else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or value <= 0 or len(text) > 30:
        raise InputError(
            f"{text!r} is not a rate" if text else "the rate is blank",
            hint="write what one unit is worth, with a point for decimals, such as 0.1391",
        )
    return value


def _day(text: str) -> datetime:
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is not a date", hint="write it as 2026-11-01") from None
    if told.tzinfo is None and told.time() != time():
        raise InputError(
            f"{text!r} has no zone", hint="write it as 2026-11-01T09:00:00+08:00, or the date alone"
        )
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
