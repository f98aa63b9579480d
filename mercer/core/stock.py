"""Stock: signed movements, what a channel reports, and whether it shows what it should."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from mercer.core.merge import Cause, Owner, State


class MovementKind(StrEnum):
    OPENING = "opening"
    RECEIPT = "receipt"
    ADJUSTMENT = "adjustment"
    RESERVATION = "reservation"
    RELEASE = "release"
    SHIPMENT = "shipment"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the append-only ledger.

    `on_hand` and `reserved` are signed: a reservation is (0, +n), a release (0, -n), a shipment
    (-n, -n). `key` is unique: the same movement twice in is once done. `who` is the person or job
    that posted it, where it was not an order's doing.
    """

    key: str
    sku: str
    location: str
    kind: MovementKind
    on_hand: int
    reserved: int
    at: datetime
    reason: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """Sums over the ledger, units held provisionally among those reserved.

    A SKU without an opening balance has none: it is unknown, not 0.
    """

    on_hand: int
    reserved: int

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved

    def __add__(self, other: Balance) -> Balance:
        return Balance(self.on_hand + other.on_hand, self.reserved + other.reserved)


@dataclass(frozen=True, slots=True)
class StockReading:
    """What a platform reports for one offer at one location.

    `quantity` is the number that an absolute write sets; `held` is the part of it that unpaid
    orders hold, where the platform counts them inside.
    """

    location: str
    quantity: int
    held: int = 0


@dataclass(frozen=True, slots=True)
class Sales:
    """Units that a channel's own orders took off its number, less those given back, by when.

    A platform tells an order's time in whole seconds, and a read takes a while: what was sold about
    the time of the base (`at_base`) or of the look (`at_look`) may lie on either side of it.
    `between` is surely after the base and before the look, `after` surely after the look.
    """

    at_base: int = 0
    between: int = 0
    at_look: int = 0
    after: int = 0


NO_SALES: Final = Sales()


@dataclass(frozen=True, slots=True)
class StockSides:
    """`base` is the last number both sides stood at; sales since then explain a lower one.

    While a write is in flight, sales count from the write. Once the platform has `accepted` it, a
    lower number may go after it before it shows; where a reading that should show it does not, or
    nobody heard whether it was taken, it is `tardy`, and the number may be sent again if the shop
    shows too much.
    """

    base: int | None
    desired: int | None
    observed: int | None
    sales: Sales = NO_SALES
    in_flight: int | None = None
    gone: bool = False
    accepted: bool = False
    tardy: bool = False


@dataclass(frozen=True, slots=True)
class StockVerdict:
    """`rebased`: both sides stand at `base` as of this observation, and sales count anew from it.

    `unexplained` is observed less expected: a hand that is neither ours nor an order's.
    """

    state: State
    base: int | None
    in_flight: int | None = None
    cause: Cause | None = None
    rebased: bool = False
    unexplained: int = 0


def judge_stock(sides: StockSides, owner: Owner) -> StockVerdict:
    base, desired, observed, in_flight = sides.base, sides.desired, sides.observed, sides.in_flight
    if sides.gone:
        return StockVerdict(State.MISSING, base)
    landed = in_flight is not None and _has_landed(in_flight, observed, sides.sales)
    if in_flight is not None and not landed:
        if _may_overtake(sides, in_flight):
            return StockVerdict(State.PUSH, base, in_flight, cause=Cause.OVERTAKEN)
        return StockVerdict(State.IN_FLIGHT, base, in_flight)
    if landed:
        base = observed
    if owner is Owner.CHANNEL:
        return StockVerdict(State.FOLLOWED, observed, rebased=True)
    if desired is None:
        return StockVerdict(State.BLOCKED, base, cause=Cause.NO_DESIRED, rebased=landed)
    if observed is None:
        return StockVerdict(State.BLOCKED, base, cause=Cause.NO_OBSERVED)
    unexplained = 0 if base is None or landed else _unexplained(base, observed, sides.sales)
    coming = sides.sales.after
    # The shop shows what it should, or will by itself once it has taken off its latest sales.
    if observed - coming == desired and not (unexplained and coming):
        return StockVerdict(State.AGREED, observed, rebased=True, unexplained=unexplained)
    if base is None:
        return StockVerdict(State.UNAGREED, None)
    cause = Cause.UNEXPLAINED if unexplained else Cause.MOVED
    return StockVerdict(State.PUSH, base, cause=cause, rebased=landed, unexplained=unexplained)


def _may_overtake(sides: StockSides, in_flight: int) -> bool:
    """Only downward: a number that is too high sells what is not there."""
    if sides.desired is None:
        return False
    left = in_flight - _sold(sides.sales)
    if sides.tardy and sides.observed is not None and sides.desired < sides.observed:
        return sides.desired <= left
    return sides.accepted and sides.desired < left


def _sold(sales: Sales) -> int:
    return sales.at_base + sales.between + sales.at_look + sales.after


def _has_landed(in_flight: int, observed: int | None, sales: Sales) -> bool:
    """A sale since the write left may have been taken off before it arrived, or after."""
    sold = sales.at_base + sales.between + sales.at_look
    return observed is not None and _within(in_flight - observed, sold)


def _unexplained(base: int, observed: int, sales: Sales) -> int:
    expected = base - sales.between
    if _within(expected - observed, sales.at_base + sales.at_look):
        return 0
    return observed - expected


def _within(gap: int, most: int) -> bool:
    """Whether `gap` lies between nothing and `most`, which is negative where units came back."""
    return min(most, 0) <= gap <= max(most, 0)
