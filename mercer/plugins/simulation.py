"""What a platform's simulator is, and the world that drives all of them from one seed and one clock."""

from __future__ import annotations

import copy
import random
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Generic, Protocol, TypeVar

from mercer.core.after_sales import CaseKind
from mercer.core.cell import Nothing
from mercer.core.clock import VirtualClock
from mercer.core.money import Money
from mercer.core.product import Product

T = TypeVar("T")

Lines = Sequence[tuple[str, int]]
"""Of an order, as a buyer thinks of them: merchant code and units."""

FOR_LONG: Final = timedelta(days=30)
"""How long goods have been in a shop that is seeded with them."""


class FaultKind(StrEnum):
    """`LOST_WRITE`: the platform says yes and does nothing. `TIMEOUT`: the connection drops without
    an answer, with the effect there or not by the throw of a coin. `EXPIRED`: the authorisation is
    refused, as at its end. `STALE_READ`: a read shows the shop as it was before its last write, from
    a replica that is `REPLICA_LAG` behind at most; for platforms that declare a longer `settle`.
    """

    THROTTLE = "throttle"
    ERROR_BEFORE = "error-before"
    ERROR_AFTER = "error-after"
    TIMEOUT = "timeout"
    LOST_WRITE = "lost-write"
    EXPIRED = "expired"
    STALE_READ = "stale-read"


REPLICA_LAG: Final = timedelta(seconds=4)


@dataclass(slots=True)
class Fault:
    """Strikes a share `rate` of matching requests, `count` times at most; `None` for ever.

    `channel` empty matches every channel. `writes_only` leaves reads alone; lost writes always do.
    """

    kind: FaultKind
    rate: float = 1.0
    count: int | None = None
    channel: str = ""
    writes_only: bool = False


class Faults:
    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.active: list[Fault] = []

    def draw(self, channel: str, *, write: bool) -> FaultKind | None:
        """The fault that strikes this request, if one does. A simulator asks once per request."""
        for fault in self.active:
            if fault.channel not in ("", channel) or fault.count == 0:
                continue
            if not write and (fault.writes_only or fault.kind is FaultKind.LOST_WRITE):
                continue
            if write and fault.kind is FaultKind.STALE_READ:
                continue
            if self._rng.random() < fault.rate:
                if fault.count is not None:
                    fault.count -= 1
                return fault.kind
        return None


class Replica(Generic[T]):
    """A shop's copy from before its last write, kept while somebody may still be shown it.

    Copies cost time: none is made before the world has a stale read.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._old: tuple[datetime, T] | None = None

    def shop(self, shop: T, fault: FaultKind | None, *, write: bool) -> T:
        """The state that a request is carried out on."""
        now = self._world.clock.now()
        if fault is FaultKind.LOST_WRITE:
            return copy.deepcopy(shop)
        if write and any(each.kind is FaultKind.STALE_READ for each in self._world.faults.active):
            self._old = now, copy.deepcopy(shop)
        if fault is FaultKind.STALE_READ and self._old and now - self._old[0] < REPLICA_LAG:
            return self._old[1]
        return shop


class World:
    """One seed and one clock for every simulator in it."""

    def __init__(self, seed: int = 1, clock: VirtualClock | None = None) -> None:
        self.seed = seed
        self.clock = clock or VirtualClock()
        self.rng = random.Random(seed)
        self.faults = Faults(random.Random(seed + 1))
        self.accounts: dict[tuple[str, str], Any] = {}
        """What the simulators of one account share, by platform and the account's name."""

    @property
    def now(self) -> datetime:
        """In whole seconds, as most platforms tell the time."""
        return self.clock.now().replace(microsecond=0)

    def struck(
        self,
        fault: FaultKind | None,
        run: Callable[[bool], T],
        failed: Callable[[FaultKind], T],
    ) -> T:
        """The answer to a request that `fault` strikes, once it is past the quotas.

        `run(lost)` carries it out; where `lost`, without an effect. `failed` raises or gives the
        platform's own error. Raise `Dropped` for no answer at all.
        """
        match fault:
            case FaultKind.ERROR_BEFORE:
                return failed(fault)
            case FaultKind.ERROR_AFTER:
                run(False)
                return failed(fault)
            case FaultKind.TIMEOUT:
                if self.rng.random() < 0.5:
                    run(False)
                raise Dropped("no answer")
            case _:
                return run(fault is FaultKind.LOST_WRITE)


