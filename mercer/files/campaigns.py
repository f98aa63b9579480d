"""Campaign files: price files that say prices and nothing else. When they hold, the campaign says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mercer.core.currency import minor_digits
from mercer.files.faults import Findings
from mercer.files.prices import PRICES, PricesFile, entries_of
from mercer.files.reading import AS_IT_IS, Manner, open_table
from mercer.files.records import Layout, Record

_SAID: Final = ("sku", "price", "currency", "channel", "compare_at")

CAMPAIGN: Final = Layout(
    "campaign",
    {name: PRICES.columns[name] for name in _SAID},
    required=("sku", "price"),
    unfold=PRICES.unfold,
)
"""What a template has; a file may have the other columns of prices too, left blank."""


def read_campaign(path: Path, currency: str | None = None, manner: Manner = AS_IT_IS) -> PricesFile:
    """As `read_prices`, of a sku, price, currency, channel and compare_at. Anything else is a fault."""
    if currency is not None:
        minor_digits(currency)
    findings = Findings(path)
    table = open_table(path, (PRICES,), findings, manner)
    records = _without_more(table.records, findings) if table else iter(())
    rows = tuple(entries_of(records, currency, findings))
    return PricesFile(rows, findings.faults, findings.notes, findings.sheet)


def _without_more(records: Iterator[Record], findings: Findings) -> Iterator[Record]:
    for record in records:
        before = findings.count
        for name in PRICES.columns:
            if name not in _SAID and record.text(name):
                message = "a campaign sets no such thing: it has one start, one end, and prices"
                findings.at(record, name, message, "leave the column out")
        if not record.text("price"):
            message = "the price is blank; a campaign without a price has nothing to show"
            findings.at(record, "price", message, "write it, or delete the row")
        if findings.count == before:
            yield record
