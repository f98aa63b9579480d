"""How the number that a channel shows of a SKU comes about, from the ledger to the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mercer.core.cell import Field
from mercer.core.cellstate import Cell
from mercer.core.stock import Balance
from mercer.core.stock_rule import Allocation, Published, StockRule
from mercer.store import cells, provisional, stock_rules
from mercer.store.database import Transaction
from mercer.store.provisional import Hold
from mercer.store.stock_history import Held, open_reservations
from mercer.store.stock_rules import SkuRule
from mercer.sync import desired
from mercer.sync.catalogue import refuse_unknown
from mercer.sync.desired import Desired, Inputs
from mercer.sync.inputs import load_inputs
from mercer.sync.session import Session


@dataclass(frozen=True, slots=True)
class PartStock:
    """What the ledger knows of a SKU, `each` times in the one that is asked about.

    `drawn_on`: the locations that count for this channel. `available` of `None` is unknown.
    """

    sku: str
    each: int
    places: Mapping[str, Balance]
    drawn_on: Sequence[str]
    reserved: Sequence[Held]
    held: Sequence[Hold]
    allocations: Sequence[Allocation]
    available: int | None


@dataclass(frozen=True, slots=True)
class OfferStock:
    """`desired` is what the offer should show now, `cell` how it was left by the last look."""

    desired: Desired
    cell: Cell


@dataclass(frozen=True, slots=True)
class Derivation:
    """`home`: the channel whose number it is. `own`: what of its rule is this SKU's own.

    `published` of `None` is unknown.
    """

    sku: str
    channel: str
    home: str
    parts: Sequence[PartStock]
    rule: StockRule
    own: SkuRule | None
    published: Published | None
    offers: Sequence[OfferStock]


def derive(session: Session, sku: str, channel: str) -> Derivation:
    """Raise `InputError` for a SKU or channel that is not there."""
    known = session.channel(channel)
    with session.database.read() as tx:
        refuse_unknown(tx, [sku])
        inputs = load_inputs(tx, session, known, [sku], {})
        own = stock_rules.of_skus(tx, [sku]).get(sku, {}).get(inputs.home)
        made_of = inputs.parts.get(sku) or {sku: 1}
        return Derivation(
            sku,
            channel,
            inputs.home,
            [_part(tx, inputs, sku, part, each) for part, each in made_of.items()],
            inputs.rule_of(sku),
            own,
            inputs.published(sku),
            _offers(tx, inputs, sku),
        )


def _part(tx: Transaction, inputs: Inputs, sku: str, part: str, each: int) -> PartStock:
    rule = inputs.rule_of(sku)
    places = inputs.balances.get(part, {})
    drawn = desired.drawn(inputs, part, rule)
    return PartStock(
        part,
        each,
        places,
        rule.contributing(places),
        open_reservations(tx, part),
        provisional.of_sku(tx, part),
        [allocation for allocation, _ in inputs.allocations.get(part, ())],
        None if drawn is None else drawn.units,
    )


def _offers(tx: Transaction, inputs: Inputs, sku: str) -> list[OfferStock]:
    keys = inputs.shares.get(sku, [])
    pairs = {(inputs.channel.name, listing) for listing, _ in keys}
    found = cells.of_listings(tx, pairs, [Field.STOCK])
    return [
        OfferStock(desired.desired_stock(inputs, sku, *shared), cell)
        for key, cell in found.items()
        if (shared := (key.listing, key.offer)) in keys
    ]
