"""Stock files: how many of each SKU lie where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from mercer.files import columns
from mercer.files.cells import merchant_code, quantity
from mercer.files.columns import Column
from mercer.files.documents import Document
from mercer.files.faults import Fault, Findings, Note
from mercer.files.reading import AS_IT_IS, Manner, open_table
from mercer.files.records import Cells, Layout, Record


@dataclass(frozen=True, slots=True)
class StockRow:
    """`location` is empty for a seller with one. `line` is where the row stood, not what it says."""

    sku: str
    location: str
    quantity: int
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class StockFile:
    rows: tuple[StockRow, ...]
    faults: tuple[Fault, ...]
    notes: tuple[Note, ...] = ()
    sheet: str = ""


class StockDocument(Document):
    sku: str
    quantity: int
    location: str = ""


def _unfold(document: BaseModel) -> Iterator[Cells]:
    assert isinstance(document, StockDocument)
    yield {
        "sku": document.sku,
        "quantity": str(document.quantity),
        "location": document.location,
    }


STOCK: Final = Layout(
    "stock",
    {
        "sku": columns.SKU,
        "quantity": columns.QUANTITY,
        "location": Column(("location", "warehouse", "仓库", "库位", "仓库名称")),
    },
    required=("sku", "quantity"),
    document=StockDocument,
    unfold=_unfold,
)


def read_stock(path: Path, manner: Manner = AS_IT_IS) -> StockFile:
    """Read sku, quantity and optionally location. A row with any fault is left out.

    Raise `InputError` where there is no such file.
    """
    findings = Findings(path)
    table = open_table(path, (STOCK,), findings, manner)
    rows = tuple(_counts(table.records, findings)) if table else ()
    return StockFile(rows, findings.faults, findings.notes, findings.sheet)


def _counts(records: Iterator[Record], findings: Findings) -> Iterator[StockRow]:
    for record in records:
        sku = findings.tried(record, "sku", merchant_code)
        count = findings.tried(record, "quantity", partial(quantity, style=record.style))
        if sku is None or count is None:
            continue
        location = record.text("location")
        said = "this SKU and location already have a quantity"
        fix = "keep one of them, or add them up"
        if findings.repeats(record, "sku", (sku, location), said, fix):
            continue
        yield StockRow(sku, location, count, record.line)
