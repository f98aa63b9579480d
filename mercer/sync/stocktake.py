"""Stock as people count, correct and move it: an opening balance the first time, then adjustments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mercer.core.errors import InputError
from mercer.core.stock import Balance, Movement, MovementKind
from mercer.store import catalogue, ledger, versions
from mercer.store.database import Transaction
from mercer.sync.catalogue import refuse_unknown
from mercer.sync.places import arriving_at, meant, place_of
from mercer.sync.renew import renew_skus
from mercer.sync.reservations import replay_since_opening, watch_oversell
from mercer.sync.session import Session

_SLICE = 500


@dataclass(frozen=True, slots=True)
class Count:
    """`quantity` is what lies there. Units that open orders wait for are among it, but not those of
    orders older than the first count: the ledger does not know them.
    """

    sku: str
    location: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many SKUs were counted for the first time, corrected, or found as the ledger had them."""

    opened: int
    adjusted: int
    unchanged: int


def take_stock(session: Session, counts: Sequence[Count], reason: str = "stocktake") -> Counted:
    """Take a stocktake in, as of now, all or none. Unknown SKUs and negative counts are refused.

    A count without a location is of the only one where the SKU lies.
    """
    with session.database.write() as tx:
        _check(tx, counts)
        placed = _placed(tx, counts)
        return count_in(tx, session, placed, session.clock.now(), reason)


def open_stock(session: Session, counts: Sequence[Count]) -> Counted:
    """Take opening quantities in, as of now: what the ledger has counted already stays as it is.

    One without a location opens only a SKU that lies nowhere yet.
    """
    with session.database.write() as tx:
        _check(tx, counts)
        there = _located(tx, counts)
        new = [
            count
            for count in counts
            if not (count.location in there[count.sku] if count.location else there[count.sku])
        ]
        opened = count_in(tx, session, new, session.clock.now()).opened
    return Counted(opened, 0, len(counts) - opened)


def _check(tx: Transaction, counts: Sequence[Count]) -> None:
    for count in counts:
        if count.quantity < 0:
            raise InputError(
                f"{count.quantity} of {count.sku} cannot lie in stock", hint="count from 0 upward"
            )
    refuse_unknown(tx, [count.sku for count in counts])


def _placed(tx: Transaction, counts: Sequence[Count]) -> list[Count]:
    there = _located(tx, counts)
    return [
        replace(count, location=meant(count.sku, there[count.sku], ""))
        if there[count.sku] and not count.location
        else count
        for count in counts
    ]


def _located(tx: Transaction, counts: Sequence[Count]) -> dict[str, list[str]]:
    """SKU -> where it has been counted."""
    skus = sorted({count.sku for count in counts})
    found: dict[str, list[str]] = {sku: [] for sku in skus}
    for start in range(0, len(skus), _SLICE):
        for sku, places in ledger.located(tx, skus[start : start + _SLICE]).items():
            found[sku] = list(places)
    return found


def count_in(
    tx: Transaction,
    session: Session,
    counts: Sequence[Count],
    as_of: datetime,
    reason: str = "stocktake",
) -> Counted:
    """Orders before `as_of` move nothing of a SKU that is counted for the first time."""
    opened: list[str] = []
    adjusted: list[str] = []
    for count in counts:
        known = ledger.on_hand(tx, count.sku, count.location)
        if known == count.quantity:
            continue
        kind = MovementKind.OPENING if known is None else MovementKind.ADJUSTMENT
        number = versions.bump(tx, "stock")
        movement = Movement(
            f"stocktake/{number}",
            count.sku,
            count.location,
            kind,
            count.quantity - (known or 0),
            0,
            as_of,
            reason,
            session.who,
        )
        ledger.post(tx, movement, session.clock.now())
        (opened if known is None else adjusted).append(count.sku)
    replay_since_opening(tx, session, opened)
    watch_oversell(tx, session, adjusted)
    renew_skus(tx, session, [*opened, *adjusted])
    unchanged = len(counts) - len(opened) - len(adjusted)
    return Counted(len(opened), len(adjusted), unchanged)


@dataclass(frozen=True, slots=True)
class Corrected:
    """A SKU at a location, once it was corrected."""

    sku: str
    location: str
    balance: Balance


def set_stock(session: Session, sku: str, units: int, reason: str, location: str = "") -> Corrected:
    """So many of a SKU lie there. Raise `InputError` as `take_stock`, and for a bundle."""
    with session.database.read() as tx:
        _refuse_bundle(tx, sku)
    take_stock(session, [Count(sku, location, units)], reason)
    with session.database.read() as tx:
        there = ledger.balances_at(tx, [sku])[sku]
        place = meant(sku, list(there), location)
        return Corrected(sku, place, there[place])


def _refuse_bundle(tx: Transaction, sku: str) -> None:
    if parts := catalogue.parts_of(tx, [sku]).get(sku):
        raise InputError(f"{sku} is a bundle", hint=f"count its parts: {', '.join(parts)}")


def adjust(session: Session, sku: str, units: int, reason: str, location: str = "") -> Corrected:
    """So many more units, or fewer, lie there than the ledger says; `reason` is kept with who said so.

    Raise `InputError` where fewer would lie there than none, or the SKU was never counted there.
    """
    with session.database.write() as tx:
        _check(tx, [Count(sku, location, 0)])
        _refuse_bundle(tx, sku)
        place = place_of(tx, sku, location)
        lies = ledger.located(tx, [sku])[sku][place].balance.on_hand
        if lies + units < 0:
            raise InputError(f"only {lies} of {sku} lie there", hint="correct it by that at most")
        key = f"adjustment/{versions.bump(tx, 'stock')}"
        _post(tx, session, key, sku, place, units, reason)
        watch_oversell(tx, session, [sku])
        renew_skus(tx, session, [sku])
        return Corrected(sku, place, ledger.balances_at(tx, [sku])[sku][place])


def move(
    session: Session, sku: str, units: int, source: str, target: str, reason: str = ""
) -> tuple[Corrected, Corrected]:
    """Units of a SKU went from one location to another. What orders have reserved stays where it is.

    Raise `InputError` where fewer lie at `source`.
    """
    if units < 1:
        raise InputError(f"{units} units cannot be moved", hint="move 1 or more")
    with session.database.write() as tx:
        _check(tx, [Count(sku, source, 0)])
        source = place_of(tx, sku, source)
        if source == target:
            raise InputError(f"{sku} lies there already", hint="name another location: --to NAME")
        lies = ledger.located(tx, [sku])[sku][source].balance.on_hand
        if lies < units:
            raise InputError(f"only {lies} of {sku} lie there", hint="move that many at most")
        key = f"move/{versions.bump(tx, 'stock')}"
        target = arriving_at(tx, session, sku, target, key)
        why = f": {reason}" if reason else ""
        _post(tx, session, f"{key}/from", sku, source, -units, f"moved to {target}{why}")
        _post(tx, session, f"{key}/to", sku, target, units, f"moved from {source or 'stock'}{why}")
        renew_skus(tx, session, [sku])
        now = ledger.balances_at(tx, [sku])[sku]
        return Corrected(sku, source, now[source]), Corrected(sku, target, now[target])


def _post(
    tx: Transaction, session: Session, key: str, sku: str, place: str, units: int, reason: str
) -> None:
    now = session.clock.now()
    kind = MovementKind.ADJUSTMENT
    ledger.post(tx, Movement(key, sku, place, kind, units, 0, now, reason, session.who), now)
