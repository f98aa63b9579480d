"""What the shops show in the end: what the price book, the ledger and the catalogue make it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mercer.core.account import Channel
from mercer.core.cell import LANE_OF, Field
from mercer.core.merge import Owner, State
from mercer.plugins.simulation import Truth
from mercer.sandbox.laboratory.evidence import Evidence
from mercer.store import ledger

_SETTLED = {each.value for each in (State.AGREED, State.FOLLOWED, State.UNLINKED)}


def shops_show_what_they_should(evidence: Evidence) -> Iterator[str]:
    """Held against the seller's own wishes, not against what Mercer's cells say of them."""
    with evidence.session.database.read() as tx:
        balances = ledger.balances(tx, evidence.setting.skus)
    products = {
        sku.sku: article.product.code
        for article in evidence.setting.owned
        for sku in article.product.skus
    }
    for name, offer in evidence.offers:
        sku, channel = offer.merchant_code, evidence.seller.channels[name]
        if sku not in products or _is_late(evidence, sku):
            continue
        balance = balances.get(sku)
        if balance is not None and sku != evidence.setting.uncounted:
            now = evidence.session.clock.now()
            wanted = channel.stock_rule.published(balance.available, now).units
            hysteresis = channel.stock_rule.delist_at is not None
            if offer.quantity != wanted and not (hysteresis and offer.quantity == 0):
                yield f"{name} shows {offer.quantity} of {sku}, and should show {wanted}"
        yield from _price(evidence, name, offer)
        title = evidence.seller.titles[products[sku]]
        if _is_ours(evidence, channel, Field.TITLE) and offer.title != title:
            yield f"{name} calls {sku} {offer.title!r}, and should call it {title!r}"


def _price(evidence: Evidence, name: str, offer: Truth) -> Iterator[str]:
    channel = evidence.seller.channels[name]
    price = evidence.seller.price_on(offer.merchant_code, name)
    if price is None or not _is_ours(evidence, channel, Field.PRICE):
        return
    if offer.price != price:
        yield f"{name} asks {offer.price} for {offer.merchant_code}, and should ask {price}"


def _is_ours(evidence: Evidence, channel: Channel, of: Field) -> bool:
    uncontested = (channel.name, of) not in evidence.seller.contested
    return uncontested and channel.owner(of) is Owner.MERCER


def _is_late(evidence: Evidence, sku: str) -> bool:
    late = evidence.setting.late
    return late is not None and any(each.sku == sku for each in late.product.skus)


def states_are_settled(evidence: Evidence) -> Iterator[str]:
    """Nothing waits but for what a person must say."""
    late = evidence.setting.late
    unagreed = {each.sku for each in late.product.skus} if late else set()
    for row in evidence.tables["cells"]:
        if row["state"] in _SETTLED or _waits_for_a_person(evidence, row, unagreed):
            continue
        yield (
            f"{row['channel']}: {row['field']} of {row['offer'] or row['listing']} is "
            f"{row['state']}: base {row['base']}, desired {row['desired']}, "
            f"observed {row['observed']}"
        )


def _waits_for_a_person(evidence: Evidence, row: dict[str, Any], unagreed: set[str]) -> bool:
    if row["state"] == State.BLOCKED.value:
        return row["desired"] is None
    if row["state"] == State.UNAGREED.value:
        return row["sku"] in unagreed
    if row["state"] == State.PUSH.value:  # of what the platform lets nobody write
        declared = evidence.session.connection(row["channel"]).declared
        return LANE_OF[Field(row["field"])] not in declared.batches
    if row["state"] in (State.DRIFT.value, State.CONFLICT.value):
        return (row["channel"], Field(row["field"])) in evidence.seller.contested
    return False
