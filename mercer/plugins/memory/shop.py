"""A shop in memory: what a platform keeps, without a wire."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from mercer.core.cell import Nothing
from mercer.core.listing import Listing, ListingStatus, Offer
from mercer.core.money import Money
from mercer.core.order import Order, OrderLine, OrderStatus, Totals
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