class Dropped(Exception):
    """Raised by a simulator's app to break the connection without an answer."""


@dataclass(frozen=True, slots=True)
class ShopProduct:
    """A product as a shop is seeded with it: what it costs and how much of it the shop shows.

    The dicts are by SKU; a SKU is the offer's merchant code.
    """

    product: Product
    prices: Mapping[str, Money]
    quantities: Mapping[str, int]
    compare_at: Mapping[str, Money] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Truth:
    """One offer as the shop itself has it, without lag, for the sandbox's control interface."""

    merchant_code: str
    listing: str
    offer: str
    title: str
    price: Money
    compare_at: Money | None
    quantity: int
    status: str


@dataclass(frozen=True, slots=True)
class Edit:
    """What the back office changes of one offer or its listing. `None` leaves it as it is."""

    price: Money | None = None
    compare_at: Money | Nothing | None = None
    quantity: int | None = None
    title: str | None = None
    listed: bool | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Buyer:
    """Somebody who buys, in plain text: what a shop knows and Mercer must never show."""

    key: str
    name: str
    phone: str
    email: str
    street: str
    city: str
    region: str
    postcode: str
    country: str


@dataclass(frozen=True, slots=True)
class OrderTruth:
    """An order as the shop itself has it. `units` are those that its buyer still gets, by code."""

    order: str
    created_at: datetime
    paid: bool
    cancelled: bool
    units: Mapping[str, int]
    shipped: Mapping[str, int]
    parcels: tuple[str, ...]
    """Tracking numbers, each as often as the shop was told of it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A webhook that the platform sends to its subscriber at `at`: signed headers and a body."""

    at: datetime
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Simulator(Protocol):
    """A platform's behaviour on the wire as an ASGI app, and its back door.

    All state is one dataclass that `dump` and `load` take through JSON, so that a sandbox can be
    put away and taken up again.
    """

    @property
    def app(self) -> Any:
        """The ASGI app. Paths are relative to the address given to `settings`."""

    def settings(self, address: str) -> dict[str, str]:
        """Working channel settings, secrets in plain text, for an app served at `address`."""

    def seed(self, products: Sequence[ShopProduct]) -> None:
        """Put products on the shelf, as if they had been there for long."""

    def offers(self) -> list[Truth]:
        """What the shop really shows at this moment."""

    def edit(self, merchant_code: str, edit: Edit) -> None:
        """A back-office edit of every offer with this code. Raise `KeyError` if there is none."""

    def order(self, lines: Lines, *, paid: bool = True, buyer: Buyer | None = None) -> str:
        """A buyer's order, at once; returns the order's id.

        Without a `buyer` one of the shop's own makes it. Raise `KeyError` for an unknown code and
        `ValueError` where the shop has too few.
        """

    def pay(self, order: str) -> None:
        """The buyer pays an order that was placed unpaid."""

    def cancel(self, order: str) -> None:
        """The buyer or the seller cancels an order that was not shipped."""

    def ask_back(self, order: str, lines: Lines, kind: CaseKind) -> str:
        """The buyer opens an after-sales case about these units; returns its id.

        Raise `ValueError` where the platform has no such case for an order in this state.
        """

    def settle_case(self, case: str, *, agreed: bool) -> None:
        """The case ends: paid back (and the goods are back), or refused."""

    def orders(self) -> list[OrderTruth]:
        """Every order of this shop at this moment."""

    def notices(self) -> list[Notice]:
        """Webhooks signed since the last call, for a platform that calls its subscribers.

        Platforms whose messages are polled for keep them behind their own `app` and give none here.
        """

    def dump(self) -> dict[str, Any]:
        """The whole state, as JSON-ready values."""

    def load(self, state: Mapping[str, Any]) -> None:
        """Take up a dumped state."""


def number_of(name: str) -> int:
    """A number for a name, always the same: platforms number what sellers call by names."""
    return zlib.crc32(name.encode())
