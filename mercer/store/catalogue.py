"""Products, SKUs and bundles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, select

from mercer.core.product import Product, ProductStatus, Sku
from mercer.store.tables import bundle_parts, products, skus
from mercer.store.upsert import upsert
from mercer.store.versions import bump


def save(connection: Connection, made: Sequence[Product]) -> None:
    """Add products, or renew those whose code is known. SKUs that are not named are left alone."""
    upsert(connection, products, [_product_row(product) for product in made])
    upsert(
        connection,
        skus,
        [
            {
                "sku": sku.sku,
                "product": product.code,
                "position": position,
                "barcode": sku.barcode,
                "options": [list(option) for option in sku.options],
            }
            for product in made
            for position, sku in enumerate(product.skus)
        ],
    )
    bundles = [sku for product in made for sku in product.skus if sku.parts]
    connection.execute(
        delete(bundle_parts).where(bundle_parts.c.sku.in_([sku.sku for sku in bundles]))
    )
    upsert(
        connection,
        bundle_parts,
        [
            {"sku": sku.sku, "part": part, "quantity": quantity}
            for sku in bundles
            for part, quantity in sku.parts
        ],
    )
    bump(connection, "catalogue")


def _product_row(product: Product) -> dict[str, object]:
    return {
        "code": product.code,
        "title": product.title,
        "description": product.description,
        "status": product.status.value,
        "vendor": product.vendor,
        "kind": product.kind,
        "tags": list(product.tags),
        "images": list(product.images),
    }


def known_skus(connection: Connection, wanted: Iterable[str]) -> dict[str, str]:
    """Those of the wanted SKUs that exist, each with its product's code."""
    return dict(connection.execute(_KNOWN, {"skus": list(wanted)}).all())


def products_of(connection: Connection, codes: Iterable[str]) -> dict[str, Product]:
    rows = connection.execute(_PRODUCTS, {"codes": list(codes)}).all()
    owned = _skus_of(connection, [row.code for row in rows])
    return {row.code: _product(row, owned.get(row.code, ())) for row in rows}


def tags_of(connection: Connection, wanted: Iterable[str]) -> dict[str, frozenset[str]]:
    """SKU -> the tags of its product."""
    query = (
        select(skus.c.sku, products.c.tags)
        .join(products, products.c.code == skus.c.product)
        .where(skus.c.sku.in_(list(wanted)))
    )
    return {sku: frozenset(tags) for sku, tags in connection.execute(query)}


def every_product(connection: Connection) -> Iterator[Product]:
    """In the order of their codes, a few hundred at a time."""
    last = ""
    while True:
        query = select(products.c.code).where(products.c.code > last).order_by(products.c.code)
        codes = connection.execute(query.limit(500)).scalars().all()
        if not codes:
            return
        found = products_of(connection, codes)
        yield from (found[code] for code in codes)
        last = codes[-1]


def every_sku(connection: Connection) -> Iterator[str]:
    """By name."""
    query = select(skus.c.sku).order_by(skus.c.sku)
    yield from connection.execute(query.execution_options(yield_per=1000)).scalars()


def parts_of(connection: Connection, bundles: Iterable[str]) -> dict[str, dict[str, int]]:
    """Bundle -> part -> how many. SKUs that are no bundles are left out."""
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(_PARTS, {"skus": list(bundles)}):
        found.setdefault(row.sku, {})[row.part] = row.quantity
    return found


def bundles_with(connection: Connection, parts: Iterable[str]) -> set[str]:
    return set(connection.execute(_BUNDLES, {"parts": list(parts)}).scalars())


def skus_by_barcode(connection: Connection, barcodes: Iterable[str]) -> dict[str, list[str]]:
    query = select(skus.c.barcode, skus.c.sku).where(skus.c.barcode.in_(list(barcodes)))
    found: dict[str, list[str]] = {}
    for barcode, sku in connection.execute(query):
        found.setdefault(barcode or "", []).append(sku)
    return found


def _skus_of(connection: Connection, codes: Sequence[str]) -> dict[str, tuple[Sku, ...]]:
    rows = connection.execute(_OWNED, {"codes": list(codes)}).all()
    parts = parts_of(connection, [row.sku for row in rows])
    owned: dict[str, tuple[Sku, ...]] = {}
    for row in rows:
        options = tuple((name, value) for name, value in row.options)
        sku = Sku(row.sku, row.barcode, options, tuple(parts.get(row.sku, {}).items()))
        owned[row.product] = (*owned.get(row.product, ()), sku)
    return owned


def _product(row: Row[Any], owned: tuple[Sku, ...]) -> Product:
    return Product(
        row.code,
        row.title,
        row.description,
        ProductStatus(row.status),
        row.vendor,
        row.kind,
        tuple(row.tags),
        tuple(row.images),
        owned,
    )


# Made once: they are asked all the time while orders come in.
_KNOWN: Final = select(skus.c.sku, skus.c.product).where(
    skus.c.sku.in_(bindparam("skus", expanding=True))
)
_PRODUCTS: Final = select(products).where(products.c.code.in_(bindparam("codes", expanding=True)))
_OWNED: Final = (
    select(skus)
    .where(skus.c.product.in_(bindparam("codes", expanding=True)))
    .order_by(skus.c.product, skus.c.position)
)
_PARTS: Final = (
    select(bundle_parts)
    .where(bundle_parts.c.sku.in_(bindparam("skus", expanding=True)))
    .order_by(bundle_parts.c.sku, bundle_parts.c.part)
)
_BUNDLES: Final = select(bundle_parts.c.sku).where(
    bundle_parts.c.part.in_(bindparam("parts", expanding=True))
)
