"""Listings and offers as the channels show them, and which SKU each offer is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, select, tuple_, update

from mercer.core.listing import DeductAt, FulfilledBy, Listing
from mercer.store.tables import cells, listings, offers, skus
from mercer.store.upsert import upsert
from mercer.store.versions import bump


@dataclass(frozen=True, slots=True)
class OfferRow:
    channel: str
    listing: str
    offer: str
    merchant_code: str | None
    barcode: str | None
    options: tuple[tuple[str, str], ...]
    deduct_at: DeductAt
    fulfilled_by: FulfilledBy
    sku: str | None
    linked_by: str | None
    link_note: str | None
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class Turnover:
    """What a read changed in what is there: the offers that their listing lost, and the SKUs of
    those and of the offers that are back.
    """

    lost: list[tuple[str, str]]
    skus: set[str]


def save_seen(
    connection: Connection, channel: str, seen: Sequence[Listing], at: datetime
) -> Turnover:
    """Renew listings and their offers; links stay.

    A listing is always read with all its offers, so one that is not among them is gone.
    """
    turnover = _turnover(connection, channel, seen, at)
    upsert(connection, listings, [_listing_row(channel, listing, at) for listing in seen])
    rows = [_offer_row(channel, listing, at, index) for listing in seen
            for index in range(len(listing.offers))]  # fmt: skip
    upsert(connection, offers, rows)
    if turnover.lost:
        key = tuple_(offers.c.listing, offers.c.offer)
        gone = update(offers).where(offers.c.channel == channel, key.in_(turnover.lost))
        connection.execute(gone.values(gone_at=at))
    return turnover


def _turnover(
    connection: Connection, channel: str, seen: Sequence[Listing], at: datetime
) -> Turnover:
    there = {(listing.listing, offer.offer) for listing in seen for offer in listing.offers}
    lost: list[tuple[str, str]] = []
    moved: set[str] = set()
    query = select(
        offers.c.listing, offers.c.offer, offers.c.sku, offers.c.seen_at, offers.c.gone_at
    ).where(
        offers.c.channel == channel,
        offers.c.listing.in_([listing.listing for listing in seen]),
    )
    for listing, offer, sku, seen_at, gone_at in connection.execute(query):
        back = gone_at is not None and (listing, offer) in there
        left = gone_at is None and (listing, offer) not in there and seen_at <= at
        if left:
            lost.append((listing, offer))
        if (back or left) and sku is not None:
            moved.add(sku)
    return Turnover(lost, moved)


def _listing_row(channel: str, listing: Listing, at: datetime) -> dict[str, object]:
    return {
        "channel": channel,
        "listing": listing.listing,
        "code": listing.code,
        "title": listing.title,
        "refs": {**listing.refs},
        "seen_at": at,
        "gone_at": None,
    }


def _offer_row(channel: str, listing: Listing, at: datetime, index: int) -> dict[str, object]:
    offer = listing.offers[index]
    return {
        "channel": channel,
        "listing": listing.listing,
        "offer": offer.offer,
        "merchant_code": offer.merchant_code,
        "barcode": offer.barcode,
        "options": [list(option) for option in offer.options],
        "deduct_at": offer.deduct_at.value,
        "fulfilled_by": offer.fulfilled_by.value,
        "refs": {**offer.refs},
        "seen_at": at,
        "gone_at": None,
    }


def unseen(
    connection: Connection, channel: str, since: datetime, unreadable: Collection[str]
) -> list[str]:
    """What a complete enumeration begun at `since` did not show, though known from before."""
    query = select(listings.c.listing).where(
        listings.c.channel == channel,
        listings.c.seen_at < since,
        listings.c.gone_at.is_(None),
    )
    return [each for each in connection.execute(query).scalars() if each not in unreadable]


def mark_gone(connection: Connection, channel: str, gone: Sequence[str], at: datetime) -> set[str]:
    """These listings are proven gone, and their offers with them. Returns the offers' SKUs."""
    moved: set[str] = set()
    for start in range(0, len(gone), 500):
        batch = gone[start : start + 500]
        living = (offers.c.channel == channel, offers.c.listing.in_(batch))
        query = select(offers.c.sku).where(*living, offers.c.gone_at.is_(None))
        moved.update(sku for sku in connection.execute(query).scalars() if sku)
        for table in (listings, offers):
            connection.execute(
                update(table)
                .where(table.c.channel == channel, table.c.listing.in_(batch))
                .values(gone_at=at)
            )
    return moved


def offers_of_listings(connection: Connection, pairs: Iterable[tuple[str, str]]) -> list[OfferRow]:
    """Of (channel, listing) pairs."""
    return [_row(row) for row in connection.execute(_OF_LISTINGS, {"pairs": list(pairs)})]


