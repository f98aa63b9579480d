"""Reading items: the whole shop from its lists, details by id, twenty a call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from mercer.core.contract import ListingPage, Unreadable
from mercer.core.errors import ProtocolBroken
from mercer.core.listing import Listing
from mercer.plugins.aside import understood
from mercer.plugins.beijing import beijing
from mercer.plugins.paging import chunks
from mercer.plugins.taobao.mapping import ITEM_FIELDS, listing
from mercer.plugins.taobao.settings import SellerType
from mercer.plugins.taobao.wire import Top, rows
from mercer.plugins.values import needed, whole

DETAILS: Final = 20
_PAGE: Final = 200
_WALKS: Final = 3

_ONSALE: Final = "taobao.items.onsale.get"
_INVENTORY: Final = "taobao.items.inventory.get"


@dataclass(frozen=True, slots=True)
class _List:
    api: str
    banner: str = ""


_LISTS: Final = (
    _List(_ONSALE),
    _List(_INVENTORY, "for_shelved"),
    _List(_INVENTORY, "sold_out"),
    _List(_INVENTORY, "violation_off_shelf"),
)
"""The inventory's default banner hides what is sold out and what was taken down for a violation."""


async def whole_shop(
    top: Top, seller_type: SellerType, started: datetime
) -> AsyncIterator[ListingPage]:
    """All items, on the shelf and off. `started` is the moment of the call.

    Items move between lists while these are walked. One that leaves the shelf is found again because
    the shelf is read first; one that is put on it meanwhile, because what changed on the shelf since
    `started` is read once more at the end.
    """
    found: dict[str, None] = {}
    complete = True
    for each in _LISTS:
        ids, steady = await _walked(top, each)
        found |= dict.fromkeys(ids)
        complete = complete and steady
    ids, steady = await _walked(top, _List(_ONSALE), since=beijing(started))
    found |= dict.fromkeys(ids)
    complete = complete and steady

    batches = list(chunks(list(found), DETAILS)) or [[]]
    for number, batch in enumerate(batches, start=1):
        listings, unreadable = _understood(await _details(top, batch), seller_type)
        complete = complete and not unreadable
        last = number == len(batches)
        yield ListingPage(tuple(listings), complete and last, tuple(unreadable))


async def by_id(top: Top, seller_type: SellerType, ids: Sequence[str]) -> list[Listing]:
    """Items that are gone, or another seller's, are left out by the platform itself."""
    found: list[Listing] = []
    for batch in chunks(ids, DETAILS):
        listings, unreadable = _understood(await _details(top, batch), seller_type)
        if unreadable:  # to leave it out would say that it is gone
            raise ProtocolBroken(f"item {unreadable[0].id}: {unreadable[0].reason}")
        found += listings
    return found


async def _walked(top: Top, each: _List, since: str = "") -> tuple[list[str], bool]:
    """A list's ids, and whether the list stood still while it was walked.

    A row that leaves the list shifts all later ones up, and the walk misses one. So a walk counts
    only if the total stayed the same on every page and as many different ids were seen.
    """
    seen: dict[str, None] = {}
    for _ in range(_WALKS):
        ids, totals = await _walk(top, each, since)
        seen |= dict.fromkeys(ids)
        if len(totals) == 1 and totals == {len(set(ids))}:
            return list(seen), True
    return list(seen), False


async def _walk(top: Top, each: _List, since: str) -> tuple[list[str], set[int]]:
    ids: list[str] = []
    totals: set[int] = set()
    page = 1
    while True:
        body = await top.call(
            each.api,
            {
                "fields": "num_iid",
                "banner": each.banner,
                "order_by": "list_time:desc",
                "start_modified": since,
                "page_no": str(page),
                "page_size": str(_PAGE),
            },
        )
        ids += [needed(row, "num_iid") for row in rows(body, "items", "item")]
        total = whole(body, "total_results") or 0
        totals.add(total)
        if page * _PAGE >= total:
            return ids, totals
        page += 1


async def _details(top: Top, ids: Sequence[str]) -> list[dict[str, Any]]:
    if not ids:
        return []
    body = await top.call(
        "taobao.items.seller.list.get", {"fields": ITEM_FIELDS, "num_iids": ",".join(ids)}
    )
    return rows(body, "items", "item")


def _understood(
    items: Sequence[dict[str, Any]], seller_type: SellerType
) -> tuple[tuple[Listing, ...], tuple[Unreadable, ...]]:
    read = partial(listing, seller_type=seller_type)
    return understood(items, read, lambda item: str(item.get("num_iid", "")))
