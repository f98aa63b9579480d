"""One entry of the price book."""

from __future__ import annotations

from dataclasses import dataclass

from mercer.core.cell import Nothing
from mercer.core.money import Money


@dataclass(frozen=True, slots=True)
class PriceEntry:
    """What a SKU costs in one currency, everywhere or on one channel.

    `channel` is empty for the base price. `compare_at` is the strike-through price: `None` where
    nothing was declared (the channel keeps its own), `NOTHING` where there shall be none.
    `floor` is the declared minimum: `None` where none was declared. `version` is that of the price
    book which set the entry; 0 before it is in the book.
    """

    sku: str
    price: Money
    channel: str = ""
    compare_at: Money | Nothing | None = None
    floor: Money | None = None
    version: int = 0
