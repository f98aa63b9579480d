"""Prices: all offers of one listing in one call, good rows kept when others are refused."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from mercer.core.answered import answered
from mercer.core.cell import Nothing
from mercer.core.contract import ItemOutcome, OfferPrice, PriceWrite
from mercer.core.errors import Rejected
from mercer.core.money import Money
from mercer.core.outcome import Result
from mercer.plugins.shopify.connection import Connection, refused, user_errors
from mercer.plugins.shopify.mapping import Node, gid
from mercer.plugins.shopify.queries import query


class WritesPrices(Connection):
    async def write_prices(self, writes: Sequence[PriceWrite]) -> Sequence[ItemOutcome]:
        return [outcome for write in writes for outcome in await self._write_listing(write)]

    async def _write_listing(self, write: PriceWrite) -> list[ItemOutcome]:
        listing = write.listing.listing
        try:
            payload = await self._wire.run(
                query("write_prices"),
                {
                    "productId": gid("Product", listing),
                    "variants": [_row(each) for each in write.offers],
                },
            )
        except Rejected as error:
            why = refused(error)
            return [
                ItemOutcome(listing, each.offer.offer, Result.REJECTED, *why)
                for each in write.offers
            ]
        return _outcomes(write, payload)


def _row(write: OfferPrice) -> dict[str, Any]:
    row: dict[str, Any] = {"id": gid("ProductVariant", write.offer.offer)}
    if write.price is not None:
        row["price"] = write.price.plain
    if write.compare_at is not None:
        amount = write.compare_at
        row["compareAtPrice"] = None if isinstance(amount, Nothing) else amount.plain
    return row


def _outcomes(write: PriceWrite, payload: Node) -> list[ItemOutcome]:
    """An error names its row as `variants`, index; one that names none is about all of them."""
    listing, request = write.listing.listing, answered()
    of_all: tuple[str, str] | None = None
    of_row: dict[int, tuple[str, str]] = {}
    for field, code, words in user_errors(payload):
        match field:
            case ("variants", index, *_) if index.isdigit():
                of_row.setdefault(int(index), (code, words))
            case _:
                of_all = code, words
    shown = {node["id"]: node for node in payload["productVariants"] or ()}
    outcomes = []
    for row, each in enumerate(write.offers):
        if error := of_row.get(row, of_all):
            code, words = error
            outcomes.append(
                ItemOutcome(listing, each.offer.offer, Result.REJECTED, code, words, request)
            )
            continue
        exact = _shows(shown.get(gid("ProductVariant", each.offer.offer)), each)
        result = Result.CONFIRMED if exact else Result.ACCEPTED
        outcomes.append(ItemOutcome(listing, each.offer.offer, result, request_id=request))
    return outcomes


def _shows(node: Node | None, write: OfferPrice) -> bool:
    if node is None:
        return False
    price = write.price is None or _equal(node["price"], write.price)
    return price and (write.compare_at is None or _equal(node["compareAtPrice"], write.compare_at))


def _equal(shown: str | None, written: Money | Nothing) -> bool:
    """Amounts are compared as numbers: `20.0` is `20.00`."""
    if shown is None or isinstance(written, Nothing):
        return shown is None and isinstance(written, Nothing)
    return Decimal(shown) == written.amount
