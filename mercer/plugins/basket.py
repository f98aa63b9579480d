"""What a buyer's order takes, where several offers may have one merchant code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from mercer.plugins.simulation import Lines

Page = TypeVar("Page")
Sellable = TypeVar("Sellable")


def taken(
    lines: Lines,
    coded: Callable[[str], Iterable[tuple[Page, Sellable]]],
    on_sale: Callable[[Page, Sellable], int],
) -> list[tuple[Page, Sellable, int]]:
    """Listing, offer and units of each line: either all are to be had, or none.

    `coded` finds offers by merchant code; `on_sale` tells how many of one a buyer can order. Raise
    `ValueError` where no offer has enough left.
    """
    found: list[tuple[Page, Sellable, int]] = []
    for code, count in lines:
        for listing, offer in coded(code):
            before = sum(units for _, other, units in found if other is offer)
            if 0 < count <= on_sale(listing, offer) - before:
                found.append((listing, offer, count))
                break
        else:
            raise ValueError(f"fewer than {count} of {code} are on sale")
    return found
