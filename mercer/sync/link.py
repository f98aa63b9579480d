"""Which SKU each offer is: by merchant code, then by barcode, else a person decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mercer.core.errors import InputError
from mercer.core.merge import State
from mercer.store import absences, catalogue, cells, channels, offers, runs
from mercer.store.database import Transaction
from mercer.store.offers import OfferRow
from mercer.sync import audit
from mercer.sync.renew import renew, renew_pairs, renew_skus
from mercer.sync.reservations import resolve_lines
from mercer.sync.session import Connection, Session

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Linked:
    """How many offers were linked now, by which means, and how many wait for a person."""

    by_code: int
    by_barcode: int
    queued: int


def auto_link(session: Session, names: Iterable[str] = ()) -> dict[str, Linked]:
    """Link every unlinked offer of these channels (or all) that has exactly one answer."""
    wanted = list(names) or sorted(session.channels)
    return {name: _link_channel(session, name) for name in wanted}


def _link_channel(session: Session, channel: str) -> Linked:
    with session.database.write() as tx:
        waiting = offers.unlinked(tx, channel)
        carried = _Carried(
            Counter(row.merchant_code for row in waiting if row.merchant_code),
            Counter(row.barcode for row in waiting if row.barcode),
        )
        linked: dict[str, int] = {"code": 0, "barcode": 0}
        for start in range(0, len(waiting), _BATCH):
            batch = waiting[start : start + _BATCH]
            for by, pairs in _answers(tx, channel, batch, carried).items():
                link_offers(tx, session, pairs, by=by)
                linked[by] += len(pairs)
        enumerated_at = channels.state_of(tx, channel).enumerated_at
        if enumerated_at is not None:
            if any(linked.values()):
                absences.renew(tx, channel)
            if channel in session.connections:
                _settle_creations(tx, session, session.connection(channel), enumerated_at)
    queued = len(waiting) - sum(linked.values())
    return Linked(linked["code"], linked["barcode"], queued)


def _settle_creations(
    tx: Transaction, session: Session, connection: Connection, enumerated_at: datetime
) -> None:
    """The whole shop has been read since: what a creation in doubt made is there, and is ours."""
    name = connection.name
    sent = runs.creations_sent(tx, name, enumerated_at - connection.declared.settle)
    for journal, code in sent.items():
        pages = [page for of, page in offers.listings_of_products(tx, [code]) if of == name]
        cells.agree(tx, name, pages, State.UNAGREED)
        renew(tx, session, connection.channel, pages)
        how = f"found at the shop: {', '.join(pages)}" if pages else "not found at the shop"
        runs.settle(tx, [journal], how, session.clock.now())


@dataclass(frozen=True, slots=True)
class _Carried:
    """How many waiting offers of a channel carry each merchant code and each barcode."""

    codes: Counter[str]
    barcodes: Counter[str]


def _answers(
    tx: Transaction, channel: str, batch: Sequence[OfferRow], carried: _Carried
) -> dict[str, list[tuple[OfferRow, str | None]]]:
    codes = {row.merchant_code for row in batch if row.merchant_code}
    barcodes = {row.barcode for row in batch if row.barcode}
    known = catalogue.known_skus(tx, codes)
    by_barcode = catalogue.skus_by_barcode(tx, barcodes)
    codes_taken = offers.codes_taken(tx, channel, codes)
    barcodes_taken = offers.barcodes_taken(tx, channel, barcodes)
    answers: dict[str, list[tuple[OfferRow, str | None]]] = {"code": [], "barcode": []}
    notes = []
    for row in batch:
        code, barcode = row.merchant_code, row.barcode
        twins = by_barcode.get(barcode or "", [])
        if code and (carried.codes[code] > 1 or code in codes_taken):
            notes.append((row, f"several offers of this channel carry {code}"))
        elif code and code in known:
            answers["code"].append((row, code))
        elif barcode and twins and (carried.barcodes[barcode] > 1 or barcode in barcodes_taken):
            notes.append((row, f"several offers of this channel carry barcode {barcode}"))
        elif len(twins) == 1:
            answers["barcode"].append((row, twins[0]))
        else:
            notes.append((row, _why_not(code, barcode, twins)))
    offers.set_notes(tx, [(row, note) for row, note in notes if row.link_note != note])
    return answers


def _why_not(code: str | None, barcode: str | None, twins: Sequence[str]) -> str:
    if twins:
        return f"barcode {barcode} belongs to several SKUs: {', '.join(twins)}"
    if code:
        return f"no SKU {code} in the catalogue"
    return "the offer has no merchant code"


def set_link(session: Session, channel: str, offer: str, sku: str | None) -> OfferRow:
    """A person links one offer (by its id or merchant code) to a SKU, or unlinks it with `None`."""
    with session.database.write() as tx:
        row = _find(offers.linked(tx, channel) + offers.unlinked(tx, channel), channel, offer)
        if sku is not None and not catalogue.known_skus(tx, [sku]):
            raise InputError(
                f"there is no SKU {sku!r} in the catalogue",
                hint="import it first: mercer import products FILE",
            )
        link_offers(tx, session, [(row, sku)], by=session.who)
        if channels.state_of(tx, channel).enumerated_at is not None:
            absences.renew(tx, channel)
    return row


def _find(rows: Sequence[OfferRow], channel: str, offer: str) -> OfferRow:
    found = [row for row in rows if row.offer == offer]
    found = found or [row for row in rows if row.merchant_code == offer]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"{len(found)} offers of {channel} carry {offer!r}",
            hint=f"name the offer by its id: {', '.join(row.offer for row in found)}",
        )
    raise InputError(
        f"{channel} has no offer {offer!r}",
        hint="see the offers that wait: mercer link list",
        channel=channel,
    )


def link_offers(
    tx: Transaction,
    session: Session,
    pairs: Sequence[tuple[OfferRow, str | None]],
    *,
    by: str,
) -> None:
    """Link, take in what these offers sold while they were unlinked, and renew what they show."""
    if not pairs:
        return
    offers.set_links(tx, pairs, by=by)
    audit.links_made(tx, session, pairs, by)
    listings = {(row.channel, row.listing) for row, _ in pairs}
    products = offers.linked_products(tx, listings)
    for channel, listing in listings:
        # A page whose offers are of several products is the page of none.
        of = products.get((channel, listing), set())
        offers.set_product(tx, channel, listing, min(of) if len(of) == 1 else None)
    moved = resolve_lines(tx, session, [(row, sku) for row, sku in pairs if sku])
    renew_pairs(tx, session, listings | _sharing(tx, pairs))
    renew_skus(tx, session, moved)


def _sharing(tx: Transaction, pairs: Sequence[tuple[OfferRow, str | None]]) -> set[tuple[str, str]]:
    """Listings that share what there is of these SKUs, or of those the offers were before."""
    skus = {each for row, sku in pairs for each in (row.sku, sku) if each}
    channels = {row.channel for row, _ in pairs}
    rows = offers.offers_of_skus(tx, skus)
    return {(row.channel, row.listing) for row in rows if row.channel in channels}
