"""Items as the platform keeps them: prices in range, stock, the shelf. Every write bumps `modified`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from mercer.plugins.taobao.simulator.messages import notify
from mercer.plugins.taobao.simulator.protocol import business
from mercer.plugins.taobao.simulator.shop import Item, Shop, Sku

MOST_STOCK: Final = 999_999
_TITLE_BYTES: Final = 60


def found(shop: Shop, num_iid: int) -> Item:
    item = shop.items.get(num_iid)
    if item is None:
        raise business("isv.item-not-exist:invalid-numIid-or-iid", "宝贝不存在")
    return item


def sku_of(item: Item, sku_id: int) -> Sku:
    for sku in item.live:
        if sku.sku_id == sku_id and not item.plain:
            return sku
    raise business("isv.mismatch-parameters:sku", "该宝贝没有这个SKU")


def _unlocked(item: Item) -> None:
    """The sub code of a campaign lock is UNVERIFIED; its words were seen."""
    if item.lock:
        raise business("isv.item-is-locked", item.lock)


def set_prices(
    shop: Shop, item: Item, item_price: int | None, skus: Mapping[int, int], now: datetime
) -> None:
    """Judge the final state: lowest SKU price <= item price <= highest SKU price."""
    _unlocked(item)
    prices = {sku.sku_id: skus.get(sku.sku_id, sku.price) for sku in item.live}
    final = item.price if item_price is None else item_price
    if item.plain:
        prices = {item.num_iid: final}
    if min(prices.values()) <= 0 or final <= 0:
        raise business("isv.item-update-service-error:IC_CHECKSTEP_PRICE_ERROR", "价格超出范围")
    if not min(prices.values()) <= final <= max(prices.values()):
        raise business(
            "isv.item-update-service-error:IC_CHECKSTEP_ITME_SKU_PRICE_UNMATCH",
            "一口价必须在SKU价格区间内",
        )
    item.price = final
    for sku in item.live:
        sku.price = prices[sku.sku_id]
    item.modified = now
    notify(shop, "taobao_item_ItemUpdate", _named(shop, item) | {"changed_fields": "price"}, now)


def set_stock(shop: Shop, item: Item, quantities: Mapping[int, int], now: datetime) -> None:
    """Absolute numbers, by sku_id (an item's own id where it has no SKUs); all or none."""
    _unlocked(item)
    for sku in item.live:
        quantity = quantities.get(sku.sku_id, sku.quantity)
        if not 0 <= quantity <= MOST_STOCK:
            raise business("isv.invalid-parameter:quantity", "库存数量不合法")
        if sku.sku_id in quantities and sku.held and quantity <= sku.held:
            raise business(
                "isv.error-inventory-invalid-item-quantity",
                "商品库存必须大于已拍下未付款的预扣库存",
            )
    for sku in item.live:
        sku.quantity = quantities.get(sku.sku_id, sku.quantity)
    item.modified = now
    notify(shop, "taobao_item_ItemStockChanged", _named(shop, item) | {"num": item.num}, now)
    settle(shop, item, now)


def settle(shop: Shop, item: Item, now: datetime) -> None:
    """An item without stock leaves the shelf (卖空). That it must be put back by hand when stock
    returns is UNVERIFIED.
    """
    if item.onsale and item.num == 0:
        item.onsale = False
        item.modified = now
        notify(shop, "taobao_item_ItemZeroStock", _named(shop, item), now)


def put_on_shelf(shop: Shop, item: Item, num: int, now: datetime) -> None:
    """`num` counts only for an item without SKUs."""
    _unlocked(item)
    if item.violation:
        raise business(
            "isv.item-listing-service-error:IC_CHECKSTEP_NO_PERMISSION", "违规下架的宝贝不能上架"
        )
    if item.plain and num != item.num:
        set_stock(shop, item, {item.num_iid: num}, now)
    if item.num == 0:
        raise business(
            "isv.item-update-service-error:FORBIDDEN_QUANTITY_ZERO_ERROR", "宝贝库存不能全部为0"
        )
    item.onsale = True
    item.list_time = item.modified = now
    notify(shop, "taobao_item_ItemUpshelf", _named(shop, item), now)


def take_off_shelf(shop: Shop, item: Item, now: datetime) -> None:
    item.onsale = False
    item.modified = now
    notify(shop, "taobao_item_ItemDownshelf", {"num_iid": item.num_iid}, now)


def set_text(shop: Shop, item: Item, title: str | None, desc: str | None, now: datetime) -> None:
    if title is not None and not 0 < len(title.encode("gb18030")) <= _TITLE_BYTES:
        raise business("isv.invalid-parameter:title", "宝贝标题不能为空，且最多30个汉字(60个字符)")
    if desc is not None and not 5 <= len(desc) <= 25_000:
        raise business("isv.invalid-parameter:desc", "宝贝描述字数要在5到25000个字符之间")
    item.title = item.title if title is None else title
    item.desc = item.desc if desc is None else desc
    item.modified = now
    notify(
        shop, "taobao_item_ItemUpdate", _named(shop, item) | {"changed_fields": "title,desc"}, now
    )


def _named(shop: Shop, item: Item) -> dict[str, object]:
    return {"nick": shop.nick, "num_iid": item.num_iid, "title": item.title}
