"""Lists of what changed in a window of time, read from the last page to the first (倒序翻页)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mercer.core.errors import ProtocolBroken
from mercer.plugins.beijing import beijing
from mercer.plugins.taobao.order_mapping import TRADE_TYPES
from mercer.plugins.taobao.wire import Top, rows
from mercer.plugins.values import needed, whole

_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class ChangeList:
    """Rows come wrapped as `plural.singular` and are known by `key`; `fields` are asked for."""

    api: str
    plural: str
    singular: str
    key: str
    fields: str


async def changed(
    top: Top, each: ChangeList, since: datetime, until: datetime
) -> AsyncIterator[list[dict[str, Any]]]:
    """Pages of rows modified in [since, until]; a row comes again only if it changed meanwhile.

    Rows are sorted by `modified`, newest first. One that is modified during the walk leaves the
    closed window, so all rows after it move up one place: walking backwards meets some row twice,
    walking forwards would miss one.
    """
    window = {
        "start_modified": beijing(since),
        "end_modified": beijing(until),
        "type": TRADE_TYPES,
    }
    total = await _count(top, each, window)
    newest: dict[str, str] = {}
    for page in range(-(-total // _PAGE), 0, -1):
        body = await top.call(
            each.api,
            window
            | {
                "fields": each.fields,
                "page_no": str(page),
                "page_size": str(_PAGE),
                "use_has_next": "true",
            },
        )
        fresh = []
        for row in rows(body, each.plural, each.singular):
            key, modified = needed(row, each.key), needed(row, "modified")
            if newest.get(key, "") < modified:
                newest[key] = modified
                fresh.append(row)
        if fresh:
            yield fresh


async def _count(top: Top, each: ChangeList, window: Mapping[str, str]) -> int:
    body = await top.call(each.api, {**window, "fields": each.key, "page_size": "1"})
    total = whole(body, "total_results")
    if total is None:
        if rows(body, each.plural, each.singular):
            raise ProtocolBroken(f"a list of {each.plural} without total_results")
        return 0
    return total
