"""Connections: opaque cursors, tied to the sort, and the limits of one page."""

from __future__ import annotations

import base64
import json
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from graphql import GraphQLError

LARGEST_PAGE: Final = 250


def bad_request(message: str, code: str = "BAD_REQUEST") -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})


def connection(
    rows: Iterable[Any], value: Callable[[Any], Any], args: Mapping[str, Any], *, whole: bool
) -> dict[str, Any]:
    """One page of `rows` sorted by `value`, then id. `whole` is for bulk: all rows, `first` ignored."""
    backward = bool(args.get("reverse"))
    keyed = [((value(row), row.id), row) for row in rows]
    keyed.sort(key=operator.itemgetter(0), reverse=backward)
    start = 0
    if after := args.get("after"):
        passed = operator.ge if backward else operator.le
        last = decoded(after)  # its own row may be gone by now
        start = sum(passed(key, last) for key, _ in keyed)
    shown = keyed[start:] if whole else keyed[start : start + _size(args)]
    page = [row for _, row in shown]
    cursors = [_encoded(*key) for key, _ in shown]
    return {
        "nodes": page,
        "edges": [
            {"cursor": cursor, "node": row} for cursor, row in zip(cursors, page, strict=True)
        ],
        "pageInfo": {
            "hasNextPage": start + len(page) < len(keyed),
            "hasPreviousPage": start > 0 and bool(page),
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def _size(args: Mapping[str, Any]) -> int:
    first = args.get("first")
    if first is None:
        raise bad_request("you must provide one of first or last")
    if first > LARGEST_PAGE:
        raise bad_request(
            "first cannot exceed 250. To query larger amounts of data with fewer limits, "
            "bulk operations should be used instead."
        )
    return int(first)


def _encoded(value: Any, id: int) -> str:
    text = json.dumps({"last_id": id, "last_value": value}, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def decoded(cursor: str) -> tuple[Any, int]:
    """The sort's value and the id of the row that the cursor stands on."""
    try:
        content = json.loads(base64.b64decode(cursor, validate=True))
        return content["last_value"], content["last_id"]
    except (ValueError, KeyError, TypeError):
        raise bad_request("Malformed cursor") from None
