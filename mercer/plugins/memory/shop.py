"""A shop in memory: what a platform keeps, without a wire."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mercer.core.after_sales import Case, CaseKind, CaseStatus
from mercer.core.cell import Nothing
from mercer.core.contract import Event, EventKind
from mercer.core.listing import Listing, ListingStatus, Offer
from mercer.core.money import Money
from mercer.core.order import Order, OrderLine, OrderStatus, Totals
from mercer.core.shipping import Packed, Parcel
from mercer.core.stock import StockReading

_SHOPS: dict[str, Shop] = {}


def shop_named(name: str, currency: str) -> Shop:
    """The shop of this name in this process; made when first asked for."""
    return _SHOPS.setdefault(name, Shop(currency))


@dataclass(slots=True)
class Shop:
    currency: str
    listings: dict[str, Listing] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    messages: list[Event] = field(default_factory=list)

    def put(self, listing: Listing) -> None:
        self.listings[listing.listing] = listing

    def change(
        self,
        listing: str,
        offer: str,
        *,
        price: Money | None = None,
        compare_at: Money | Nothing | None = None,
        quantity: int | None = None,
    ) -> None:
        """Change one offer; `None` leaves that part as it is."""
        page = self.listings[listing]
        self.listings[listing] = replace(
            page,
            offers=tuple(
                _changed(each, price, compare_at, quantity) if each.offer == offer else each
                for each in page.offers
            ),
        )

    def rewrite(
        self,
        listing: str,
        *,
        title: str | None = None,
        description: str | None = None,
        status: ListingStatus | None = None,
    ) -> None:
        page = self.listings[listing]
        self.listings[listing] = replace(
            page,
            title=page.title if title is None else title,
            description=page.description if description is None else description,
            status=page.status if status is None else status,
        )

    def sell(self, code: str, quantity: int, at: datetime) -> Order:
        """A paid order of one line, which takes its units off the shelf at once."""
        page, offer = self.find(code)
        self.change(page.listing, offer.offer, quantity=offer.stock[0].quantity - quantity)
        number = f"O{len(self.orders) + 1}"
        price = offer.price or Money.zero(self.currency)
        line = OrderLine(
            "1", page.listing, offer.offer, code, page.title, quantity, quantity, price
        )
        totals = Totals(price * quantity)
        order = Order(
            number, number, OrderStatus.PAID, at, at, self.currency, totals, (line,), paid_at=at
        )
        self.orders[number] = order
        self._tell(order)
        return order

    def cancel(self, number: str, at: datetime) -> None:
        """Nothing was shipped: the units go back on the shelf."""
        order = self.orders[number]
        for line in order.lines:
            page, offer = self.find(line.merchant_code or "")
            back = offer.stock[0].quantity + line.quantity
            self.change(page.listing, offer.offer, quantity=back)
        self.orders[number] = replace(
            order, status=OrderStatus.CANCELLED, updated_at=at, cancelled_at=at
        )

    def ship(self, number: str, parcel: Parcel, at: datetime) -> None:
        """What is in the parcel has left. Raise `ValueError` for more than is left of a line."""
        order = self.orders[number]
        packed = {each.line: each.quantity for each in parcel.lines}
        lines = []
        for line in order.lines:
            shipped = line.shipped + packed.get(line.line, 0)
            if shipped > line.quantity:
                raise ValueError(f"line {line.line} has only {line.quantity - line.shipped} left")
            lines.append(replace(line, shipped=shipped))
        whole = all(line.shipped == line.quantity for line in lines)
        self.orders[number] = replace(
            order,
            status=OrderStatus.SHIPPED if whole else OrderStatus.PARTLY_SHIPPED,
            updated_at=at,
            lines=tuple(lines),
            parcels=(*order.parcels, parcel),
        )

    def ask_back(self, number: str, line: str, quantity: int, at: datetime) -> Case:
        """The buyer wants to send goods back for money."""
        case = Case(
            f"C{len(self.cases) + 1}",
            number,
            CaseKind.RETURN,
            CaseStatus.REQUESTED,
            at,
            at,
            (Packed(line, quantity),),
            deadline=at + timedelta(days=2),
        )
        self.cases[case.case] = case
        return case

    def settle_case(self, case: str, status: CaseStatus, at: datetime) -> None:
        self.cases[case] = replace(self.cases[case], status=status, updated_at=at, deadline=None)

    def _tell(self, order: Order) -> None:
        took = tuple((line.merchant_code or "", line.quantity) for line in order.lines)
        key = f"{order.order}/{order.updated_at.isoformat()}"
        self.messages.append(
            Event(key, EventKind.ORDER, order.order, "order", took, order.updated_at)
        )

    def find(self, code: str) -> tuple[Listing, Offer]:
        """Raise `KeyError` where no offer carries this merchant code."""
        for page in self.listings.values():
            for offer in page.offers:
                if offer.merchant_code == code:
                    return page, offer
        raise KeyError(code)


def _changed(
    offer: Offer, price: Money | None, compare_at: Money | Nothing | None, quantity: int | None
) -> Offer:
    return replace(
        offer,
        price=offer.price if price is None else price,
        compare_at=offer.compare_at if compare_at is None else compare_at,
        stock=offer.stock if quantity is None else (StockReading("", quantity),),
    )
