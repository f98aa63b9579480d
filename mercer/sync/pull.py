"""Read what channels show. Only a complete enumeration concludes that something is gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mercer.core.cell import Field
from mercer.core.contract import ListingPage, ReadsBack, ReadsListings, ReadsStock
from mercer.core.errors import MercerError, Unsupported
from mercer.core.listing import Listing
from mercer.core.quota import BULK, working
from mercer.store import absences, cells, channels, offers, pages, quarantine
from mercer.store.database import Transaction
from mercer.sync.price_looks import look
from mercer.sync.quarantine import set_aside
from mercer.sync.renew import Seen, renew, renew_skus
from mercer.sync.session import Connection, Session, on_each

_REMEMBERED = 5000
"""Listings."""

_SLICE = 500
"""Listings that one query asks for."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one pull of a channel's listings took in."""

    listings: int = 0
    offers: int = 0
    gone: int = 0
    unreadable: int = 0
    complete: bool = False


async def pull_listings(
    session: Session, names: Iterable[str] = ()
) -> tuple[dict[str, Pulled], dict[str, MercerError]]:
    """Enumerate whole shops side by side."""

    async def one(connection: Connection) -> Pulled:
        with session.database.write() as tx:
            look(tx, session, connection.channel)
        with working(BULK):
            return await pull_shop(session, connection)

    return await on_each(session.chosen(names), one)


async def pull_shop(session: Session, connection: Connection) -> Pulled:
    """Enumerate one whole shop. Raise `Unsupported` where the adapter cannot."""
    adapter = connection.adapter
    if not isinstance(adapter, ReadsListings):
        raise Unsupported("this platform's adapter cannot read listings", channel=connection.name)
    began = page_began = session.clock.now()
    total = Pulled()
    unreadable: list[str] = []
    session.progress.begin(connection.name, "listings", None)
    async for page in adapter.read_listings():
        _take_in_page(session, connection, page, page_began)
        _remember(connection, page.listings, page_began)
        unreadable += [each.id for each in page.unreadable]
        session.progress.advance(connection.name, "listings", len(page.listings))
        total = Pulled(
            total.listings + len(page.listings),
            total.offers + sum(len(listing.offers) for listing in page.listings),
            0,
            total.unreadable + len(page.unreadable),
            page.complete,
        )
        page_began = session.clock.now()
    session.progress.end(connection.name, "listings")
    if not total.complete:
        _note_pull(session, connection, began)
        return total
    return replace(total, gone=_conclude(session, connection, began, unreadable))


def _take_in_page(
    session: Session, connection: Connection, page: ListingPage, began: datetime
) -> None:
    with session.database.write() as tx:
        set_aside(tx, session, connection.name, "listing", page.unreadable, began)
        read = [each.listing for each in page.listings]
        quarantine.take_back(tx, connection.name, "listing", read)
    take_in(session, connection, page.listings, began)


def take_in(
    session: Session, connection: Connection, listings: Sequence[Listing], began: datetime
) -> None:
    """Store listings as a read that began at `began` showed them, and renew their cells."""
    channel = connection.channel
    seen = Seen({listing.listing: listing for listing in listings}, began)
    with session.database.write() as tx:
        turnover = offers.save_seen(tx, channel.name, listings, began)
        cells.mark_offers_gone(tx, channel.name, turnover.lost)
        renew(tx, session, channel, list(seen.listings), seen)
        # Several offers of a SKU share out what there is: when one comes or goes, so do the shares.
        renew_skus(tx, session, turnover.skus)


def _note_pull(session: Session, connection: Connection, began: datetime) -> None:
    """An incomplete enumeration proves nothing."""
    with session.database.write() as tx:
        state = channels.state_of(tx, connection.name)
        channels.save_state(tx, replace(state, listings_pulled_at=began))


def _conclude(
    session: Session, connection: Connection, began: datetime, unreadable: Sequence[str]
) -> int:
    """What a complete enumeration did not show is gone; what it could not read is there."""
    name = connection.name
    with session.database.write() as tx:
        gone = offers.unseen(tx, name, began, set(unreadable))
        mark_gone(tx, session, name, gone, began)
        quarantine.forget(tx, name, "listing", began)
        absences.renew(tx, name)
        state = channels.state_of(tx, name)
        channels.save_state(tx, replace(state, listings_pulled_at=began, enumerated_at=began))
    return len(gone)


async def read_back(
    session: Session, connection: Connection, listings: Sequence[str]
) -> dict[str, Listing]:
    """Read listings again by id, take them in, and return them. Those that are gone are left out."""
    adapter = connection.adapter
    if not isinstance(adapter, ReadsBack):
        raise Unsupported("this platform's adapter cannot read back", channel=connection.name)
    found: dict[str, Listing] = {}
    size = connection.declared.read_back
    for start in range(0, len(listings), size):
        began = session.clock.now()
        batch = listings[start : start + size]
        read = await adapter.read_back(batch)
        take_in(session, connection, read, began)
        found |= {listing.listing: listing for listing in read}
        _remember(connection, read, began)
        missing = [listing for listing in batch if listing not in found]
        if missing:
            with session.database.write() as tx:
                mark_gone(tx, session, connection.name, missing, began)
            for listing in missing:
                connection.shown.pop(listing, None)
    return found


async def read_stock(
    session: Session, connection: Connection, listings: Sequence[str]
) -> dict[str, Listing]:
    """As `read_back`, for stock alone: by fewer requests where the platform has them and the listing
    was read before, by whichever process. What is not stock may be as it was then, and is not taken
    in.
    """
    adapter, shown = connection.adapter, connection.shown
    found: dict[str, Listing] = {}
    if isinstance(adapter, ReadsStock):
        recall(session, connection, listings)
        known = [shown[listing] for listing in listings if listing in shown]
        size = connection.declared.read_back
        for start in range(0, len(known), size):
            began = session.clock.now()
            read = await adapter.read_stock(known[start : start + size])
            seen = Seen({listing.listing: listing for listing in read}, began)
            with session.database.write() as tx:
                renew(tx, session, connection.channel, list(seen.listings), seen, [Field.STOCK])
            _remember(connection, read, began)
            found |= seen.listings
    rest = [listing for listing in listings if listing not in found]
    return found | await read_back(session, connection, rest)


def recall(session: Session, connection: Connection, listings: Iterable[str]) -> None:
    """Have in `shown` what other processes read: a new one would read page after page before it writes."""
    unknown = [listing for listing in listings if listing not in connection.shown]
    for start in range(0, len(unknown), _SLICE):
        with session.database.read() as tx:
            batch = unknown[start : start + _SLICE]
            _remember(connection, pages.last_read(tx, connection.name, batch))


def _remember(
    connection: Connection, read: Sequence[Listing], began: datetime | None = None
) -> None:
    """`began`: `None` where it was another process that read them."""
    shown, read_at = connection.shown, connection.read_at
    for listing in read:
        shown.pop(listing.listing, None)
        shown[listing.listing] = listing
        if began is not None:
            read_at[listing.listing] = began
    while len(shown) > _REMEMBERED:
        oldest = next(iter(shown))
        del shown[oldest]
        read_at.pop(oldest, None)


def mark_gone(
    tx: Transaction, session: Session, channel: str, gone: Sequence[str], at: datetime
) -> None:
    """These listings are proven gone; other offers of their SKUs share out what there is."""
    skus = offers.mark_gone(tx, channel, gone, at)
    cells.mark_gone(tx, channel, gone)
    renew_skus(tx, session, skus)
