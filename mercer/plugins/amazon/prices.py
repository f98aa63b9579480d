"""Prices: the offer to everybody, in the marketplace's currency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mercer.core.contract import ItemOutcome, OfferPrice, PriceWrite
from mercer.core.errors import Unsupported
from mercer.core.outcome import Result
from mercer.plugins.amazon.mapping import ANY_TYPE, Market, price_patch
from mercer.plugins.amazon.submissions import Submission

TOGETHER: Final = 20_000
"""Prices read before the first is written: two hundred seconds of searches, and one feed, whose
document stays under Amazon's 10 MiB.
"""


def submissions(
    writes: Sequence[PriceWrite], market: Market
) -> tuple[list[Submission], list[ItemOutcome]]:
    """What to submit, and what is refused before that."""
    wanted: list[Submission] = []
    ended: list[ItemOutcome] = []
    for write in writes:
        for each in write.offers:
            _submit(each, market, wanted, ended)
    return wanted, ended


def _submit(
    write: OfferPrice, market: Market, wanted: list[Submission], ended: list[ItemOutcome]
) -> None:
    if write.compare_at is not None:
        raise Unsupported("Mercer leaves list prices and sale prices at Amazon alone")
    sku, price = write.offer.offer, write.price
    if price is None:
        ended.append(ItemOutcome(sku, sku, Result.ACCEPTED))
    elif price.currency != market.currency:
        words = f"the marketplace sells in {market.currency}, not {price.currency}"
        ended.append(ItemOutcome(sku, sku, Result.REJECTED, "", words))
    else:
        wanted.append(Submission(sku, sku, ANY_TYPE, (price_patch(price, market),)))
