"""Products onto the shelf, and what the back office edits of them."""

from __future__ import annotations

from mercer.core.cell import Nothing
from mercer.core.money import Money
from mercer.core.product import ProductStatus
from mercer.plugins.shopify.mapping import handle
from mercer.plugins.shopify.simulator.shop import Shop
from mercer.plugins.shopify.simulator.state import ProductVariant
from mercer.plugins.simulation import Edit, ShopProduct


def put(shop: Shop, shown: ShopProduct) -> None:
    source = shown.product
    active = source.status is ProductStatus.ACTIVE
    product = shop.add_product(
        handle(source.code), source.title, "ACTIVE" if active else source.status.name
    )
    product.description_html = source.description or ""
    product.vendor, product.product_type = source.vendor or "", source.kind or ""
    product.tags, product.images = sorted(source.tags), list(source.images)
    product.publications = list(shop.state.publications)
    for sku in source.skus:
        variant = shop.add_variant(product, sku.sku, shown.prices[sku.sku], sku.options)
        variant.barcode = sku.barcode
        variant.compare_at_price = shown.compare_at.get(sku.sku)
        shop.stock(variant, shown.quantities.get(sku.sku, 0))


def edited(shop: Shop, variant: ProductVariant, edit: Edit) -> None:
    product = shop.state.products[variant.product]
    if edit.price is not None:
        variant.price = edit.price
    match edit.compare_at:
        case Money():
            variant.compare_at_price = edit.compare_at
        case Nothing():
            variant.compare_at_price = None
    if edit.quantity is not None:
        shop.stock(variant, edit.quantity)
    if edit.title is not None:
        product.title = edit.title
    if edit.listed is not None:
        product.status = "ACTIVE" if edit.listed else "DRAFT"
    shop.touch(product, variant)
