"""Active products that a channel has no offer of, kept so that planning need not look for them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, exists, func, insert, literal, select

from mercer.core.product import ProductStatus
from mercer.store.tables import absences, listings, offers, products, skus


def renew(connection: Connection, channel: str, codes: Sequence[str] | None = None) -> None:
    """Look again for these products, or for all. Only after a complete enumeration of the channel.

    An offer that carries a SKU as its merchant code makes its product present though it is not
    linked yet, and so does a page that was made from it: creating it would make it twice.
    """
    old = delete(absences).where(absences.c.channel == channel)
    linked, carried = (
        exists().where(
            skus.c.product == products.c.code,
            named == skus.c.sku,
            offers.c.channel == channel,
            offers.c.gone_at.is_(None),
        )
        for named in (offers.c.sku, offers.c.merchant_code)
    )
    made = exists().where(
        listings.c.product == products.c.code,
        listings.c.channel == channel,
        listings.c.gone_at.is_(None),
    )
    absent = select(literal(channel), products.c.code).where(
        products.c.status == ProductStatus.ACTIVE.value, ~linked, ~carried, ~made
    )
    if codes is not None:
        old = old.where(absences.c.product.in_(codes))
        absent = absent.where(products.c.code.in_(codes))
    connection.execute(old)
    connection.execute(insert(absences).from_select(["channel", "product"], absent))


def has(connection: Connection, channel: str, code: str) -> bool:
    query = select(absences).where(absences.c.channel == channel, absences.c.product == code)
    return connection.execute(query).first() is not None


def of_channel(connection: Connection, channel: str) -> list[str]:
    query = select(absences.c.product).where(absences.c.channel == channel)
    return list(connection.execute(query.order_by(absences.c.product)).scalars())


def count(connection: Connection, channel: str) -> int:
    query = select(func.count()).select_from(absences).where(absences.c.channel == channel)
    return connection.execute(query).scalar_one()
