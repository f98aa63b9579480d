"""One simulated seller: everything the shop knows, as one tree that goes through JSON and back.

Prices are fen. Times are UTC in whole seconds. Ids exceed 2**53, as ids in doubles would lose digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from mercer.plugins.flow import Bucket, Day
from mercer.plugins.simulation import Buyer

ON_SHELF = 8
OFF_SHELF = 2
TAKEN_DOWN = 4
AUDITED = 512
"""Added to a ware's status while JD's audit is pending."""


@dataclass(slots=True)
class Sku:
    """`stock_num` is what SKU reads show and what a set writes. `locked` and `booked` are the units
    of unpaid and of paid orders that are not shipped.
    """

    sku_id: int
    outer_id: str
    price: int
    stock_num: int
    created: datetime
    modified: datetime
    locked: int = 0
    booked: int = 0
    barcode: str = ""
    attributes: list[tuple[int, int, str]] = field(default_factory=list)
    """Attribute id, value id, and what the seller calls the value."""
    deleted: bool = False


@dataclass(slots=True)
class Ware:
    """`audit_ends` is when JD's audit of the last edit is over."""

    ware_id: int
    title: str
    introduction: str
    mobile_desc: str
    outer_id: str
    status: int
    created: datetime
    modified: datetime
    skus: list[Sku]
    audit_ends: datetime | None = None

    @property
    def live(self) -> list[Sku]:
        return [sku for sku in self.skus if not sku.deleted]

    def shown_status(self, now: datetime) -> int:
        pending = self.audit_ends is not None and now < self.audit_ends
        return self.status + AUDITED if pending else self.status


@dataclass(slots=True)
class Item:
    """A line of an order. `shipped` and `asked_back` are units of `count`."""

    id: int
    sku_id: int
    ware_id: int
    outer_sku_id: str
    name: str
    price: int
    count: int
    shipped: int = 0
    asked_back: int = 0

    @property
    def uuid(self) -> str:
        return f"1012_{self.id}"


@dataclass(slots=True)
class Package:
    """`goods` are units by item. `told` counts how often the shop was told of this waybill."""

    id: int
    carrier: str
    waybill: str
    at: datetime
    goods: dict[int, int]
    told: int = 1


@dataclass(slots=True)
class Order:
    """`parent` is the order that a split-off one came from, 0 for none.

    `in_parts`: at least one package left before the others. The buyer is here in plain text.
    """

    order_id: int
    state: str
    created: datetime
    modified: datetime
    buyer: Buyer
    items: list[Item]
    paid: datetime | None = None
    ended: datetime | None = None
    shipped: datetime | None = None
    parent: int = 0
    packages: list[Package] = field(default_factory=list)
    in_parts: bool = False

    @property
    def total(self) -> int:
        return sum(item.price * item.count for item in self.items)

    @property
    def waybill(self) -> str:
        return "|".join(package.waybill for package in self.packages)

    @property
    def carrier(self) -> str:
        return "|".join(package.carrier for package in self.packages)


@dataclass(slots=True)
class Slip:
    """A buyer's wish to cancel a paid order (取消订单退款审核单). `status`: 0 unreviewed, 1 approved by
    the seller, 2 refused, 3 refunded, 11 withdrawn by the buyer.
    """

    id: int
    order_id: int
    status: int
    asked: datetime
    checked: datetime | None = None


@dataclass(slots=True)
class Service:
    """A service order (服务单): what a buyer wants for `count` units of an item that was shipped.

    `expect`, `status` and `result` are JD's `customerExpect`, `serviceStatus` and `processResult`.
    `refund` is fen, 0 until it is paid.
    """

    id: int
    order_id: int
    item_id: int
    count: int
    expect: int
    status: int
    asked: datetime
    changed: datetime
    approved: datetime | None = None
    processed: datetime | None = None
    result: int = 0
    refund: int = 0


@dataclass(slots=True)
class Flow:
    """Requests per second of the app, and a day. The rates are ours: JD publishes none per second;
    an app in its test state has 500 a day.
    """

    rate: float = 20.0
    daily: int = 1_000_000
    bucket: Bucket = field(default_factory=Bucket)
    today: Day = field(default_factory=Day)


@dataclass(slots=True)
class Shop:
    vender_id: int
    shop_id: int
    name: str
    app_key: str
    app_secret: str
    access_token: str
    refresh_token: str
    next_id: int
    store_id: int = 0
    token_ends: datetime | None = None
    denied: set[str] = field(default_factory=set)
    """Calls whose permission package the app does not have."""
    withdrawn: set[str] = field(default_factory=set)
    """Calls that JD no longer has, as one day the old stock call."""
    audit_seconds: int = 0
    """How long JD's audit of an edit or of going on the shelf takes; 0 for none."""
    stock_holds_bookings: bool = False
    """Whether the number that is set counts the units of orders not yet shipped (UNVERIFIED)."""
    pinyin: bool = False
    """Whether states come in pinyin where there is such a form."""
    wares: dict[int, Ware] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    slips: dict[int, Slip] = field(default_factory=dict)
    services: dict[int, Service] = field(default_factory=dict)
    stock_keys: set[str] = field(default_factory=set)
    """Every `stockRfId` that was taken."""
    flow: Flow = field(default_factory=Flow)

    def new_id(self) -> int:
        self.next_id += 7
        return self.next_id

    def skus(self) -> Iterator[tuple[Ware, Sku]]:
        for ware in self.wares.values():
            for sku in ware.skus:
                yield ware, sku

    def coded(self, merchant_code: str) -> list[tuple[Ware, Sku]]:
        """Every live SKU with this merchant code: JD keeps none unique. Raise `KeyError` for none."""
        found = [
            (ware, sku)
            for ware, sku in self.skus()
            if sku.outer_id == merchant_code and not sku.deleted
        ]
        if not found:
            raise KeyError(merchant_code)
        return found
