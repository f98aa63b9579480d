"""What all marketplaces of one seller account share: who the seller is, stock, quotas, messages."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer

from mercer.plugins.amazon.wire import rendered
from mercer.plugins.flow import Bucket

ECHO: Final = timedelta(seconds=20)
LAG: Final = timedelta(seconds=120)
"""After these a submission shows in the attributes, and to buyers."""

_OURS: Final = "DEFAULT"


def parsed(text: object) -> Any:
    return json.loads(text, parse_float=Decimal) if isinstance(text, str) else text


Json = Annotated[dict[str, Any], BeforeValidator(parsed), PlainSerializer(rendered)]
"""Kept as text in a dump, so that no digit of a price is lost."""


@dataclass
class Level:
    """Who ships a SKU, and how many there are of it: the attribute `fulfillment_availability`."""

    echoed_at: datetime
    shown_at: datetime
    entries: list[Json]

    @property
    def ours(self) -> dict[str, Any] | None:
        """What the seller ships himself."""
        return next(
            (each for each in self.entries if each["fulfillment_channel_code"] == _OURS), None
        )

    @property
    def quantity(self) -> int:
        return int((self.ours or {}).get("quantity") or 0)


@dataclass
class Stock:
    """A SKU's units in every marketplace. `fulfillable`: those that Amazon has, where it fulfils."""

    levels: list[Level]
    fulfillable: int | None = None

    @property
    def newest(self) -> Level:
        return self.levels[-1]

    @property
    def available(self) -> int:
        return self.at(self.newest)

    def at(self, level: Level) -> int:
        return level.quantity if self.fulfillable is None else self.fulfillable

    def shown(self, now: datetime) -> Level:
        return [each for each in self.levels if each.shown_at <= now][-1]

    def echoed(self, now: datetime) -> Level:
        return [each for each in self.levels if each.echoed_at <= now][-1]

    def submit(self, entries: list[dict[str, Any]], now: datetime) -> None:
        """Older levels that no longer show are forgotten."""
        first = self.levels.index(self.shown(now))
        fresh = Level(now + ECHO, now + LAG, deepcopy(entries))
        self.levels = [*self.levels[first:], fresh]

    def take(self, units: int) -> None:
        """An order's units go from what is there and from what was submitted and does not show yet."""
        if self.fulfillable is not None:
            self.fulfillable -= units
            return
        for level in self.levels:
            if level.ours is not None:
                level.ours["quantity"] = max(int(level.ours["quantity"]) - units, 0)


@dataclass
class Message:
    """In the seller's queue: hidden until `visible_at`, deleted by the receipt it was last given."""

    id: str
    body: str
    sent_at: datetime
    visible_at: datetime
    received: int = 0

    @property
    def receipt(self) -> str:
        return f"{self.id}#{self.received}"


@dataclass
class Seller:
    """`rates` are those of operations that Amazon changed. `personal`: the app has the restricted
    roles, so that orders tell buyers and addresses to those who ask.
    """

    id: str
    client_id: str
    client_secret: str
    refresh_token: str
    aws_key_id: str
    aws_secret: str
    next_id: int
    tokens: dict[str, datetime] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    stock: dict[str, Stock] = field(default_factory=dict)
    queue: dict[str, Message] = field(default_factory=dict)
    personal: bool = True

    def new_id(self) -> int:
        self.next_id += 7
        return self.next_id
