"""Stock: absolute quantities with compare-and-set, many listings in one call, all or nothing."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from mercer.core.answered import answered
from mercer.core.contract import ItemOutcome, StockWrite
from mercer.core.errors import ProtocolBroken, Rejected, Transient
from mercer.core.outcome import Result
from mercer.plugins.shopify.connection import Connection, refused, user_errors
from mercer.plugins.shopify.mapping import DORMANT, ITEM, LEVEL, TRACKED, Node, gid
from mercer.plugins.shopify.queries import query

Refusal = tuple[str, str, str]
"""The platform's code and words, and its id of the request."""

_STALE: Final = "CHANGE_FROM_QUANTITY_STALE"
_UNDERWAY: Final = "IDEMPOTENCY_CONCURRENT_REQUEST"
_FAILED_BEFORE: Final = "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"


class WritesStock(Connection):
    async def write_stock(self, writes: Sequence[StockWrite], key: str) -> Sequence[ItemOutcome]:
        """A call with one bad row does nothing, so the others are sent again without it.

        An item that Shopify does not track, or whose level is not active, is made so first.
        """
        outcomes: dict[int, ItemOutcome] = {}
        for index, write in enumerate(writes):
            if refusal := await self._prepared(write, key):
                outcomes[index] = _outcome(write, refusal)
        attempt = 0
        while left := [index for index in range(len(writes)) if index not in outcomes]:
            rows = [writes[index] for index in left]
            refusals = await self._set(rows, _derived(key, f"set/{attempt}"))
            outcomes |= {left[row]: _outcome(rows[row], why) for row, why in refusals.items()}
            if not refusals:
                outcomes |= {index: _outcome(writes[index], None) for index in left}
            attempt += 1
        return [outcomes[index] for index in range(len(writes))]

    async def _prepared(self, write: StockWrite, key: str) -> Refusal | None:
        refs = write.offer.refs
        if ITEM not in refs:
            return "", "the offer was read without its inventory item; read the listing again", ""
        item = gid("InventoryItem", refs[ITEM])
        try:
            if refs.get(TRACKED) == "no":
                payload = await self._wire.run(query("track_item"), {"item": item}, repeatable=True)
                if refusal := _first(payload):
                    return refusal
            if refs.get(LEVEL) in ("inactive", "absent"):
                payload = await self._wire.run(
                    query("activate_level"),
                    {
                        "item": item,
                        "location": gid("Location", write.location),
                        "key": _derived(key, f"activate/{refs[ITEM]}/{write.location}"),
                    },
                    repeatable=True,
                )
                return _first(payload)
        except Rejected as error:
            return refused(error)
        return None

    async def _set(self, rows: Sequence[StockWrite], key: str) -> dict[int, Refusal]:
        payload = await self._wire.run(
            query("write_stock"),
            {
                "key": key,
                "input": {
                    "name": "available",
                    "reason": "correction",
                    "referenceDocumentUri": f"gid://mercer/StockWrite/{key}",
                    "quantities": [_quantity(row) for row in rows],
                },
            },
            repeatable=True,
        )
        return _refusals(payload, len(rows))


def _quantity(write: StockWrite) -> dict[str, Any]:
    seen = int(write.offer.refs[DORMANT]) if DORMANT in write.offer.refs else write.seen
    return {
        "inventoryItemId": gid("InventoryItem", write.offer.refs[ITEM]),
        "locationId": gid("Location", write.location),
        "quantity": write.quantity,
        "changeFromQuantity": seen,
    }


def _refusals(payload: Node, rows: int) -> dict[int, Refusal]:
    """By row. An error that names no row refuses all, unless it is about the idempotency key."""
    refusals: dict[int, Refusal] = {}
    for field, code, words in user_errors(payload):
        if code in (_UNDERWAY, _FAILED_BEFORE):
            raise Transient(
                "Shopify has this write already", in_doubt=code == _UNDERWAY, code=code, words=words
            )
        match field:
            case ("input", "quantities", index, *_) if index.isdigit():
                if int(index) >= rows:
                    raise ProtocolBroken("an error names a row that was not sent", words=words)
                refusals.setdefault(int(index), (code, words, answered()))
            case _:
                return dict.fromkeys(range(rows), (code, words, answered()))
    return refusals


def _outcome(write: StockWrite, refusal: Refusal | None) -> ItemOutcome:
    """Shopify answers with differences, not with the new quantity: it must be read back."""
    place = write.listing.listing, write.offer.offer
    if refusal is None:
        return ItemOutcome(*place, Result.ACCEPTED, request_id=answered())
    result = Result.STALE if refusal[0] == _STALE else Result.REJECTED
    return ItemOutcome(*place, result, *refusal)


def _first(payload: Node) -> Refusal | None:
    return next(((code, words, answered()) for _, code, words in user_errors(payload)), None)


def _derived(key: str, part: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{key}/{part}"))
