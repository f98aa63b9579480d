"""Wares as the platform keeps them: prices, stock, the shelf, audits. Every write bumps `modified`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from mercer.plugins.jd.simulator.protocol import business
from mercer.plugins.jd.simulator.shop import OFF_SHELF, ON_SHELF, TAKEN_DOWN, Shop, Sku, Ware

_LONGEST_TITLE: Final = 45
_LONGEST_TEXT: Final = 100_000
_MOST_STOCK: Final = 99_999_999
_MOST_FEN: Final = 10**11


def ware_of(shop: Shop, ware_id: int) -> Ware:
    ware = shop.wares.get(ware_id)
    if ware is None:
        raise business("商品不存在")
    return ware


def sku_of(shop: Shop, sku_id: int) -> tuple[Ware, Sku]:
    for ware, sku in shop.skus():
        if sku.sku_id == sku_id and not sku.deleted:
            return ware, sku
    raise business("SKU不存在")


def set_price(ware: Ware, sku: Sku, price: int, now: datetime) -> None:
    if not 0 < price <= _MOST_FEN:
        raise business("京东价必须大于0")
    sku.price = price
    sku.modified = ware.modified = now


def set_stock(ware: Ware, sku: Sku, number: int, now: datetime) -> None:
    """Absolute. A ware stays on the shelf when nothing is left."""
    sku.stock_num = stock_number(number)
    sku.modified = ware.modified = now


def stock_number(number: int) -> int:
    if not 0 <= number <= _MOST_STOCK:
        raise business("库存数量不合法")
    return number


def usable(shop: Shop, sku: Sku) -> int:
    """What a buyer can still order."""
    held = sku.locked + sku.booked if shop.stock_holds_bookings else 0
    return sku.stock_num - held


def set_text(
    shop: Shop, ware: Ware, title: str | None, introduction: str | None, now: datetime
) -> None:
    if title is not None and not 0 < len(title) <= _LONGEST_TITLE:
        raise business("商品标题不能为空，且最多45个字符")
    if introduction is not None and not 0 < len(introduction) <= _LONGEST_TEXT:
        raise business("商品描述最多100000个字符")
    ware.title = ware.title if title is None else title
    ware.introduction = ware.introduction if introduction is None else introduction
    _audited(shop, ware, now)


def put_on_shelf(shop: Shop, ware: Ware, now: datetime) -> None:
    if ware.status == TAKEN_DOWN:
        raise business("系统下架的商品不能上架")
    ware.status = ON_SHELF
    _audited(shop, ware, now)


def take_off_shelf(ware: Ware, now: datetime) -> None:
    ware.status = OFF_SHELF
    ware.modified = now


def take_down(ware: Ware, now: datetime) -> None:
    """JD itself takes the ware off the shelf (系统下架)."""
    ware.status = TAKEN_DOWN
    ware.modified = now


def _audited(shop: Shop, ware: Ware, now: datetime) -> None:
    ware.modified = now
    if shop.audit_seconds:
        ware.audit_ends = now + timedelta(seconds=shop.audit_seconds)