_OF_LISTINGS: Final = (
    select(offers)
    .where(tuple_(offers.c.channel, offers.c.listing).in_(bindparam("pairs", expanding=True)))
    .order_by(offers.c.channel, offers.c.listing, offers.c.offer)
)
"""Made once: it is asked all the time while orders come in."""


def offers_of_skus(
    connection: Connection, wanted: Iterable[str], channel: str | None = None
) -> list[OfferRow]:
    """Every living offer of these SKUs, on one channel or all, in a fixed order."""
    query = _OF_SKUS if channel is None else _OF_SKUS.where(offers.c.channel == channel)
    return [_row(row) for row in connection.execute(query, {"skus": list(wanted)})]


_OF_SKUS: Final = (
    select(offers)
    .where(offers.c.sku.in_(bindparam("skus", expanding=True)), offers.c.gone_at.is_(None))
    .order_by(offers.c.channel, offers.c.sku, offers.c.listing, offers.c.offer)
)


def pages_of_skus(connection: Connection, wanted: Iterable[str]) -> set[tuple[str, str]]:
    """(channel, listing) of their living offers."""
    rows = connection.execute(_PAGES, {"skus": list(wanted)})
    return {(channel, listing) for channel, listing in rows}


_PAGES: Final = (
    select(offers.c.channel, offers.c.listing)
    .where(offers.c.sku.in_(bindparam("skus", expanding=True)), offers.c.gone_at.is_(None))
    .distinct()
)


def codes_taken(connection: Connection, channel: str, codes: Iterable[str]) -> set[str]:
    """Those of these merchant codes that linked offers of the channel carry."""
    return _taken(connection, channel, offers.c.merchant_code, codes)


def skus_of_codes(
    connection: Connection, channel: str, codes: Iterable[str]
) -> dict[str, str | None]:
    """Merchant code -> SKU of a channel's living offers; `None` where it is not one SKU of our own."""
    query = select(offers.c.merchant_code, offers.c.sku, offers.c.fulfilled_by).where(
        offers.c.channel == channel,
        offers.c.merchant_code.in_(list(codes)),
        offers.c.gone_at.is_(None),
    )
    found: dict[str, set[str | None]] = {}
    for code, sku, fulfilled_by in connection.execute(query):
        own = sku if fulfilled_by == FulfilledBy.SELLER.value else None
        found.setdefault(code, set()).add(own)
    return {code: skus.pop() if len(skus) == 1 else None for code, skus in found.items()}


def barcodes_taken(connection: Connection, channel: str, barcodes: Iterable[str]) -> set[str]:
    """Those of these barcodes that linked offers of the channel carry."""
    return _taken(connection, channel, offers.c.barcode, barcodes)


def _taken(
    connection: Connection, channel: str, column: ColumnElement[str | None], wanted: Iterable[str]
) -> set[str]:
    query = select(column).where(
        offers.c.channel == channel,
        column.in_(list(wanted)),
        offers.c.sku.is_not(None),
        offers.c.gone_at.is_(None),
    )
    return {value for value in connection.execute(query).scalars() if value}


def unlinked(connection: Connection, channel: str | None = None) -> list[OfferRow]:
    query = select(offers).where(offers.c.sku.is_(None), offers.c.gone_at.is_(None))
    if channel is not None:
        query = query.where(offers.c.channel == channel)
    query = query.order_by(offers.c.channel, offers.c.listing, offers.c.offer)
    return [_row(row) for row in connection.execute(query)]


def linked(connection: Connection, channel: str | None = None) -> list[OfferRow]:
    query = select(offers).where(offers.c.sku.is_not(None), offers.c.gone_at.is_(None))
    if channel is not None:
        query = query.where(offers.c.channel == channel)
    query = query.order_by(offers.c.channel, offers.c.listing, offers.c.offer)
    return [_row(row) for row in connection.execute(query)]


def set_links(
    connection: Connection, links: Sequence[tuple[OfferRow, str | None]], *, by: str
) -> None:
    """Link offers to SKUs (`None` unlinks). Their cells carry the SKU too.

    What was agreed on for another SKU is agreed on no longer.
    """
    for row, sku in links:
        offer = and_(
            offers.c.channel == row.channel,
            offers.c.listing == row.listing,
            offers.c.offer == row.offer,
        )
        connection.execute(
            update(offers)
            .where(offer)
            .values(sku=sku, linked_by=by if sku else None, link_note=None)
        )
        cell = and_(
            cells.c.channel == row.channel,
            cells.c.listing == row.listing,
            cells.c.offer == row.offer,
        )
        agreed = {} if row.sku in {None, sku} else {"base": None, "base_at": None}
        connection.execute(update(cells).where(cell).values(sku=sku, **agreed))
    if links:
        bump(connection, "links")


