"""Products onto the shelf, and what the back office edits of them."""

from __future__ import annotations

from datetime import datetime

from mercer.core.product import ProductStatus
from mercer.core.product import Sku as OwnSku
from mercer.plugins.jd.simulator import goods
from mercer.plugins.jd.simulator.shop import OFF_SHELF, ON_SHELF, Shop, Sku, Ware
from mercer.plugins.simulation import FOR_LONG, Edit, ShopProduct, number_of
from mercer.plugins.yuan import fen


def edited(shop: Shop, ware: Ware, sku: Sku, edit: Edit, now: datetime) -> None:
    if edit.price is not None:
        goods.set_price(ware, sku, fen(edit.price), now)
    if edit.quantity is not None:
        goods.set_stock(ware, sku, edit.quantity, now)
    if edit.title is not None:
        goods.set_text(shop, ware, edit.title, None, now)
    if edit.listed is True:
        goods.put_on_shelf(shop, ware, now)
    if edit.listed is False:
        goods.take_off_shelf(ware, now)


def stocked(shop: Shop, product: ShopProduct, now: datetime) -> Ware:
    own, since = product.product, now - FOR_LONG
    return Ware(
        ware_id=shop.new_id(),
        title=own.title,
        introduction=own.description or "",
        mobile_desc=own.description or "",
        outer_id=own.code,
        status=ON_SHELF if own.status is ProductStatus.ACTIVE else OFF_SHELF,
        created=since,
        modified=since,
        skus=[_sku(shop, product, sku, since) for sku in own.skus],
    )


def _sku(shop: Shop, product: ShopProduct, sku: OwnSku, since: datetime) -> Sku:
    return Sku(
        sku_id=shop.new_id(),
        outer_id=sku.sku,
        price=fen(product.prices[sku.sku]),
        stock_num=product.quantities[sku.sku],
        created=since,
        modified=since,
        barcode=sku.barcode or "",
        attributes=[
            (number_of(name), number_of(f"{name}:{value}"), value) for name, value in sku.options
        ],
    )
