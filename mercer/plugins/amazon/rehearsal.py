"""What Amazon would make of writes: the same patches as a validation preview, which keeps nothing.

Amazon slows previews down apart from other patches, at a rate that is not told for each account.
"""

from __future__ import annotations

from collections.abc import Sequence

from mercer.core.contract import ContentWrite, ItemOutcome, PriceWrite, StockWrite
from mercer.plugins.amazon import prices, products, stock
from mercer.plugins.amazon.mapping import Market
from mercer.plugins.amazon.submissions import preview_each
from mercer.plugins.amazon.wire import Wire


async def rehearsed(
    wire: Wire, market: Market, writes: Sequence[PriceWrite | StockWrite | ContentWrite]
) -> list[ItemOutcome]:
    """What a price out of its bounds comes to shows only in earnest: previews judge the form."""
    parts = (
        prices.submissions([each for each in writes if isinstance(each, PriceWrite)], market),
        stock.submissions([each for each in writes if isinstance(each, StockWrite)]),
        products.submissions([each for each in writes if isinstance(each, ContentWrite)], market),
    )
    wanted = [submission for submissions, _ in parts for submission in submissions]
    ended = [outcome for _, outcomes in parts for outcome in outcomes]
    return [*ended, *await preview_each(wire, wanted)]
