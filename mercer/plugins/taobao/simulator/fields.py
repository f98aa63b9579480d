"""The `fields` parameter: what was not asked for is not sent, nor is what has no value.

A list is asked for as `sku` or `sku.quantity` and comes wrapped as `skus.sku`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_WRAPPED: Final = {
    "sku": ("skus", "sku"),
    "skus": ("skus", "sku"),
    "orders": ("orders", "order"),
    "order": ("orders", "order"),
}

_OAID_NEEDS: Final = frozenset(
    {
        "receiver_name",
        "receiver_address",
        "created",
        "receiver_mobile",
        "receiver_phone",
    }
)
"""`oaid` comes only where all of these are asked for beside it."""


def picked(full: Mapping[str, Any], fields: str) -> dict[str, Any]:
    """Lists stand bare in `full`, under their wrapped name."""
    names = {name.strip() for name in fields.split(",")}
    if not names >= _OAID_NEEDS:
        names.discard("oaid")
    lists: dict[str, set[str]] = {}
    result: dict[str, Any] = {}
    for name in sorted(names):
        head, _, tail = name.partition(".")
        if head in _WRAPPED:
            lists.setdefault(head, set()).add(tail)
        elif full.get(head) is not None:
            result[head] = full[head]
    for head, tails in lists.items():
        plural, singular = _WRAPPED[head]
        rows = [_row(row, tails) for row in full.get(plural, ())]
        if rows:
            result[plural] = {singular: rows}
    return result


def _row(row: Mapping[str, Any], tails: set[str]) -> dict[str, Any]:
    return {
        name: value
        for name, value in row.items()
        if value is not None and ("" in tails or name in tails)
    }


def wrapped(plural: str, singular: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """An empty list is left out."""
    return {plural: {singular: rows}} if rows else {}
