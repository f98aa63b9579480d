"""TOP's dicts to the domain, and nothing else: yuan, Beijing time, statuses.

Prices are list prices (一口价) in yuan text; promotions never show in them. A value that has a
documented range and lies outside it raises `ProtocolBroken`, so that the one item or trade is set
aside and the others go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mercer.core.errors import ProtocolBroken
from mercer.core.listing import DeductAt, Listing, ListingStatus, Offer
from mercer.core.stock import StockReading
from mercer.plugins.beijing import moment
from mercer.plugins.taobao.settings import SellerType
from mercer.plugins.taobao.wire import rows
from mercer.plugins.values import needed, text, whole
from mercer.plugins.yuan import money

ITEM_FIELDS: Final = (
    "num_iid,title,desc,price,num,outer_id,barcode,approve_status,sub_stock,with_hold_quantity,"
    "modified,sku"
)

_DEDUCT_AT: Final = {"1": DeductAt.ORDER, "2": DeductAt.PAYMENT}
_USUAL_DEDUCT_AT: Final[dict[SellerType, DeductAt]] = {
    "C": DeductAt.ORDER,
    "B": DeductAt.PAYMENT,
}


def listing(item: Mapping[str, Any], seller_type: SellerType) -> Listing:
    """Of an item with its SKUs. Raise `ProtocolBroken`, naming the field.

    An item without SKUs has one offer, whose id is the item's own. Deleted SKUs are left out.
    """
    num_iid = needed(item, "num_iid")
    skus = rows(item, "skus", "sku")
    deduct_at = _DEDUCT_AT.get(text(item, "sub_stock") or "", _USUAL_DEDUCT_AT[seller_type])
    refs = {name: value for name in ("price", "sub_stock") if (value := text(item, name))}
    return Listing(
        listing=num_iid,
        title=needed(item, "title"),
        status=_status(item),
        offers=tuple(_sku_offer(sku, deduct_at) for sku in skus if sku.get("status") != "delete")
        if skus
        else (_item_offer(item, num_iid, deduct_at),),
        description=text(item, "desc"),
        code=text(item, "outer_id"),
        updated_at=moment(item, "modified"),
        refs=refs,
    )


def _status(item: Mapping[str, Any]) -> ListingStatus:
    match needed(item, "approve_status"):
        case "onsale":
            return ListingStatus.LISTED
        case "instock":
            return ListingStatus.SOLD_OUT if whole(item, "num") == 0 else ListingStatus.DELISTED
        case unknown:
            raise ProtocolBroken(f"approve_status is {unknown!r}, which is not known")


def _sku_offer(sku: Mapping[str, Any], deduct_at: DeductAt) -> Offer:
    return Offer(
        offer=needed(sku, "sku_id"),
        merchant_code=text(sku, "outer_id"),
        price=money(sku, "price"),
        stock=_stock(whole(sku, "quantity"), whole(sku, "with_hold_quantity")),
        barcode=text(sku, "barcode"),
        options=options(text(sku, "properties_name") or ""),
        deduct_at=deduct_at,
        refs={"properties": needed(sku, "properties")},
    )


def _item_offer(item: Mapping[str, Any], num_iid: str, deduct_at: DeductAt) -> Offer:
    return Offer(
        offer=num_iid,
        merchant_code=text(item, "outer_id"),
        price=money(item, "price"),
        stock=_stock(whole(item, "num"), whole(item, "with_hold_quantity")),
        barcode=text(item, "barcode"),
        deduct_at=deduct_at,
    )


def _stock(quantity: int | None, held: int | None) -> tuple[StockReading, ...]:
    """Under 付款减库存 the quantity counts what unpaid orders hold; a quantity not told is unknown."""
    return () if quantity is None else (StockReading("", quantity, held or 0),)


def options(properties_name: str) -> tuple[tuple[str, str], ...]:
    """`1627207:28341:颜色分类:黑色;...` (pid:vid:name:value), where `#cln#` and `#scln#` stand for
    a colon and a semicolon in a name or value.
    """
    found = []
    for part in filter(None, properties_name.split(";")):
        names = part.split(":", 3)
        if len(names) == 4:
            found.append((_plain(names[2]), _plain(names[3])))
    return tuple(found)


def _plain(name: str) -> str:
    return name.replace("#scln#", ";").replace("#cln#", ":")
