"""JD's wares and SKUs to the domain, and nothing else: yuan, epoch milliseconds, statuses.

A price is the JD price (京东价) of a SKU in yuan; promotions never show in it. A value that has a
documented range and lies outside it raises `ProtocolBroken`, so that the one ware is set aside and
the others go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from mercer.core.errors import ProtocolBroken
from mercer.core.listing import DeductAt, Listing, ListingStatus, Offer
from mercer.core.stock import StockReading
from mercer.plugins.jd.wire import rows
from mercer.plugins.values import needed, text, whole
from mercer.plugins.yuan import money

WARE_FIELDS: Final = "wareId,title,wareStatus,outerId,modified,introduction"
SKU_FIELDS: Final = "skuId,wareId,status,outerId,barCode,jdPrice,stockNum,saleAttrs"
"""Always asked for by name: what comes without asking is UNVERIFIED."""

DELETED: Final = "4"
"""A SKU's status."""

_ON_SHELF: Final = 8
_STATUSES: Final = frozenset(
    {1, 2, 4, _ON_SHELF, 513, 514, 516, 520, 1025, 1026, 1028, 1032},
)
"""Never listed, taken down by the seller or by JD, on the shelf; +512 an edit waits for JD's audit,
+1024 the audit refused it. What buyers see meanwhile is taken to be the status below (UNVERIFIED).
"""


def moment(row: Mapping[str, Any], name: str) -> datetime | None:
    """UTC, from epoch milliseconds."""
    milliseconds = whole(row, name)
    if milliseconds is None:
        return None
    try:
        return datetime.fromtimestamp(milliseconds // 1000, UTC)
    except (OverflowError, ValueError, OSError):
        raise ProtocolBroken(f"{name} is {milliseconds}, which is not a time") from None


def listing(ware: Mapping[str, Any], skus: Sequence[Mapping[str, Any]]) -> Listing:
    """Of a ware with its SKUs. Raise `ProtocolBroken`, naming the field. Deleted SKUs are left out."""
    ware_status = needed(ware, "wareStatus")
    return Listing(
        listing=needed(ware, "wareId"),
        title=needed(ware, "title"),
        status=status(ware_status),
        offers=tuple(_offer(sku) for sku in skus if text(sku, "status") != DELETED),
        description=text(ware, "introduction"),
        code=text(ware, "outerId"),
        updated_at=moment(ware, "modified"),
        refs={"ware_status": ware_status},
    )


def with_stock(known: Listing, skus: Sequence[Mapping[str, Any]]) -> Listing | None:
    """A listing with what these rows of its SKUs tell of stock; `None` where they are other SKUs."""
    fresh = {
        needed(sku, "skuId"): stock(whole(sku, "stockNum"))
        for sku in skus
        if text(sku, "status") != DELETED
    }
    if fresh.keys() != {offer.offer for offer in known.offers}:
        return None
    offers = (replace(offer, stock=fresh[offer.offer]) for offer in known.offers)
    return replace(known, offers=tuple(offers))


def status(ware_status: str) -> ListingStatus:
    """A ware without stock stays on the shelf, so none is ever `SOLD_OUT`."""
    if not ware_status.isdecimal() or int(ware_status) not in _STATUSES:
        raise ProtocolBroken(f"wareStatus is {ware_status!r}, which is not known")
    on_shelf = int(ware_status) & _ON_SHELF
    return ListingStatus.LISTED if on_shelf else ListingStatus.DELISTED


def _offer(sku: Mapping[str, Any]) -> Offer:
    return Offer(
        offer=needed(sku, "skuId"),
        merchant_code=text(sku, "outerId"),
        price=money(sku, "jdPrice"),
        stock=stock(whole(sku, "stockNum")),
        barcode=text(sku, "barCode"),
        options=_options(sku),
        deduct_at=DeductAt.ORDER,
    )


def stock(quantity: int | None) -> tuple[StockReading, ...]:
    """A quantity not told is unknown."""
    return () if quantity is None else (StockReading("", quantity),)


def _options(sku: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Attribute id and the value as the seller calls it; the attribute's name is the category's."""
    found = []
    for attribute in rows(sku, "saleAttrs"):
        aliases = attribute.get("attrValueAlias") or attribute.get("attrValues") or ()
        found += [(needed(attribute, "attrId"), str(alias)) for alias in aliases]
    return tuple(found)
