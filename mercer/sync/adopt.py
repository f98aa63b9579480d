"""The first agreement with a shop that already sells: a person says whose values hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mercer.core.audit import Kind, Line
from mercer.core.cell import NOTHING, CellKey, Field, money_from_text
from mercer.core.cellstate import Cell
from mercer.core.errors import RefusedError
from mercer.core.listing import ListingStatus
from mercer.core.merge import State
from mercer.core.price import PriceEntry
from mercer.core.product import Product, ProductStatus, Sku
from mercer.store import absences, catalogue, cells, channels, ledger, offers, prices
from mercer.store.database import Transaction
from mercer.store.decisions import How
from mercer.store.offers import OfferRow
from mercer.sync import audit
from mercer.sync.decisions import Ruling, decide
from mercer.sync.link import auto_link, link_offers
from mercer.sync.renew import renew, renew_skus
from mercer.sync.session import Session
from mercer.sync.stocktake import Count, count_in

_SLICE = 200


@dataclass(frozen=True, slots=True)
class Adopted:
    """`settled`: cells agreed on. `created`: products made of the channel's own listings.

    `left`: what stays for a person, each with the reason.
    """

    settled: int = 0
    created: int = 0
    left: tuple[str, ...] = ()


def adopt_ours(session: Session, channel: str) -> Adopted:
    """Our values hold: both sides start from what the shop shows, and the difference is pushed.

    Offers that have exactly one answer are linked first.
    """
    own = session.connection(channel).channel
    auto_link(session, [channel])
    with session.database.write() as tx:
        unagreed = list(cells.in_states(tx, [State.UNAGREED], channel))
        for cell in unagreed:
            audit.note(tx, session, _adopted(cell))
        listings = _listings(unagreed)
        settled = 0
        for start in range(0, len(listings), _SLICE):
            batch = listings[start : start + _SLICE]
            settled += cells.agree(tx, channel, batch, State.UNAGREED)
            renew(tx, session, own, batch)
    return Adopted(settled)


def adopt_theirs(session: Session, channel: str) -> Adopted:
    """The shop's values hold: for this channel only, never for the catalogue or another channel.

    Where nothing is known on our side, the shop's value is the first that is. Its listings that
    are no product yet become products. Stock that the ledger has counted is never taken from a
    shop: those cells stay unagreed.
    """
    own = session.connection(channel).channel
    auto_link(session, [channel])
    with session.database.write() as tx:
        if channels.state_of(tx, channel).listings_pulled_at is None:
            raise RefusedError(
                f"{channel} has never been read", hint=f"mercer pull listings --channel {channel}"
            )
        created, left = _create_products(tx, session, channel)
        unsettled = list(cells.in_states(tx, [State.UNAGREED, State.BLOCKED], channel))
        uncounted, others = _uncounted(tx, unsettled)
        settled = 0
        for cell in others:
            if _take_theirs(tx, session, cell):
                settled += 1
            elif cell.state is State.UNAGREED:
                left.append(_counted(cell))
        opened, unsure = _open_stock(tx, session, uncounted)
        settled += opened
        left += unsure
        listings = _listings(unsettled)
        for start in range(0, len(listings), _SLICE):
            renew(tx, session, own, listings[start : start + _SLICE])
        renew_skus(tx, session, {cell.sku for cell in others if cell.sku})
    return Adopted(settled, created, tuple(left))


def _adopted(cell: Cell) -> Line:
    """From now on the shop's value is what both sides last agreed on, and ours is to be pushed."""
    key, shows = cell.key, cell.observed
    return audit.of_cell(Kind.ADOPTED, key, cell.sku, shows, cell.desired, "ours")


def _listings(found: Iterable[Cell]) -> list[str]:
    return sorted({cell.key.listing for cell in found})


def _counted(cell: Cell) -> str:
    return (
        f"stock of {cell.sku}: the ledger says {cell.desired}, the shop shows {cell.observed}; "
        "adopt ours, or count it: mercer import stock"
    )


def _take_theirs(tx: Transaction, session: Session, cell: Cell) -> bool:
    if cell.observed is None or cell.sku is None:
        return False
    if cell.key.field is Field.STOCK:
        return False
    if cell.state is State.UNAGREED:
        decide(tx, session, cell, Ruling(How.THEIRS, session.who, "adopted theirs", cell.observed))
        return True
    price = money_from_text(cell.observed)
    if cell.key.field is Field.PRICE and price is not None:
        entry = PriceEntry(cell.sku, price, cell.key.channel)
        audit.prices_set(tx, session, [entry])
        prices.save(tx, [entry], session.clock.now(), session.who)
        return True
    return False


# ------------------------------------------------------------------ stock never counted


