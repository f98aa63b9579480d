"""What a platform declares of itself, for the engine to plan with: quotas, batches, groups, windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from mercer.core.cell import Field, Lane


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit of an account: `rate` units per second, at most `burst` at once.

    A unit is a request, or a cost point where the platform counts those. The platform's own report
    moves the shared state, and `rate` and `burst` with it.
    """

    name: str
    rate: float
    burst: float


@dataclass(frozen=True, slots=True)
class Calls:
    """Requests of one sort that a read makes: one for each `listings` or `offers` that are begun, or
    one by itself. `cost` is in units of `quota`, per request, as it usually turns out.
    """

    quota: str
    cost: float = 1.0
    listings: int | None = None
    offers: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """How one lane's writes are cut into calls.

    `offers`: at most so many per call. `one_listing`: all of one call belong to one listing.
    `calls_per_offer`: the adapter needs a request for each offer of the batch, plus `extra_calls`.
    `lone_extra_calls`: so many more for an offer that has its listing's own id, as a Taobao item
    without SKUs. `cost` is in units of `quota`, per request. `confirms`: the answer is the
    authoritative new value, so nothing is read after it. `wave`: how many listings are read together
    before the first of them is written; `None` is as many as one `read_back` takes. A larger one
    lets the adapter see more writes at once, and leaves more time for another hand in between.
    """

    offers: int
    one_listing: bool
    quota: str
    cost: float = 1.0
    calls_per_offer: bool = False
    extra_calls: int = 0
    lone_extra_calls: int = 0
    confirms: bool = False
    wave: int | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One way to write so many offers. `name` is the platform's own word for it.

    `costs` are units by quota. `seconds`: what the platform itself takes beside the quotas.
    """

    name: str
    calls: int
    costs: Mapping[str, float]
    seconds: float = 0.0


class GroupBy(StrEnum):
    """Which cells the platform takes only together: nothing but the cell, one offer's, a listing's."""

    CELL = "cell"
    OFFER = "offer"
    LISTING = "listing"


@dataclass(frozen=True, slots=True)
class OrderReads:
    """`span`: the longest window one read may cover, `None` for any. `overlap`: how far each read
    reaches back behind the watermark. `lag`: how old a change must be to be surely listed; the
    watermark never passes now - `lag`. `horizon`: orders older than this cannot be read. `every`: how
    often they can be read for ever within the quotas; long work looks at them so often. `glimpse`:
    how often their very latest can be asked for beside that. `apart`: each is read by a request of
    its own, so while a glimpse tells what they take, they wait for quota that nobody else needs.
    """

    overlap: timedelta
    lag: timedelta = timedelta(0)
    span: timedelta | None = None
    horizon: timedelta | None = None
    every: timedelta = timedelta(minutes=1)
    glimpse: timedelta = timedelta(seconds=3)
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """Data about a platform that the engine plans with.

    `fields`: the cells that its listings and offers have. `settle`: how long after a write a read
    may still show the old value. `deadline`: how long after a write a cell may take to show it
    before it is unconverged. `read_back`: how many listings one `read_back` takes, and `look` the
    requests that it makes; `polls` are those of one look at the orders when little is new, `creation`
    those of one new listing. `after_sales`: the windows in which cases are read, where they can be.
    `partial_shipments`: an order may leave in several parcels. `linkable`: which of a customer's
    `email` and `phone` the platform's terms allow to be compared, as a keyed hash, with those of
    other channels.
    """

    fields: frozenset[Field]
    quotas: tuple[Quota, ...]
    batches: Mapping[Lane, Batch]
    groups: Mapping[Lane, GroupBy]
    read_back: int
    settle: timedelta
    deadline: timedelta
    orders: OrderReads
    look: tuple[Calls, ...] = ()
    polls: tuple[Calls, ...] = ()
    creation: tuple[Calls, ...] = ()
    compare_and_set_stock: bool = False
    after_sales: OrderReads | None = None
    partial_shipments: bool = False
    linkable: frozenset[str] = frozenset()
    notes: Mapping[str, str] = field(default_factory=dict)
    """Field or capability -> one sentence on what the platform lacks, for plans and docs."""

    def rate(self, lane: Lane) -> float | None:
        """Units a second of the quota that a lane's writes take, where it is a declared one."""
        batch = self.batches.get(lane)
        rates = {quota.name: quota.rate for quota in self.quotas}
        return rates.get(batch.quota) if batch else None

    def wave(self, lane: Lane) -> int:
        """How many listings are read together before the first of them is written."""
        batch = self.batches.get(lane)
        return self.read_back if batch is None or batch.wave is None else batch.wave
