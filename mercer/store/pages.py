"""Pages as some process read them last, for one that has not read them itself."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, bindparam, select

from mercer.core.cell import Field
from mercer.core.listing import DeductAt, FulfilledBy, Listing, ListingStatus, Offer
from mercer.store.tables import cells, listings, offers


def last_read(connection: Connection, channel: str, wanted: Iterable[str]) -> list[Listing]:
    """With their living offers, and without prices and stock, which are cells'."""
    rows = connection.execute(_LAST_READ, {"of": channel, "wanted": list(wanted)})
    return [_listing(list(group)) for _, group in groupby(rows, key=lambda row: row.listing)]


def _listing(rows: list[Row[Any]]) -> Listing:
    page = rows[0]
    return Listing(
        page.listing,
        page.title,
        ListingStatus(page.status),
        tuple(_offer(row) for row in rows),
        code=page.code,
        refs=page.page_refs,
    )


def _offer(row: Row[Any]) -> Offer:
    return Offer(
        row.offer,
        row.merchant_code,
        None,
        barcode=row.barcode,
        options=tuple((name, value) for name, value in row.options),
        deduct_at=DeductAt(row.deduct_at),
        fulfilled_by=FulfilledBy(row.fulfilled_by),
        refs=row.refs,
    )


_LAST_READ: Final = (
    select(
        offers,
        listings.c.title,
        listings.c.code,
        listings.c.refs.label("page_refs"),
        cells.c.observed.label("status"),
    )
    .join(
        listings,
        and_(listings.c.channel == offers.c.channel, listings.c.listing == offers.c.listing),
    )
    .join(
        cells,
        and_(
            cells.c.channel == offers.c.channel,
            cells.c.listing == offers.c.listing,
            cells.c.offer == "",
            cells.c.field == Field.STATUS.value,
        ),
    )
    .where(
        offers.c.channel == bindparam("of"),
        offers.c.listing.in_(bindparam("wanted", expanding=True)),
        offers.c.gone_at.is_(None),
        listings.c.refs.is_not(None),
        cells.c.observed.is_not(None),
    )
    .order_by(offers.c.listing, offers.c.offer)
)
