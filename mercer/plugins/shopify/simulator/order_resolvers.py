"""Orders and all that hangs on them, as the served schema shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from graphql import GraphQLError

from mercer.core.money import Money
from mercer.plugins.shopify.simulator.after_sales import return_status
from mercer.plugins.shopify.simulator.checkout import OPEN
from mercer.plugins.shopify.simulator.order_state import (
    ExchangeLineItem,
    Fulfillment,
    FulfillmentLineItem,
    FulfillmentOrder,
    FulfillmentOrderLineItem,
    LineItem,
    MailingAddress,
    Order,
    Refund,
    RefundLineItem,
    Return,
    ReturnLineItem,
)
from mercer.plugins.shopify.simulator.paging import decoded
from mercer.plugins.shopify.simulator.resolvers import (
    Info,
    Resolver,
    bag,
    gid,
    number,
    page,
    resolves,
    searched,
    shop,
)
from mercer.plugins.shopify.simulator.search import Getter, lower_bound
from mercer.plugins.shopify.simulator.state import Product, ProductVariant

_SEARCH: Final[dict[str, Getter]] = {
    "id": lambda order: order.id,
    "created_at": lambda order: order.created_at,
    "updated_at": lambda order: order.updated_at,
    "name": lambda order: order.name,
    "financial_status": lambda order: order.display_financial_status,
    "fulfillment_status": lambda order: order.display_fulfillment_status,
    "return_status": return_status,
    "status": lambda order: "cancelled" if order.cancelled_at else "open",
}


# ---------------------------------------------------------------- roots


@resolves("QueryRoot.orders")
def _orders(_source: None, info: Info, **args: Any) -> Any:
    found = shop(info)
    since = _changed_from(args)
    rows = found.book.changed_since(since) if since else found.state.orders.values()
    return page(info, searched(info, rows, args, _SEARCH), args, "PROCESSED_AT")


def _changed_from(args: Mapping[str, Any]) -> datetime | None:
    """Before when no row can be wanted: so that a page does not cost a look at every order."""
    since = lower_bound(args.get("query"), "updated_at")
    by_change = args.get("sortKey") == "UPDATED_AT" and not args.get("reverse")
    if since and by_change and (after := args.get("after")):
        return max(since, datetime.fromisoformat(f"{decoded(after)[0]}+00:00"))
    return since


@resolves("QueryRoot.order")
def _order(_source: Any, info: Info, id: str) -> Order | None:
    return shop(info).state.orders.get(number(id, "Order"))


def _part(kind: type[Any]) -> Resolver:
    def resolver(_source: Any, info: Info, id: str) -> Any:
        return shop(info).book.part(number(id, kind.__name__), kind)

    return resolver


resolves("QueryRoot.fulfillmentOrder")(_part(FulfillmentOrder))
resolves("QueryRoot.fulfillment")(_part(Fulfillment))
resolves("QueryRoot.return")(_part(Return))
resolves("QueryRoot.refund")(_part(Refund))


@resolves("QueryRoot.job")
def _job(_source: Any, info: Info, id: str) -> dict[str, Any] | None:
    """The query of a job resolves once it is done."""
    done_at = shop(info).state.jobs.get(number(id, "Job"))
    if done_at is None:
        return None
    done = shop(info).moment() >= done_at
    return {"id": id, "done": done, "query": {} if done else None}


# ---------------------------------------------------------------- the order itself


@resolves("Order.lineItems")
def _lines(source: Order, info: Info, **args: Any) -> Any:
    return page(info, source.lines, args, "ID")


@resolves("Order.currencyCode")
def _currency(_source: Order, info: Info) -> str:
    return shop(info).state.currency


@resolves("Order.processedAt")
def _processed(source: Order, _info: Info) -> datetime:
    return source.created_at


@resolves("Order.test")
@resolves("Order.taxesIncluded")
def _flag(_source: Order, info: Info) -> bool:
    return info.field_name == "taxesIncluded"


@resolves("Order.totalPriceSet")
@resolves("Order.subtotalPriceSet")
def _goods(source: Order, info: Info) -> dict[str, Any]:
    """As placed: there are neither discounts nor shipping costs in this shop."""
    goods = Money.zero(shop(info).state.currency)
    for line in source.lines:
        goods += line.unit_price * line.quantity
    return bag(goods)


@resolves("Order.totalDiscountsSet")
@resolves("Order.totalShippingPriceSet")
@resolves("Order.totalTaxSet")
def _zero(_source: Order, info: Info) -> dict[str, Any]:
    return bag(Money.zero(shop(info).state.currency))


@resolves("LineItem.name")
def _line_name(source: LineItem, _info: Info) -> str:
    return source.title


@resolves("LineItem.product")
def _line_product(source: LineItem, info: Info) -> Product | None:
    return shop(info).product(source.product)


@resolves("LineItem.variant")
def _line_variant(source: LineItem, info: Info) -> ProductVariant | None:
    return shop(info).variant(source.variant)


@resolves("LineItem.originalUnitPriceSet")
def _unit_price(source: LineItem, _info: Info) -> dict[str, Any]:
    return bag(source.unit_price)


@resolves("LineItem.discountedTotalSet")
def _line_total(source: LineItem, _info: Info, **_args: Any) -> dict[str, Any]:
    return bag(source.unit_price * source.quantity)


# ---------------------------------------------------------------- whose it is


@resolves("Order.customer")
@resolves("Order.email")
@resolves("Order.phone")
@resolves("Order.shippingAddress")
def _person(source: Order, info: Info) -> Any:
    """Null beside an error, for an app that is not approved for it. The words are UNVERIFIED."""
    found = shop(info)
    if not found.state.shows_customers:
        raise GraphQLError(
            "This app is not approved to access the Customer object. See "
            "https://shopify.dev/docs/apps/launch/protected-customer-data for more details.",
            extensions={"code": "ACCESS_DENIED"},
        )
    match info.field_name:
        case "customer":
            return found.state.customers.get(source.customer or 0)
        case "shippingAddress":
            return source.shipping_address
    return getattr(source, info.field_name)


@resolves("MailingAddress.id")
def _address_id(source: MailingAddress, _info: Info) -> str:
    return f"{gid('MailingAddress', source.id)}?model_name=Address"


@resolves("MailingAddress.formatted")
def _formatted(
    source: MailingAddress,
    _info: Info,
    withName: bool = False,
    **_args: Any,
) -> list[str]:
    place = f"{source.city} {source.province_code} {source.zip}"
    lines = [source.address1, place, source.country_code_v2]
    return [source.name, *lines] if withName else lines


# ---------------------------------------------------------------- parcels


@resolves("Order.fulfillmentOrders")
def _fulfillment_orders(source: Order, info: Info, **args: Any) -> Any:
    return page(info, source.fulfillment_orders, args, "ID")


@resolves("FulfillmentOrder.supportedActions")
def _actions(source: FulfillmentOrder, _info: Info) -> list[dict[str, Any]]:
    if source.status == "ON_HOLD":
        return [{"action": "RELEASE_HOLD"}]
    actions = ("CREATE_FULFILLMENT", "MOVE", "HOLD") if source.status in OPEN else ()
    return [{"action": action} for action in actions]


@resolves("FulfillmentOrder.assignedLocation")
def _assigned(source: FulfillmentOrder, info: Info) -> dict[str, Any]:
    location = shop(info).state.locations[source.location]
    return {"location": location, "name": location.name}


@resolves("FulfillmentOrder.lineItems")
def _waiting(source: FulfillmentOrder, info: Info, **args: Any) -> Any:
    return page(info, source.lines, args, "ID")


@resolves("FulfillmentOrderLineItem.lineItem")
@resolves("FulfillmentLineItem.lineItem")
@resolves("RefundLineItem.lineItem")
def _of_line(
    source: FulfillmentOrderLineItem | FulfillmentLineItem | RefundLineItem, info: Info
) -> LineItem | None:
    return shop(info).book.part(source.line, LineItem)


@resolves("Order.fulfillments")
@resolves("Order.refunds")
def _listed(source: Order, info: Info, first: int | None = None) -> Any:
    """Plain lists, not connections."""
    rows = source.refunds if info.field_name == "refunds" else source.fulfillments
    return rows[:first]


@resolves("Fulfillment.trackingInfo")
def _tracking(source: Fulfillment, _info: Info, first: int | None = None) -> list[dict[str, Any]]:
    numbers = source.numbers or ([""] if source.company else [])
    return [{"company": source.company, "number": each or None} for each in numbers][:first]


@resolves("Fulfillment.fulfillmentLineItems")
def _sent(source: Fulfillment, info: Info, **args: Any) -> Any:
    return page(info, source.lines, args, "ID")


# ---------------------------------------------------------------- afterwards


@resolves("Order.returnStatus")
def _return_status(source: Order, _info: Info) -> str:
    return return_status(source)


@resolves("Order.returns")
def _returns(source: Order, info: Info, **args: Any) -> Any:
    return page(info, source.returns, args, "ID")


@resolves("Return.returnLineItems")
def _coming_back(source: Return, info: Info, **args: Any) -> Any:
    return page(info, source.lines, args, "ID")


@resolves("Return.exchangeLineItems")
def _exchanged(source: Return, info: Info, **args: Any) -> Any:
    return page(info, source.exchanged, args, "ID")


@resolves("ExchangeLineItem.variantId")
def _exchange_variant(source: ExchangeLineItem, _info: Info) -> str:
    return gid("ProductVariant", source.variant)


@resolves("Return.refunds")
def _refunds_of(source: Return, info: Info, **args: Any) -> Any:
    refunds = shop(info).state.orders[source.order].refunds
    return page(info, [each for each in refunds if each.return_id == source.id], args, "ID")


@resolves("ReturnLineItem.returnReasonDefinition")
def _reason(source: ReturnLineItem, _info: Info) -> dict[str, Any]:
    name = source.reason.replace("-", " ").capitalize()
    return {"id": gid("ReturnReasonDefinition", 1), "handle": source.reason, "name": name}


@resolves("ReturnLineItem.fulfillmentLineItem")
def _returned(source: ReturnLineItem, info: Info) -> FulfillmentLineItem | None:
    return shop(info).book.part(source.shipped, FulfillmentLineItem)


@resolves("Refund.return")
def _paid_for(source: Refund, info: Info) -> Return | None:
    return shop(info).book.part(source.return_id or 0, Return)


@resolves("Refund.totalRefundedSet")
def _refunded(source: Refund, _info: Info) -> dict[str, Any]:
    return bag(source.total)


@resolves("Refund.refundLineItems")
def _refund_lines(source: Refund, info: Info, **args: Any) -> Any:
    return page(info, source.lines, args, "ID")


@resolves("RefundLineItem.restocked")
def _restocked(source: RefundLineItem, _info: Info) -> bool:
    return source.restock_type != "NO_RESTOCK"


@resolves("RefundLineItem.subtotalSet")
def _subtotal(source: RefundLineItem, _info: Info) -> dict[str, Any]:
    return bag(source.subtotal)
