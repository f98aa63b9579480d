"""Fields of the served schema -> the shop's state: products, stock, and what all fields share.

Orders are in `order_resolvers.py`, mutations in `mutations.py` and its neighbours.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, TypeAlias

from graphql import GraphQLError, GraphQLResolveInfo

from mercer.core.money import Money
from mercer.plugins.shopify.simulator.order_state import Order
from mercer.plugins.shopify.simulator.paging import bad_request, connection
from mercer.plugins.shopify.simulator.search import Getter, search
from mercer.plugins.shopify.simulator.shop import Shop
from mercer.plugins.shopify.simulator.state import (
    InventoryItem,
    InventoryLevel,
    Product,
    ProductVariant,
)

SCOPES: Final = (
    "read_customers",
    "read_locations",
    "read_returns",
    "write_inventory",
    "write_merchant_managed_fulfillment_orders",
    "write_orders",
    "write_products",
    "write_publications",
)

_PRODUCT_SEARCH: Final[dict[str, Getter]] = {
    "id": lambda product: product.id,
    "created_at": lambda product: product.created_at,
    "updated_at": lambda product: product.updated_at,
    "handle": lambda product: product.handle,
    "status": lambda product: product.status,
    "title": lambda product: product.title,
    "vendor": lambda product: product.vendor,
}
_SORTED_BY: Final[dict[str, Getter]] = {
    "ID": lambda row: row.id,
    "CREATED_AT": lambda row: row.created_at.isoformat(" ", "microseconds")[:26],
    "PROCESSED_AT": lambda row: row.created_at.isoformat(" ", "microseconds")[:26],
    "UPDATED_AT": lambda row: row.updated_at.isoformat(" ", "microseconds")[:26],
    "TITLE": lambda row: row.title,
    "NAME": lambda row: row.name,
    "POSITION": lambda row: row.position,
    "SKU": lambda row: row.sku,
}
_MOST_IDS: Final = 250


@dataclass
class Context:
    """What one request is answered from.

    `whole`: a bulk operation, whose connections have no end. `lost`: mutations say yes, are not
    done, and show what they return as it still is.
    """

    shop: Shop
    address: str
    whole: bool = False
    lost: bool = False
    searches: list[dict[str, Any]] = field(default_factory=list)


Resolver = Callable[..., Any]
Info: TypeAlias = "GraphQLResolveInfo[Context]"
_RESOLVERS: Final[dict[str, Resolver]] = {}


def resolves(place: str) -> Callable[[Resolver], Resolver]:
    """Register the resolver of `Type.field`: it takes the source, the context, then arguments."""

    def register(resolver: Resolver) -> Resolver:
        _RESOLVERS[place] = resolver
        return resolver

    return register


def resolve(source: Any, info: Info, **args: Any) -> Any:
    """The field resolver of every execution."""
    special = _RESOLVERS.get(f"{info.parent_type.name}.{info.field_name}")
    if special is not None and info.context.lost and info.parent_type.name == "Mutation":
        return _lost(special, info, args)
    if special is not None:
        return _plain(special(source, info, **args))
    if isinstance(source, dict):
        return _plain(source.get(info.field_name))
    if info.field_name == "id":
        return gid(info.parent_type.name, source.id)
    if info.field_name == "legacyResourceId":
        return str(source.id)
    return _plain(getattr(source, _snake(info.field_name)))


def _lost(mutation: Resolver, info: Info, args: Mapping[str, Any]) -> dict[str, Any]:
    """Done on a copy of the shop, which is then forgotten."""
    real = info.context.shop
    info.context.shop = Shop(copy.deepcopy(real.state), real.moment)
    try:
        payload = mutation(None, info, **args)
    finally:
        info.context.shop = real
    return {name: _still(real, part) for name, part in payload.items()}


def _still(real: Shop, part: Any) -> Any:
    """What a mutation returns, as the shop has it; new things are only in the answer."""
    match part:
        case list():
            return [_still(real, each) for each in part]
        case Product():
            return real.product(part.id) or part
        case ProductVariant():
            return real.variant(part.id) or part
        case InventoryItem():
            return real.item(part.id) or part
        case Order():
            return real.state.orders.get(part.id) or part
    return part


def type_name(source: Any, _info: Info, _type: Any) -> str:
    """State is named as the API names it."""
    return type(source).__name__


def gid(kind: str, id: int) -> str:
    return f"gid://shopify/{kind}/{id}"


def number(id: str, kind: str) -> int:
    """The number in a gid of this kind, 0 for another kind or none."""
    head, _, tail = id.rpartition("/")
    digits = tail.partition("?")[0]
    return int(digits) if head == f"gid://shopify/{kind}" and digits.isdigit() else 0


def shop(info: Info) -> Shop:
    return info.context.shop


@cache
def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda match: f"_{match[1].lower()}", name)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return value.plain if isinstance(value, Money) else value


# ---------------------------------------------------------------- roots


@resolves("QueryRoot.shop")
def _shop(_source: None, info: Info) -> dict[str, Any]:
    state = shop(info).state
    return {
        "id": gid("Shop", 1),
        "name": state.name,
        "myshopifyDomain": state.domain,
        "currencyCode": state.currency,
        "ianaTimezone": state.zone,
    }


@resolves("QueryRoot.currentAppInstallation")
def _installation(_source: None, _info: Info) -> dict[str, Any]:
    scopes = [{"handle": scope, "description": scope.replace("_", " ")} for scope in SCOPES]
    return {"id": gid("AppInstallation", 1), "accessScopes": scopes}


@resolves("QueryRoot.locations")
def _locations(_source: None, info: Info, **args: Any) -> Any:
    everywhere = bool(args.get("includeInactive"))
    rows = [row for row in shop(info).state.locations.values() if everywhere or row.is_active]
    return page(info, rows, args, "NAME")


@resolves("QueryRoot.publications")
def _publications(_source: None, info: Info, **args: Any) -> Any:
    return page(info, shop(info).state.publications.values(), args, "ID")


@resolves("QueryRoot.products")
def _products(_source: None, info: Info, **args: Any) -> Any:
    rows = searched(info, shop(info).state.products.values(), args, _PRODUCT_SEARCH)
    return page(info, rows, args, "ID")


@resolves("QueryRoot.productsCount")
def _products_count(_source: None, info: Info, **args: Any) -> dict[str, Any]:
    rows = searched(info, shop(info).state.products.values(), args, _PRODUCT_SEARCH)
    limit = args.get("limit", 10_000)
    if limit is not None and len(rows) > limit:
        return {"count": limit, "precision": "AT_LEAST"}
    return {"count": len(rows), "precision": "EXACT"}


@resolves("QueryRoot.product")
def _product(_source: None, info: Info, id: str) -> Product | None:
    return shop(info).product(number(id, "Product"))


@resolves("QueryRoot.productByIdentifier")
def _by_identifier(_source: None, info: Info, identifier: Mapping[str, str]) -> Product | None:
    if identifier.get("handle"):
        return shop(info).by_handle(identifier["handle"])
    return shop(info).product(number(identifier.get("id", ""), "Product"))


@resolves("QueryRoot.nodes")
def _nodes(_source: None, info: Info, ids: list[str]) -> list[Any]:
    if len(ids) > _MOST_IDS:
        raise too_many(len(ids), ["nodes", "ids"])
    return [_node(None, info, id) for id in ids]


@resolves("QueryRoot.node")
def _node(_source: None, info: Info, id: str) -> Any:
    found = shop(info)
    if order := found.state.orders.get(number(id, "Order")):
        return order
    if operation := found.state.bulk_operations.get(number(id, "BulkOperation")):
        return operation
    return (
        found.product(number(id, "Product"))
        or found.variant(number(id, "ProductVariant"))
        or found.item(number(id, "InventoryItem"))
        or found.state.locations.get(number(id, "Location"))
    )


def too_many(size: int, path: list[str | int], most: int = _MOST_IDS) -> GraphQLError:
    return GraphQLError(
        f"The input array size of {size} is greater than the maximum allowed of {most}.",
        path=path,
        extensions={"code": "MAX_INPUT_SIZE_EXCEEDED"},
    )


def searched(
    info: Info, rows: Any, args: Mapping[str, Any], fields: Mapping[str, Getter]
) -> list[Any]:
    found = search(rows, args.get("query"), fields)
    if found.warnings:
        info.context.searches.append(
            {
                "path": [info.path.key],
                "query": args["query"],
                "parsed": {},
                "warnings": found.warnings,
            }
        )
    return found.rows


def page(info: Info, rows: Any, args: Mapping[str, Any], sort: str) -> Any:
    key = args.get("sortKey") or sort
    return connection(rows, _SORTED_BY[key], args, whole=info.context.whole)


# ---------------------------------------------------------------- products and stock


@resolves("Product.variants")
def _variants(source: Product, info: Info, **args: Any) -> Any:
    return page(info, source.variants, args, "POSITION")


@resolves("Product.availablePublicationsCount")
@resolves("Product.resourcePublicationsCount")
def _published(source: Product, _info: Info, **_args: Any) -> dict[str, Any]:
    return {"count": len(source.publications), "precision": "EXACT"}


@resolves("ProductVariant.product")
def _parent(source: ProductVariant, info: Info) -> Product | None:
    return shop(info).product(source.product)


@resolves("ProductVariant.selectedOptions")
def _selected(source: ProductVariant, _info: Info) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in source.options]


@resolves("ProductVariant.inventoryQuantity")
def _quantity(source: ProductVariant, info: Info) -> int:
    return shop(info).available(source)


@resolves("InventoryItem.sku")
def _sku(source: InventoryItem, info: Info) -> str:
    return shop(info).variant_of_item(source.id).sku


@resolves("InventoryItem.inventoryLevel")
def _level(
    source: InventoryItem,
    _info: Info,
    locationId: str,
    includeInactive: bool = False,
) -> InventoryLevel | None:
    level = source.levels.get(number(locationId, "Location"))
    return level if level and (level.is_active or includeInactive) else None


@resolves("InventoryLevel.id")
def _level_id(source: InventoryLevel, _info: Info) -> str:
    return f"{gid('InventoryLevel', source.id)}?inventory_item_id={source.item}"


@resolves("InventoryLevel.location")
def _level_location(source: InventoryLevel, info: Info) -> Any:
    return shop(info).state.locations[source.location]


@resolves("InventoryLevel.quantities")
def _quantities(source: InventoryLevel, _info: Info, names: list[str]) -> list[dict[str, Any]]:
    known = {
        "available": source.available,
        "on_hand": source.on_hand,
        "committed": source.on_hand - source.available,
    }
    others = {"damaged", "incoming", "quality_control", "reserved", "safety_stock"}
    if wrong := set(names) - known.keys() - others:
        raise bad_request(
            f"The quantity name {min(wrong)!r} is invalid.", "INVALID_FIELD_ARGUMENTS"
        )
    return [
        {
            "name": name,
            "quantity": known.get(name, 0),
            "updatedAt": source.updated_at if name == "available" else None,
        }
        for name in names
    ]


@resolves("InventoryChange.item")
def _changed_item(source: Mapping[str, Any], info: Info) -> InventoryItem | None:
    return shop(info).item(source["item"])


@resolves("InventoryChange.location")
def _changed_location(source: Mapping[str, Any], info: Info) -> Any:
    return shop(info).state.locations.get(source["location"])


def bag(money: Money) -> dict[str, Any]:
    """`Decimal`s lose their trailing zeros but one: `20.0`."""
    text = format(money.amount.normalize(), "f") if money.minor else "0"
    amount = text if "." in text else f"{Decimal(text)}.0"
    sides = {"amount": amount, "currencyCode": money.currency}
    return {"shopMoney": sides, "presentmentMoney": sides}
