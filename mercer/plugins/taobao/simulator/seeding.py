"""Products onto the shelf, and what the back office edits of them."""

from __future__ import annotations

from datetime import datetime

from mercer.core.product import ProductStatus
from mercer.core.product import Sku as OwnSku
from mercer.plugins.simulation import FOR_LONG, Edit, ShopProduct, number_of
from mercer.plugins.taobao.simulator import goods
from mercer.plugins.taobao.simulator.shop import Item, Shop, Sku
from mercer.plugins.yuan import fen


def edited(shop: Shop, item: Item, sku: Sku, edit: Edit, now: datetime) -> None:
    if edit.price is not None:
        prices = {each.sku_id: each.price for each in item.live} | {sku.sku_id: fen(edit.price)}
        goods.set_prices(shop, item, min(prices.values()), prices, now)
    if edit.quantity is not None:
        goods.set_stock(shop, item, {sku.sku_id: edit.quantity}, now)
    if edit.title is not None:
        goods.set_text(shop, item, edit.title, None, now)
    if edit.listed is True:
        goods.put_on_shelf(shop, item, item.num, now)
    if edit.listed is False:
        goods.take_off_shelf(shop, item, now)


def stocked(shop: Shop, product: ShopProduct, now: datetime) -> Item:
    """A product with a single SKU and no options becomes an item without SKUs."""
    own, since = product.product, now - FOR_LONG
    plain = len(own.skus) == 1 and not own.skus[0].options
    num_iid = shop.new_id()
    skus = [
        _sku(product, sku, num_iid if plain else shop.new_id(), number)
        for number, sku in enumerate(own.skus)
    ]
    item = Item(
        num_iid=num_iid,
        title=own.title,
        desc=own.description or "",
        outer_id=own.skus[0].sku if plain else own.code,
        sub_stock=2 if shop.seller_type == "B" else 1,
        price=min(sku.price for sku in skus),
        onsale=own.status is ProductStatus.ACTIVE,
        plain=plain,
        created=since,
        modified=since,
        list_time=since,
        skus=skus,
    )
    item.onsale = item.onsale and item.num > 0
    return item


def _sku(product: ShopProduct, sku: OwnSku, sku_id: int, number: int) -> Sku:
    pairs = sku.options or (("款式", str(number + 1)),)
    ids = [(number_of(name), number_of(f"{name}:{value}")) for name, value in pairs]
    named = [
        f"{pid}:{vid}:{_escaped(name)}:{_escaped(value)}"
        for (pid, vid), (name, value) in zip(ids, pairs, strict=True)
    ]
    return Sku(
        sku_id=sku_id,
        outer_id=sku.sku,
        price=fen(product.prices[sku.sku]),
        quantity=product.quantities[sku.sku],
        barcode=sku.barcode or "",
        properties=";".join(f"{pid}:{vid}" for pid, vid in ids),
        properties_name=";".join(named),
    )


def _escaped(name: str) -> str:
    return name.replace(":", "#cln#").replace(";", "#scln#")
