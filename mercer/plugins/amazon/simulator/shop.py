"""All that a simulated marketplace is, as one tree of dataclasses that goes through JSON and back.

What is submitted holds at once, but shows later: first in the attributes, which echo it, then in the
offer. An item keeps its versions until the newest is the one that shows.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from mercer.core.money import Money
from mercer.plugins.amazon.simulator.seller import ECHO, LAG, Json, Seller, Stock
from mercer.plugins.dumps import Dumps
from mercer.plugins.simulation import Buyer


@dataclass
class Sale:
    """A price with a start and an end, beside the price."""

    price: Money
    starts_at: datetime
    ends_at: datetime


@dataclass
class Version:
    """`price` is the one in force, which a submission within Amazon's rules makes that of the
    attributes; so is `sale`. `closed`: taken off sale by hand in Seller Central.
    """

    echoed_at: datetime
    shown_at: datetime
    attributes: Json
    price: Money
    sale: Sale | None = None
    closed: bool = False
    issues: list[dict[str, Any]] = field(default_factory=list)

    def asked(self, now: datetime) -> Money:
        """What buyers pay: Amazon begins and ends a sale by its own clock."""
        sale = self.sale
        if sale is None or not sale.starts_at <= now < sale.ends_at:
            return self.price
        return min(self.price, sale.price)

    def text(self, name: str) -> str:
        return next((str(each["value"]) for each in self.attributes.get(name, ())), "")


@dataclass
class Item:
    sku: str
    asin: str
    product_type: str
    created: datetime
    updated: datetime
    versions: list[Version]

    @property
    def newest(self) -> Version:
        return self.versions[-1]

    def shown(self, now: datetime) -> Version:
        return [each for each in self.versions if each.shown_at <= now][-1]

    def echoed(self, now: datetime) -> Version:
        return [each for each in self.versions if each.echoed_at <= now][-1]

    def submit(self, now: datetime) -> Version:
        """A new version to be changed; older ones that no longer show are forgotten."""
        first = self.versions.index(self.shown(now))
        version = deepcopy(self.newest)
        version.echoed_at, version.shown_at = now + ECHO, now + LAG
        self.versions = [*self.versions[first:], version]
        self.updated = now
        return version


@dataclass
class Line:
    """`wish`: why the buyer asks for it to be cancelled. `cancelled_by`: who has done so."""

    id: str
    sku: str
    asin: str
    title: str
    quantity: int
    price: Money
    fulfilled: int = 0
    unfulfilled: int = 0
    wish: str = ""
    cancelled_by: str = ""


@dataclass
class Package:
    """A parcel as the seller told it. It shows, and moves the order, at `shows_at`."""

    reference: str
    carrier: str
    method: str
    tracking: str
    shipped_at: datetime
    created: datetime
    shows_at: datetime
    units: dict[str, int]
    shown: bool = False


@dataclass
class Order:
    """`told`: tracking numbers, each as often as a parcel was told under it."""

    id: str
    created: datetime
    updated: datetime
    status: str
    fulfilled_by: str
    lines: list[Line]
    buyer: Buyer
    ship_by: datetime
    deliver_by: datetime
    paid: bool
    channel: str = "AMAZON"
    packages: list[Package] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def total(self) -> Money:
        first, *others = (line.price * line.quantity for line in self.lines)
        return sum(others, start=first)

    def packed(self, line: str) -> int:
        """Units of a line that are in parcels, also in those that do not show yet."""
        return sum(package.units.get(line, 0) for package in self.packages)


@dataclass
class Return:
    """A return that a buyer asked for (RMA), as the returns report tells it."""

    rma: str
    order: str
    units: dict[str, int]
    asked_at: datetime
    status: str = "Approved"
    reason: str = "CR-UNWANTED_ITEM"
    resolution: str = ""
    delivered_at: datetime | None = None
    refunded: Money | None = None


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
class Shop:
    """One marketplace of a seller. `shipping`: when orders have parcels to show, soonest first.

    `stuck`: feeds never end.
    """

    name: str
    marketplace: str
    seller: Seller
    items: dict[str, Item] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    shipping: dict[str, datetime] = field(default_factory=dict)
    returns: dict[str, Return] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    feeds: dict[str, Job] = field(default_factory=dict)
    reports: dict[str, Job] = field(default_factory=dict)
    stuck: bool = False

    def stock(self, sku: str) -> Stock:
        return self.seller.stock[sku]

    def buyable(self, item: Item, now: datetime) -> bool:
        """Whether buyers see it on sale."""
        stock = self.stock(item.sku)
        return not item.shown(now).closed and stock.at(stock.shown(now)) > 0

    def new_id(self) -> int:
        return self.seller.new_id()


DUMPS: Final = Dumps(Shop)
