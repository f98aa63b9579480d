"""Changes of what the seller owns and asks for it; every cell they touch is renewed with them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mercer.core.cell import PRICED_FIELDS
from mercer.core.errors import InputError
from mercer.core.price import PriceEntry
from mercer.core.product import Product
from mercer.core.rates import Rate
from mercer.store import absences, catalogue, channels, prices, rates, versions
from mercer.store.database import Transaction
from mercer.sync import audit
from mercer.sync.price_looks import look
from mercer.sync.renew import renew_products, renew_skus
from mercer.sync.repricing import MANY, reprice
from mercer.sync.session import Session

_SLICE = 500


def save_products(session: Session, products: Sequence[Product]) -> None:
    """Add or renew products, all or none."""
    with session.database.write() as tx:
        for start in range(0, len(products), _SLICE):
            batch = products[start : start + _SLICE]
            catalogue.save(tx, batch)
            codes = [product.code for product in batch]
            renew_products(tx, session, codes)
            renew_skus(tx, session, [sku.sku for product in batch for sku in product.skus])
            for channel in session.channels:
                if channels.state_of(tx, channel).enumerated_at is not None:
                    absences.renew(tx, channel, codes)


def set_prices(session: Session, entries: Sequence[PriceEntry]) -> int:
    """Put prices into the book, all or none; return the book's version. Unknown SKUs are refused.

    What the book has already changes nothing, so that plans made from it hold.
    """
    with session.database.write() as tx:
        refuse_unknown(tx, [entry.sku for entry in entries])
        return enter(tx, session, entries)


def enter(
    tx: Transaction, session: Session, entries: Sequence[PriceEntry], reason: str = ""
) -> int:
    """`set_prices` within a transaction, of known SKUs. The `reason` is kept with each entry."""
    moved = prices.moved(tx, entries)
    if not moved:
        return versions.number_of(tx, "price_book")
    audit.prices_set(tx, session, moved, reason)
    version = prices.save(tx, moved, session.clock.now(), session.who, reason)
    renew_prices(tx, session, {entry.sku for entry in moved})
    return version


def drop_prices(session: Session, entries: Sequence[PriceEntry]) -> int:
    """Take entries out of the book; what lies below them holds again. Return the book's version."""
    with session.database.write() as tx:
        return take_out(tx, session, entries)


def take_out(tx: Transaction, session: Session, entries: Sequence[PriceEntry]) -> int:
    """`drop_prices` within a transaction."""
    audit.prices_dropped(tx, session, entries)
    version = prices.drop(tx, entries, session.clock.now(), session.who)
    renew_prices(tx, session, {entry.sku for entry in entries})
    return version


def renew_prices(tx: Transaction, session: Session, skus: Collection[str]) -> None:
    """After the price book moved for these SKUs, on every channel."""
    if len(skus) <= MANY:
        renew_skus(tx, session, skus, PRICED_FIELDS)
        return
    for channel in session.channels.values():
        reprice(tx, session, channel, skus)


def save_rates(session: Session, given: Sequence[Rate]) -> int:
    """Add rates; prices that are converted follow at once. Return the rate table's version."""
    with session.database.write() as tx:
        now = session.clock.now()
        version = rates.save(tx, given, now, session.who)
        for channel in session.channels.values():
            if channel.price_rules and not look(tx, session, channel):
                reprice(tx, session, channel)
    return version


def refuse_unknown(tx: Transaction, skus: Sequence[str]) -> None:
    """Raise `InputError` naming the first SKU that the catalogue does not have."""
    unknown = unknown_skus(tx, skus)
    if unknown:
        raise InputError(
            f"there is no SKU {unknown[0]!r} in the catalogue",
            hint="import it first: mercer import products FILE",
        )


def unknown_skus(tx: Transaction, skus: Sequence[str]) -> list[str]:
    """Those that the catalogue does not have, in the order given."""
    known: set[str] = set()
    wanted = list(dict.fromkeys(skus))
    for start in range(0, len(wanted), _SLICE):
        known |= catalogue.known_skus(tx, wanted[start : start + _SLICE]).keys()
    return [sku for sku in wanted if sku not in known]
