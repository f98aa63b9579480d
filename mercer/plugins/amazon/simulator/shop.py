"""All that a simulated seller account is, as one tree of dataclasses that goes through JSON and back.

What is submitted holds at once, but shows later: first in the attributes, which echo it, then in the
offer. An item keeps its versions until the newest is the one that shows.
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer, TypeAdapter

from mercer.core.money import Money
from mercer.plugins.amazon.wire import rendered

ECHO: Final = timedelta(seconds=20)
LAG: Final = timedelta(seconds=120)

_OURS: Final = "DEFAULT"


def parsed(text: object) -> Any:
    return json.loads(text, parse_float=Decimal) if isinstance(text, str) else text


Json = Annotated[dict[str, Any], BeforeValidator(parsed), PlainSerializer(rendered)]
"""Kept as text in a dump, so that no digit of a price is lost."""


@dataclass
class Version:
    """`price` is the one in force, which a submission within Amazon's rules makes that of the

    attributes. `closed`: taken off sale by hand in Seller Central.
    """

    echoed_at: datetime
    shown_at: datetime
    attributes: Json
    price: Money
    closed: bool = False
    issues: list[dict[str, Any]] = field(default_factory=list)

    @property
    def availability(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.attributes.get("fulfillment_availability", [])
        return found

    @property
    def ours(self) -> dict[str, Any] | None:
        """What the seller ships himself."""
        return next(
            (each for each in self.availability if each["fulfillment_channel_code"] == _OURS), None
        )

    @property
    def quantity(self) -> int:
        return int((self.ours or {}).get("quantity") or 0)

    def text(self, name: str) -> str:
        return next((str(each["value"]) for each in self.attributes.get(name, ())), "")


@dataclass
class Item:
    """`fulfillable` counts what Amazon has of it, where Amazon fulfils it."""

    sku: str
    asin: str
    product_type: str
    created: datetime
    updated: datetime
    versions: list[Version]
    fulfillable: int | None = None

    @property
    def newest(self) -> Version:
        return self.versions[-1]

    def shown(self, now: datetime) -> Version:
        return [each for each in self.versions if each.shown_at <= now][-1]

    def echoed(self, now: datetime) -> Version:
        return [each for each in self.versions if each.echoed_at <= now][-1]

    def available(self, version: Version) -> int:
        return version.quantity if self.fulfillable is None else self.fulfillable

    def buyable(self, version: Version) -> bool:
        return not version.closed and self.available(version) > 0

    def submit(self, now: datetime) -> Version:
        """A new version to be changed; older ones that no longer show are forgotten."""
        first = self.versions.index(self.shown(now))
        version = deepcopy(self.newest)
        version.echoed_at, version.shown_at = now + ECHO, now + LAG
        self.versions = [*self.versions[first:], version]
        self.updated = now
        return version

    def take(self, units: int) -> None:
        """An order's units go from what is there and from what was submitted and does not show yet."""
        if self.fulfillable is not None:
            self.fulfillable -= units
            return
        for version in self.versions:
            if version.ours is not None:
                version.ours["quantity"] = max(int(version.ours["quantity"]) - units, 0)


@dataclass
class Line:
    id: str
    sku: str
    asin: str
    title: str
    quantity: int
    price: Money
    fulfilled: int = 0
    unfulfilled: int = 0


@dataclass
class Order:
    id: str
    created: datetime
    updated: datetime
    status: str
    fulfilled_by: str
    lines: list[Line]
    channel: str = "AMAZON"

    @property
    def total(self) -> Money:
        first, *others = (line.price * line.quantity for line in self.lines)
        return sum(others, start=first)


@dataclass
class Document:
    """`charset` and `packed` are how storage hands it out. `text` of `None`: not uploaded yet."""

    content_type: str
    text: str | None = None
    charset: str = "utf-8"
    packed: bool = False


@dataclass
class Job:
    """A feed or a report: in the queue, then in progress, then ended as `outcome`."""

    id: str
    type: str
    created: datetime
    started: datetime
    ended: datetime
    outcome: str = "DONE"
    document: str = ""
    result: str = ""
    lost: bool = False
    done: bool = False

    def status(self, now: datetime) -> str:
        if now < self.started:
            return "IN_QUEUE"
        return self.outcome if now >= self.ended else "IN_PROGRESS"


@dataclass
class Bucket:
    tokens: float
    at: datetime


@dataclass
class Shop:
    """`stuck`: feeds never end. `rates` are those of operations that Amazon changed."""

    name: str
    seller: str
    marketplace: str
    client_id: str
    client_secret: str
    refresh_token: str
    next_id: int
    tokens: dict[str, datetime] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    feeds: dict[str, Job] = field(default_factory=dict)
    reports: dict[str, Job] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    notices: list[dict[str, Any]] = field(default_factory=list)
    rates: dict[str, float] = field(default_factory=dict)
    stuck: bool = False

    def new_id(self) -> int:
        self.next_id += 7
        return self.next_id


STATE: TypeAdapter[Shop] = TypeAdapter(Shop)
