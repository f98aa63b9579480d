"""What a platform's simulator is, and the world that drives all of them from one seed and one clock."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from mercer.core.cell import Nothing
from mercer.core.clock import VirtualClock
from mercer.core.money import Money
from mercer.core.product import Product


class FaultKind(StrEnum):
    """`LOST_WRITE`: the platform says yes and does nothing. `TIMEOUT`: the connection drops without

    an answer, with the effect there or not by the throw of a coin.
    """

    THROTTLE = "throttle"
    ERROR_BEFORE = "error-before"
    ERROR_AFTER = "error-after"
    TIMEOUT = "timeout"
    LOST_WRITE = "lost-write"


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
            if self._rng.random() < fault.rate:
                if fault.count is not None:
                    fault.count -= 1
                return fault.kind
        return None


class World:
    """One seed and one clock for every simulator in it."""

    def __init__(self, seed: int = 1, clock: VirtualClock | None = None) -> None:
        self.seed = seed
        self.clock = clock or VirtualClock()
        self.rng = random.Random(seed)
        self.faults = Faults(random.Random(seed + 1))


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

    def order(self, lines: Sequence[tuple[str, int]], *, paid: bool = True) -> str:
        """A buyer's order of (merchant code, quantity) lines, at once; returns the order's id.

        Raise `KeyError` for an unknown code and `ValueError` where the shop has too few.
        """

    def cancel(self, order: str) -> None:
        """The buyer or the seller cancels an order that was not shipped."""

    def dump(self) -> dict[str, Any]:
        """The whole state, as JSON-ready values."""

    def load(self, state: Mapping[str, Any]) -> None:
        """Take up a dumped state."""
