"""What may be written, with the platform's own refusals."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import wraps
from typing import Any, Final

from graphql.execution.values import get_directive_values

from mercer.plugins.shopify.simulator.paging import bad_request
from mercer.plugins.shopify.simulator.resolvers import Info, gid, number, resolves, shop
from mercer.plugins.shopify.simulator.shop import Payload, Shop, user_error
from mercer.plugins.shopify.simulator.state import Answered

Resolver = Callable[..., Payload]

REASONS: Final = (
    "correction, cycle_count_available, damaged, movement_canceled, movement_created, "
    "movement_received, movement_updated, other, promotion, quality_control, received, "
    "reservation_created, reservation_deleted, reservation_updated, restock, safety_stock, shrinkage"
)
KEY_LIFE: Final = timedelta(hours=24)
_LIMIT: Final = 1_000_000_000


def idempotent(resolver: Resolver) -> Resolver:
    """The key is required, though the schema does not say so. A repeat gets the first answer."""

    @wraps(resolver)
    def once(source: None, info: Info, **args: Any) -> Payload:
        directive = info.schema.get_directive("idempotent")
        assert directive is not None
        given = get_directive_values(directive, info.field_nodes[0], info.variable_values)
        if not given or not given["key"].strip():
            raise bad_request(
                "The @idempotent directive is required for this mutation but was not provided."
            )
        answered, now = shop(info).state.answered, shop(info).now()
        digest = hashlib.sha256(json.dumps([info.field_name, args], sort_keys=True).encode())
        parameters, key = digest.hexdigest(), given["key"]
        earlier = answered.get(key)
        if earlier and now - earlier.at < KEY_LIFE:
            if earlier.parameters == parameters:
                return earlier.payload
            return {"userErrors": [_mismatch()]}
        payload = resolver(source, info, **args)
        answered[key] = Answered(parameters, payload, now)
        return payload

    return once


def _mismatch() -> Payload:
    return user_error(
        None,
        "The same idempotency key cannot be used with different operation parameters.",
        "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
    )


# ---------------------------------------------------------------- stock


@resolves("Mutation.inventorySetQuantities")
@idempotent
def _set_quantities(_source: None, info: Info, input: Mapping[str, Any]) -> Payload:
    """All or nothing: one bad row and no row is written."""
    rows = input["quantities"]
    if any("changeFromQuantity" not in row for row in rows):
        raise bad_request(
            "InventoryQuantityInput must include the following argument: changeFromQuantity.",
            "INVALID_FIELD_ARGUMENTS",
        )
    errors = _header_errors(input) or [
        error for index, row in enumerate(rows) if (error := _row_error(shop(info), index, row))
    ]
    errors += _duplicates(rows)
    if errors:
        return {"inventoryAdjustmentGroup": None, "userErrors": errors}
    changes: list[Payload] = []
    for row in rows:
        changes += _moved(shop(info), row, input["name"])
    return {
        "inventoryAdjustmentGroup": {
            "id": gid("InventoryAdjustmentGroup", shop(info).state.new_id()),
            "createdAt": f"{shop(info).now():%Y-%m-%dT%H:%M:%SZ}",
            "reason": input["reason"],
            "referenceDocumentUri": input.get("referenceDocumentUri"),
            "changes": changes,
        },
        "userErrors": [],
    }


def _header_errors(input: Mapping[str, Any]) -> list[Payload]:
    if input["name"] not in ("available", "on_hand"):
        words = "The quantity name must be either 'available' or 'on_hand'."
        return [user_error(["input", "name"], words, "INVALID_NAME")]
    if input["reason"] not in REASONS.split(", "):
        words = f"The specified reason is invalid. Valid values are: {REASONS}."
        return [user_error(["input", "reason"], words, "INVALID_REASON")]
    return []


def _row_error(found: Shop, index: int, row: Mapping[str, Any]) -> Payload | None:
    def wrong(field: str, words: str, code: str) -> Payload:
        return user_error(["input", "quantities", str(index), field], words, code)

    item = found.item(number(row["inventoryItemId"], "InventoryItem"))
    if item is None:
        words = "The specified inventory item could not be found."
        return wrong("inventoryItemId", words, "INVALID_INVENTORY_ITEM")
    location = number(row["locationId"], "Location")
    if location not in found.state.locations:
        words = "The specified location could not be found."
        return wrong("locationId", words, "INVALID_LOCATION")
    if row["quantity"] > _LIMIT:
        words = "The quantity can't be higher than 1,000,000,000."
        return wrong("quantity", words, "INVALID_QUANTITY_TOO_HIGH")
    if row["quantity"] < -_LIMIT:
        words = "The quantity can't be lower than -1,000,000,000."
        return wrong("quantity", words, "INVALID_QUANTITY_TOO_LOW")
    level = item.levels.get(location)
    if row["changeFromQuantity"] not in (None, level.available if level else 0):
        words = "The changeFromQuantity value does not match persisted value."
        return wrong("changeFromQuantity", words, "CHANGE_FROM_QUANTITY_STALE")
    return None


def _duplicates(rows: Sequence[Mapping[str, Any]]) -> list[Payload]:
    pairs = [(row["inventoryItemId"], row["locationId"]) for row in rows]
    counts = Counter(pairs)
    return [
        user_error(
            ["input", "quantities", str(index), "locationId"],
            "The combination of inventoryItemId and locationId must be unique.",
            "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
        )
        for index, pair in enumerate(pairs)
        if counts[pair] > 1
    ]


def _moved(found: Shop, row: Mapping[str, Any], name: str) -> list[Payload]:
    """Setting one of the two moves the other by the same difference."""
    item = found.item(number(row["inventoryItemId"], "InventoryItem"))
    assert item is not None
    level = found.level(item, number(row["locationId"], "Location"))
    shown = level.available if name == "available" else level.on_hand
    delta = found.move(level, level.available + row["quantity"] - shown)
    return [
        {
            "name": each,
            "delta": delta,
            "quantityAfterChange": None,
            "item": item.id,
            "location": level.location,
        }
        for each in ("available", "on_hand")
    ]


@resolves("Mutation.inventoryActivate")
@idempotent
def _activate(
    _source: None,
    info: Info,
    inventoryItemId: str,
    locationId: str,
) -> Payload:
    """A level that was active before keeps its quantities."""
    found = shop(info)
    item = found.item(number(inventoryItemId, "InventoryItem"))
    location = number(locationId, "Location")
    if item is None:
        return {"userErrors": [user_error(["inventoryItemId"], "Inventory item does not exist")]}
    if location not in found.state.locations:
        return {"userErrors": [user_error(["locationId"], "Location does not exist")]}
    level = found.level(item, location)
    level.is_active = True
    return {"item": item.id, "location": location, "userErrors": []}


@resolves("InventoryActivatePayload.inventoryLevel")
def _activated(source: Mapping[str, Any], info: Info) -> Any:
    """The answer is put together from what now is, a repeated one too."""
    item = shop(info).item(source.get("item", 0))
    return item.levels.get(source["location"]) if item else None


@resolves("Mutation.inventoryItemUpdate")
def _update_item(_source: None, info: Info, id: str, input: Mapping[str, Any]) -> Payload:
    item = shop(info).item(number(id, "InventoryItem"))
    if item is None:
        return {"userErrors": [user_error(["id"], "The product couldn't be updated.")]}
    if input.get("tracked") is not None:
        item.tracked = input["tracked"]
    if input.get("sku") is not None:
        shop(info).variant_of_item(item.id).sku = input["sku"]
    return {"inventoryItem": item, "userErrors": []}
