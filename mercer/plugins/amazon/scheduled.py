"""Sale prices: what Amazon itself shows from a start until an end, beside the price."""

from __future__ import annotations

from collections.abc import Sequence

from mercer.core.cell import NOTHING
from mercer.core.contract import ItemOutcome, ScheduleWrite
from mercer.core.outcome import Result
from mercer.core.scheduled import Scheduled
from mercer.plugins.amazon.mapping import ANY_TYPE, Market, sale_patch
from mercer.plugins.amazon.submissions import Submission


def submissions(
    writes: Sequence[ScheduleWrite], market: Market
) -> tuple[list[Submission], list[ItemOutcome]]:
    """What to submit, and what is refused before that."""
    wanted: list[Submission] = []
    ended: list[ItemOutcome] = []
    for write in writes:
        sku = write.offer.offer
        if why := _refused(write, market):
            ended.append(ItemOutcome(sku, sku, Result.REJECTED, "", why))
        else:
            sale = None if write.scheduled is NOTHING else write.scheduled
            assert sale is None or isinstance(sale, Scheduled)
            wanted.append(Submission(sku, sku, ANY_TYPE, (sale_patch(sale, market),)))
    return wanted, ended


def _refused(write: ScheduleWrite, market: Market) -> str:
    """A sale price is a discount: one that is not below the price would never show."""
    sale, price = write.scheduled, write.offer.price
    if not isinstance(sale, Scheduled):
        return ""
    if sale.price.currency != market.currency:
        return f"the marketplace sells in {market.currency}, not {sale.price.currency}"
    if price is None or sale.price >= price:
        return f"a sale price is to be below the price, {price or 'which is not known'}"
    return ""
