"""What a caller asked for: fields, types, a page.

What was not asked for in `fields` is not sent, nor is what has no value.

A list is asked for as `sku` or `sku.quantity` and comes wrapped as `skus.sku`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from mercer.plugins.taobao.simulator.protocol import Call

T = TypeVar("T")

_WRAPPED: Final = {
    "sku": ("skus", "sku"),
    "skus": ("skus", "sku"),
    "orders": ("orders", "order"),
    "order": ("orders", "order"),
}

_ALIASES: Final = {"guarantee_trade": {"fixed", "auction"}}
"""Types that can be asked for and are never returned."""

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


def asked_types(call: Call, usual: str) -> set[str]:
    """Trade types as they are returned."""
    names = (name.strip() for name in call.text("type", usual).split(","))
    return {one for name in names for one in _ALIASES.get(name, {name})}


def paged(
    call: Call, plural: str, singular: str, rows: Sequence[T], full: Callable[[T], dict[str, Any]]
) -> dict[str, Any]:
    """`use_has_next` puts `has_next` in the place of `total_results`."""
    first, size = call.page(40, 100)
    page = [picked(full(row), call.text("fields")) for row in rows[first : first + size]]
    answer = wrapped(plural, singular, page)
    if call.flag("use_has_next"):
        return answer | {"has_next": first + size < len(rows)}
    return answer | {"total_results": len(rows)}


def wrapped(plural: str, singular: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """An empty list is left out."""
    return {plural: {singular: rows}} if rows else {}
