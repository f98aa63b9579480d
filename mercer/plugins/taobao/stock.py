"""Writing stock and putting items on and off the shelf."""

from __future__ import annotations

from collections.abc import Sequence

from mercer.core.contract import ItemOutcome, StatusWrite, StockWrite
from mercer.core.errors import Rejected
from mercer.core.listing import Listing, ListingStatus
from mercer.plugins.outcomes import accepted, in_turn, refused
from mercer.plugins.taobao.wire import Top

SKUS_A_CALL = 20

_FULL = "1"
"""The call's `type`: an absolute number. Increments (2) are not idempotent and are not used."""


async def write_stock(top: Top, writes: Sequence[StockWrite]) -> list[ItemOutcome]:
    """One outcome for each offer of one item. The answer echoes the numbers sent: no proof.

    TOP refuses a negative number, and one that does not exceed what unpaid orders hold. A call is
    refused as a whole and does not say for which SKU, so each is then sent alone.
    """

    async def alone(write: StockWrite) -> list[ItemOutcome]:
        return await write_stock(top, [write])

    try:
        await _send(top, writes)
    except Rejected as error:
        if len(writes) > 1:
            return await in_turn(writes, alone)
        return [refused(write.listing.listing, write.offer.offer, error) for write in writes]
    return [accepted(write.listing.listing, write.offer.offer) for write in writes]


async def _send(top: Top, writes: Sequence[StockWrite]) -> None:
    item = writes[0].listing.listing
    params = {"num_iid": item, "type": _FULL}
    if [write.offer.offer for write in writes] == [item]:
        api = "taobao.item.quantity.update"
        params["quantity"] = str(writes[0].quantity)
    else:
        api = "taobao.skus.quantity.update"
        pairs = (f"{write.offer.offer}:{write.quantity}" for write in writes)
        params["skuid_quantities"] = ";".join(pairs)
    await top.call(api, params, write=True)


async def write_status(top: Top, write: StatusWrite) -> list[ItemOutcome]:
    item = write.listing.listing
    try:
        if write.status is ListingStatus.LISTED:
            params = {"num_iid": item, "num": str(_shown(write.listing))}
            await top.call("taobao.item.update.listing", params, write=True)
        else:
            await top.call("taobao.item.update.delisting", {"num_iid": item}, write=True)
    except Rejected as error:
        return [refused(item, "", error)]
    return [accepted(item)]


def _shown(listing: Listing) -> int:
    """What the item shows; TOP wants it said again, and takes the SKUs' sum where there are SKUs."""
    readings = [offer.stock for offer in listing.offers]
    if not all(readings):
        raise Rejected("the item's stock is not known, and putting it on the shelf sends it")
    return sum(reading.quantity for stock in readings for reading in stock)
