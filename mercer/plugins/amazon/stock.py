"""Stock of what the seller ships himself. Nobody but Amazon sets the number of what it fulfils."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mercer.core.contract import ItemOutcome, StockWrite
from mercer.core.listing import FulfilledBy
from mercer.core.outcome import Result
from mercer.plugins.amazon.mapping import ANY_TYPE, stock_patch
from mercer.plugins.amazon.submissions import Submission

_THEIRS: Final = "Amazon fulfils this offer and counts it itself (FBA); send units in instead"
_NEGATIVE: Final = "Amazon takes no negative quantity"


def submissions(writes: Sequence[StockWrite]) -> tuple[list[Submission], list[ItemOutcome]]:
    """What to submit, and what is refused before that."""
    wanted: list[Submission] = []
    ended: list[ItemOutcome] = []
    for write in writes:
        sku = write.offer.offer
        if write.offer.fulfilled_by is FulfilledBy.PLATFORM:
            ended.append(ItemOutcome(sku, sku, Result.REJECTED, "", _THEIRS))
        elif write.quantity < 0:
            ended.append(ItemOutcome(sku, sku, Result.REJECTED, "", _NEGATIVE))
        else:
            wanted.append(Submission(sku, sku, ANY_TYPE, (stock_patch(write.quantity),)))
    return wanted, ended
