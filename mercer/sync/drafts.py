"""Listings to be made from products that a channel does not have yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mercer.core.account import Channel
from mercer.core.contract import DraftOffer, ListingDraft
from mercer.core.guard import Finding, Guard, PriceMove, check_price
from mercer.core.listing import ListingStatus
from mercer.core.product import Product
from mercer.store import catalogue
from mercer.store.database import Transaction
from mercer.sync.desired import Inputs
from mercer.sync.inputs import load_inputs
from mercer.sync.pricing import books_of, pricing_of
from mercer.sync.session import Session

_SLICE = 200


def drafts_of(
    tx: Transaction, session: Session, channel: Channel, codes: Sequence[str]
) -> Iterator[ListingDraft]:
    """A draft for each of these products, with what the channel should show of it now."""
    for start in range(0, len(codes), _SLICE):
        products = catalogue.products_of(tx, codes[start : start + _SLICE])
        skus = [sku.sku for product in products.values() for sku in product.skus]
        inputs = load_inputs(tx, session, channel, skus, {})
        for code in codes[start : start + _SLICE]:
            yield _draft(inputs, products[code])


def _draft(inputs: Inputs, product: Product) -> ListingDraft:
    """Offers without a known price are left out here and found by `draft_findings`."""
    made = []
    for sku in product.skus:
        derived = inputs.derived(sku.sku)
        if derived.price is None:
            continue
        made_of = inputs.published(sku.sku)
        shown = None if made_of is None else made_of.units
        offer = DraftOffer(
            sku.sku, derived.price, derived.compare_at, sku.barcode, sku.options, quantity=shown
        )
        made.append(offer)
    return ListingDraft(
        product.code,
        product.title,
        product.description,
        ListingStatus.LISTED,
        tuple(made) if len(made) == len(product.skus) else (),
        product.vendor,
        product.kind,
        product.tags,
        product.images,
    )


def draft_findings(
    tx: Transaction, session: Session, channel: Channel, draft: ListingDraft
) -> list[Finding]:
    """What a guard has against creating this listing."""
    if not draft.offers:
        message = f"a SKU of {draft.code} has no price in {channel.currency}"
        return [Finding(Guard.MISSING_PRICE, message)]
    findings: list[Finding] = []
    skus = [offer.sku for offer in draft.offers]
    pricing = pricing_of(tx, session, channel)
    books = books_of(tx, pricing, skus)
    for offer in draft.offers:
        book = books[offer.sku]
        move = PriceMove(
            channel.currency,
            None,
            offer.price,
            offer.compare_at,
            book.floor,
            book.ceiling,
            pricing.cost(book),
        )
        findings.extend(check_price(move, channel.guards))
    return findings
