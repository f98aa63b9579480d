"""One simulated seller: everything the shop knows, as one tree that goes through JSON and back.

Prices are fen. Times are UTC in whole seconds. All ids exceed 2**53, as real ones may.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from mercer.plugins.flow import Bucket, Day
from mercer.plugins.taobao.settings import SellerType


@dataclass(slots=True)
class Sku:
    """`quantity` counts what unpaid orders hold (`held`), under 付款减库存."""

    sku_id: int
    outer_id: str
    price: int
    quantity: int
    held: int = 0
    barcode: str = ""
    properties: str = ""
    properties_name: str = ""
    deleted: bool = False


@dataclass(slots=True)
class Item:
    """An item without SKUs (`plain`) keeps its own price and stock in its one, hidden entry.

    `sub_stock`: 1 takes stock when ordered, 2 when paid. `lock` holds the platform's words while a
    campaign forbids edits.
    """

    num_iid: int
    title: str
    desc: str
    outer_id: str
    sub_stock: int
    price: int
    onsale: bool
    plain: bool
    created: datetime
    modified: datetime
    list_time: datetime
    skus: list[Sku]
    violation: bool = False
    lock: str = ""

    @property
    def live(self) -> list[Sku]:
        return [sku for sku in self.skus if not sku.deleted]

    @property
    def num(self) -> int:
        """Always the sum of the SKUs."""
        return sum(sku.quantity for sku in self.live)


@dataclass(slots=True)
class Line:
    """A sub-order. `sku_id` is 0 for an item without SKUs; `sub_stock` is the item's at the time.

    `company` is a carrier's name. `refund_id` is 0 until a refund is asked for.
    """

    oid: int
    num_iid: int
    sku_id: int
    outer_iid: str
    outer_sku_id: str
    title: str
    properties_name: str
    num: int
    price: int
    sub_stock: int
    status: str
    refund_status: str = "NO_REFUND"
    refund_id: int = 0
    consign_time: datetime | None = None
    company: str = ""
    out_sid: str = ""

    @property
    def fee(self) -> int:
        return self.price * self.num

    @property
    def code(self) -> str:
        return self.outer_sku_id or self.outer_iid


@dataclass(slots=True)
class Buyer:
    open_uid: str
    nick: str
    name: str
    mobile: str
    address: str
    state: str
    city: str
    zip: str

    @property
    def shown_nick(self) -> str:
        return f"{self.nick[:1]}**"


@dataclass(slots=True)
class Trade:
    """`type` is what is returned: `fixed` for an ordinary order, `cod` for cash on delivery.

    `split`: some sub-orders were shipped alone. `told` holds the parcels' numbers, once each time.
    """

    tid: int
    type: str
    status: str
    created: datetime
    modified: datetime
    buyer: Buyer
    lines: list[Line]
    pay_time: datetime | None = None
    end_time: datetime | None = None
    split: bool = False
    told: list[str] = field(default_factory=list)

    @property
    def fee(self) -> int:
        return sum(line.fee for line in self.lines)


@dataclass(slots=True)
class Refund:
    """Of one sub-order. `fee` is in fen."""

    refund_id: int
    tid: int
    oid: int
    dispute_type: str
    status: str
    good_status: str
    phase: str
    fee: int
    reason: str
    created: datetime
    modified: datetime


@dataclass(slots=True)
class Message:
    """Of the TMC queue. `shown_at` is when it was last handed out."""

    id: int
    topic: str
    content: str
    pub_time: datetime
    shown_at: datetime | None = None


@dataclass(slots=True)
class Flow:
    """Flow control: requests per second of one API over all apps and of this app, and of the app a
    day. `buckets` and `bans`, until when, are by scope. The rates are ours: TOP
    publishes none.
    """

    api_rate: float = 100.0
    app_api_rate: float = 20.0
    daily: int = 1_000_000
    today: Day = field(default_factory=Day)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    bans: dict[str, datetime] = field(default_factory=dict)


@dataclass(slots=True)
class Shop:
    seller_type: SellerType
    seller_id: int
    nick: str
    app_key: str
    app_secret: str
    session: str
    next_id: int
    session_ends: datetime | None = None
    denied: set[str] = field(default_factory=set)
    """APIs whose permission package the app does not have."""
    items: dict[int, Item] = field(default_factory=dict)
    codes: dict[str, dict[int, None]] = field(default_factory=dict)
    """Merchant code -> ids of the items that have it, in the order of the shop."""
    trades: dict[int, Trade] = field(default_factory=dict)
    refunds: dict[int, Refund] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    """Tracking number -> `open_uid` of the buyer whose parcel it is on."""
    messages: dict[int, Message] = field(default_factory=dict)
    flow: Flow = field(default_factory=Flow)

    def new_id(self) -> int:
        self.next_id += 7
        return self.next_id

    def put(self, item: Item) -> None:
        self.items[item.num_iid] = item
        for sku in item.skus:
            self.codes.setdefault(sku.outer_id, {})[item.num_iid] = None

    def coded(self, merchant_code: str) -> list[tuple[Item, Sku]]:
        """Every offer with this merchant code, which is not unique. Raise `KeyError` for none."""
        ids = self.codes.get(merchant_code, ())
        items = [self.items[num_iid] for num_iid in ids if num_iid in self.items]
        found = [
            (item, sku) for item in items for sku in item.live if sku.outer_id == merchant_code
        ]
        if not found:
            raise KeyError(merchant_code)
        return found
