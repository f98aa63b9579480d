"""Titles and descriptions, of items that the seller's own submission describes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mercer.core.contract import ContentWrite, ItemOutcome
from mercer.core.outcome import Result
from mercer.plugins.amazon.mapping import LANGUAGE, PRODUCT_TYPE, Market, text_patch
from mercer.plugins.amazon.submissions import Submission

_NOT_OURS: Final = (
    "the seller only has an offer on this product page; its title and text are others' to write"
)


def submissions(
    writes: Sequence[ContentWrite], market: Market
) -> tuple[list[Submission], list[ItemOutcome]]:
    """What to submit, and what is refused before that.

    Texts stand beside the item's real product type, and in the language of the seller's own title.
    """
    wanted: list[Submission] = []
    ended: list[ItemOutcome] = []
    for write in writes:
        sku, refs = write.listing.listing, write.listing.refs
        if PRODUCT_TYPE not in refs or LANGUAGE not in refs:
            ended.append(ItemOutcome(sku, "", Result.REJECTED, "", _NOT_OURS))
            continue
        texts = {"item_name": write.title, "product_description": write.description}
        patches = tuple(
            text_patch(attribute, text, refs[LANGUAGE], market)
            for attribute, text in texts.items()
            if text is not None
        )
        wanted.append(Submission(sku, "", refs[PRODUCT_TYPE], patches))
    return wanted, ended
