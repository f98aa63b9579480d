"""Stock: signed movements, what a channel reports, what it may show, and what it should now show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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
    (-n, -n). `key` is unique: the same movement twice in is once done.
    """

    key: str
    sku: str
    location: str
    kind: MovementKind
    on_hand: int
    reserved: int
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Balance:
    """Sums over the ledger. `None` stands for a SKU without an opening balance: unknown, not 0."""

    on_hand: int
    reserved: int

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


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
class StockRule:
    """What a channel may show of what is available: `percent` of it, less `buffer`, within bounds."""

    id: str
    percent: int = 100
    buffer: int = 0
    maximum: int | None = None

    def published(self, available: int) -> int:
        """Never negative: oversell is recorded as an incident, not shown as a number."""
        shown = max(available, 0) * self.percent // 100 - self.buffer
        if self.maximum is not None:
            shown = min(shown, self.maximum)
        return max(shown, 0)


def shared_out(quantity: int, offers: int) -> list[int]:
    """Several offers of one SKU on a channel share what it may show; no unit is shown twice."""
    each, left = divmod(quantity, offers)
    return [each + (1 if index < left else 0) for index in range(offers)]


def bundle_available(parts: dict[str, int], available: dict[str, int]) -> int:
    """How many bundles the parts make up: the scarcest part decides."""
    return min(available[sku] // count for sku, count in parts.items())


@dataclass(frozen=True, slots=True)
class StockSides:
    """`base` is the last number both sides stood at; `sold` is what this channel's own orders have

    taken since; the number it should still show is `base - sold`. While a write is in flight, `sold`
    counts from the write, and `in_flight - sold` confirms it.
    """

    base: int | None
    desired: int | None
    observed: int | None
    sold: int = 0
    in_flight: int | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class StockVerdict:
    """`rebased`: both sides stand at `base` as of this observation, and `sold` counts anew from it.

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
    if in_flight is not None:
        if observed != in_flight - sides.sold:
            return StockVerdict(State.IN_FLIGHT, base, in_flight)
        base = in_flight
    if owner is Owner.CHANNEL:
        return StockVerdict(State.FOLLOWED, observed, rebased=True)
    if desired is None:
        return StockVerdict(State.BLOCKED, base, cause=Cause.NO_DESIRED)
    if observed is None:
        return StockVerdict(State.BLOCKED, base, cause=Cause.NO_OBSERVED)
    unexplained = 0 if base is None else observed - (base - sides.sold)
    if observed == desired:
        return StockVerdict(State.AGREED, observed, rebased=True, unexplained=unexplained)
    if base is None:
        return StockVerdict(State.UNAGREED, None)
    cause = Cause.UNEXPLAINED if unexplained else Cause.MOVED
    return StockVerdict(State.PUSH, base, cause=cause, unexplained=unexplained)