def _uncounted(
    tx: Transaction, unsettled: Sequence[Cell]
) -> tuple[dict[str, list[Cell]], list[Cell]]:
    """Stock cells of SKUs that the ledger does not know, by SKU; and all other cells."""
    stock = [cell for cell in unsettled if cell.key.field is Field.STOCK and cell.sku]
    skus = {cell.sku for cell in stock if cell.sku}
    known = ledger.openings(tx, skus).keys() | catalogue.parts_of(tx, skus).keys()
    found: dict[str, list[Cell]] = defaultdict(list)
    others = []
    for cell in unsettled:
        fresh = cell.observed is not None and cell.sku is not None and cell.sku not in known
        if fresh and cell.sku and cell.key.field is Field.STOCK:
            found[cell.sku].append(cell)
        else:
            others.append(cell)
    return found, others


def _open_stock(
    tx: Transaction, session: Session, uncounted: dict[str, list[Cell]]
) -> tuple[int, list[str]]:
    """What a shop shows of a SKU opens its ledger, if only one offer shows it."""
    opened, left = 0, []
    for sku, shown in uncounted.items():
        (cell, *more) = shown
        if more or cell.observed is None or cell.observed_at is None:
            left.append(f"stock of {sku}: several offers show it; count it: mercer import stock")
            continue
        rule = session.channels[cell.key.channel].stock_rule
        place = rule.locations[0] if rule.locations else ""
        count_in(tx, session, [Count(sku, place, int(cell.observed))], cell.observed_at)
        opened += 1
    return opened, left


# ------------------------------------------------------------------ products of a shop's own


def _create_products(tx: Transaction, session: Session, channel: str) -> tuple[int, list[str]]:
    """Make a product of every listing none of whose offers is linked."""
    waiting: dict[str, list[OfferRow]] = defaultdict(list)
    for row in offers.unlinked(tx, channel):
        waiting[row.listing].append(row)
    partly = {row.listing for row in offers.linked(tx, channel)}
    created, left = 0, []
    for listing, rows in waiting.items():
        if listing in partly:
            left.append(f"listing {listing}: some of its offers are linked; link the rest by hand")
            continue
        shown = cells.of_listings(tx, [(channel, listing)])
        problem = _make_product(tx, session, channel, listing, rows, shown)
        if problem:
            left.append(problem)
        else:
            created += 1
    if created and channels.state_of(tx, channel).enumerated_at is not None:
        absences.renew(tx, channel)
    return created, left


def _make_product(
    tx: Transaction,
    session: Session,
    channel: str,
    listing: str,
    rows: Sequence[OfferRow],
    shown: dict[CellKey, Cell],
) -> str:
    """Returns what stands in the way, or an empty text."""
    page = offers.page_of(tx, channel, listing)
    code = page.code or f"{channel}-{listing}"
    names = [row.merchant_code or f"{code}-{row.offer}" for row in rows]
    taken = catalogue.known_skus(tx, names)
    if len(set(names)) < len(names) or taken:
        return f"listing {listing}: merchant codes {', '.join(sorted(names))} are not unique"
    candidates = (code, f"{code}-{channel}", f"{code}-{channel}-{listing}")
    known = catalogue.products_of(tx, candidates)
    code = next((each for each in candidates if each not in known), candidates[-1])
    status = _text(shown, channel, listing, "", Field.STATUS)
    draft = ProductStatus.DRAFT if status == ListingStatus.DELISTED.value else ProductStatus.ACTIVE
    product = Product(
        code,
        page.title,
        _text(shown, channel, listing, "", Field.DESCRIPTION),
        draft,
        skus=tuple(
            Sku(name, row.barcode, row.options) for name, row in zip(names, rows, strict=True)
        ),
    )
    catalogue.save(tx, [product])
    _save_prices(tx, session, shown, list(zip(names, rows, strict=True)))
    link_offers(tx, session, list(zip(rows, names, strict=True)), by="adoption")
    return ""


def _save_prices(
    tx: Transaction,
    session: Session,
    shown: dict[CellKey, Cell],
    named: Sequence[tuple[str, OfferRow]],
) -> None:
    entries = []
    for name, row in named:
        price = money_from_text(_text(shown, row.channel, row.listing, row.offer, Field.PRICE))
        strike = _text(shown, row.channel, row.listing, row.offer, Field.COMPARE_AT)
        if price is not None:
            compare_at = NOTHING if strike == "" else money_from_text(strike)
            entries.append(PriceEntry(name, price, compare_at=compare_at))
    audit.prices_set(tx, session, entries)
    prices.save(tx, entries, session.clock.now(), session.who)


def _text(
    shown: dict[CellKey, Cell], channel: str, listing: str, offer: str, field: Field
) -> str | None:
    cell = shown.get(CellKey(channel, listing, offer, field))
    return cell.observed if cell else None