def set_notes(connection: Connection, notes: Sequence[tuple[OfferRow, str]]) -> None:
    """Why an offer could not be linked by itself."""
    for row, note in notes:
        connection.execute(
            update(offers)
            .where(
                offers.c.channel == row.channel,
                offers.c.listing == row.listing,
                offers.c.offer == row.offer,
            )
            .values(link_note=note)
        )


def products_of_listings(
    connection: Connection, pairs: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str | None]:
    """(channel, listing) -> the product whose page it is, once linked."""
    rows = connection.execute(_PRODUCTS, {"pairs": list(pairs)})
    return {(channel, listing): product for channel, listing, product in rows}


_PRODUCTS: Final = select(listings.c.channel, listings.c.listing, listings.c.product).where(
    tuple_(listings.c.channel, listings.c.listing).in_(bindparam("pairs", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Page:
    code: str | None
    title: str


def page_of(connection: Connection, channel: str, listing: str) -> Page:
    query = select(listings.c.code, listings.c.title).where(
        listings.c.channel == channel, listings.c.listing == listing
    )
    row = connection.execute(query).one()
    return Page(row.code, row.title)


def listings_of_products(connection: Connection, codes: Iterable[str]) -> list[tuple[str, str]]:
    query = select(listings.c.channel, listings.c.listing).where(
        listings.c.product.in_(list(codes)), listings.c.gone_at.is_(None)
    )
    return list(connection.execute(query).all())


def set_product(connection: Connection, channel: str, listing: str, product: str | None) -> None:
    """Whose page a listing is. What was agreed on for another product is agreed on no longer."""
    is_listing = and_(listings.c.channel == channel, listings.c.listing == listing)
    known = connection.execute(select(listings.c.product).where(is_listing)).scalar()
    if known == product:
        return
    connection.execute(update(listings).where(is_listing).values(product=product))
    if known is not None:
        own = (cells.c.channel == channel, cells.c.listing == listing, cells.c.offer == "")
        connection.execute(update(cells).where(*own).values(base=None, base_at=None))


def listings_after(connection: Connection, channel: str, last: str, most: int) -> list[str]:
    """So many of a channel's living listings, by id, after `last`."""
    query = select(listings.c.listing).where(
        listings.c.channel == channel, listings.c.listing > last, listings.c.gone_at.is_(None)
    )
    return list(connection.execute(query.order_by(listings.c.listing).limit(most)).scalars())


def linked_products(
    connection: Connection, pairs: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], set[str]]:
    """(channel, listing) -> the products that its living offers are linked to."""
    query = (
        select(offers.c.channel, offers.c.listing, skus.c.product)
        .join(skus, skus.c.sku == offers.c.sku)
        .where(
            tuple_(offers.c.channel, offers.c.listing).in_(list(pairs)), offers.c.gone_at.is_(None)
        )
        .distinct()
    )
    found: dict[tuple[str, str], set[str]] = {}
    for channel, listing, product in connection.execute(query):
        found.setdefault((channel, listing), set()).add(product)
    return found


def count(connection: Connection, channel: str, *, only_linked: bool = False) -> int:
    query = (
        select(func.count())
        .select_from(offers)
        .where(offers.c.channel == channel, offers.c.gone_at.is_(None))
    )
    if only_linked:
        query = query.where(offers.c.sku.is_not(None))
    return connection.execute(query).scalar_one()


def skus_by_page(connection: Connection, channel: str) -> Iterator[list[str]]:
    """The SKU of every linked offer that is there, some hundred at a time."""
    query = select(offers.c.sku).where(
        offers.c.channel == channel, offers.c.sku.is_not(None), offers.c.gone_at.is_(None)
    )
    rows = connection.execute(query.execution_options(yield_per=500)).scalars()
    yield from (list(page) for page in rows.partitions(500))


def count_at_most(connection: Connection, channel: str, limit: int) -> int:
    """The number of offers, or `limit` if there are more: counting stops there."""
    some = (
        select(offers.c.offer)
        .where(offers.c.channel == channel, offers.c.gone_at.is_(None))
        .limit(limit)
        .subquery()
    )
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def _row(row: Row[Any]) -> OfferRow:
    return OfferRow(
        row.channel,
        row.listing,
        row.offer,
        row.merchant_code,
        row.barcode,
        tuple((name, value) for name, value in row.options),
        DeductAt(row.deduct_at),
        FulfilledBy(row.fulfilled_by),
        row.sku,
        row.linked_by,
        row.link_note,
        row.gone_at,
    )
