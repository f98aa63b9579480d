"""What a patch makes of an item's attributes.

An attribute is an array of instances, told apart by their selectors. `merge` changes the named
sub-attributes of one instance and `replace` all of it (UNVERIFIED, and modelled so).
"""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from mercer.core.errors import InputError
from mercer.core.money import Money
from mercer.plugins.amazon.simulator.protocol import Refused

AVAILABILITY: Final = "fulfillment_availability"
"""The attribute that is not of one marketplace: one stock serves all of the seller's."""

Issue = dict[str, Any]
Instance = dict[str, Any]

SELECTORS: Final = {
    "purchasable_offer": ("marketplace_id", "audience", "currency"),
    AVAILABILITY: ("fulfillment_channel_code",),
    "item_name": ("marketplace_id", "language_tag"),
    "product_description": ("marketplace_id", "language_tag"),
    "bullet_point": ("marketplace_id", "language_tag", "value"),
    "parentage_level": ("marketplace_id",),
}
_OFFER_ONLY: Final = frozenset({"purchasable_offer", AVAILABILITY})
_USUAL: Final = {"audience": "ALL"}


def patched(
    attributes: dict[str, Any], body: Any, product_type: str, currency: str
) -> tuple[dict[str, Any], list[Issue]]:
    """The new attributes, and the issues that make the submission invalid.

    Raise `Refused` where the request is malformed.
    """
    if not isinstance(body, dict) or not isinstance(body.get("patches"), list):
        raise _bad("patches is required")
    if not isinstance(body.get("productType"), str):
        raise _bad("productType is required")
    result = deepcopy(attributes)
    issues: list[Issue] = []
    for index, patch in enumerate(body["patches"]):
        name, values = _target(patch, index)
        if name not in SELECTORS:
            words = f"The attribute '{name}' is not valid for product type '{body['productType']}'."
            issues.append(_issue("90000900", words, name, "INVALID_ATTRIBUTE"))
            continue
        if name not in _OFFER_ONLY and body["productType"] != product_type:
            words = f"The product type '{body['productType']}' is not valid for this item."
            issues.append(_issue("4000003", words, name, "INVALID_ATTRIBUTE"))
            continue
        for value in values:
            issues += _put(result, name, patch["op"], value, currency)
    return result, issues


def our_price(attributes: dict[str, Any]) -> Decimal | None:
    return _first_price(_offer(attributes), "our_price")


def sale(attributes: dict[str, Any]) -> Instance | None:
    """The first step of the sale price's schedule."""
    try:
        step: Instance = _offer(attributes)["discounted_price"][0]["schedule"][0]
    except (KeyError, IndexError, TypeError):
        return None
    return step


def bound(attributes: dict[str, Any], which: str) -> Decimal | None:
    return _first_price(_offer(attributes), which)


def _offer(attributes: dict[str, Any]) -> Instance:
    offers = attributes.get("purchasable_offer", ())
    return next((each for each in offers if each.get("audience", "ALL") == "ALL"), {})


def _first_price(offer: Instance, name: str) -> Decimal | None:
    try:
        return Decimal(offer[name][0]["schedule"][0]["value_with_tax"])
    except (KeyError, IndexError, TypeError):
        return None


def _target(patch: Any, index: int) -> tuple[str, list[Instance]]:
    if not isinstance(patch, dict) or patch.get("op") not in ("add", "replace", "merge", "delete"):
        raise _bad(f"Invalid operation provided in patch at index of {index}.")
    path = str(patch.get("path", "")).split("/")
    if len(path) != 3 or path[:2] != ["", "attributes"]:
        raise _bad(f"Invalid path provided in patch at index of {index}.")
    values = patch.get("value")
    if not isinstance(values, list) or not all(isinstance(each, dict) for each in values):
        raise _bad(f"Invalid empty value provided in patch at index of {index}.")
    return path[2], values


def _put(
    attributes: dict[str, Any], name: str, op: str, value: Instance, currency: str
) -> list[Issue]:
    instances: list[Instance] = attributes.setdefault(name, [])
    known = next((each for each in instances if _key(name, each) == _key(name, value)), None)
    if op == "delete":
        attributes[name] = [each for each in instances if each is not known]
        return []
    final = {**known, **value} if op == "merge" and known else dict(value)
    if issues := _wrong(name, final, currency) or _wrong_sale(value, final, currency):
        return issues
    final = {each: inner for each, inner in final.items() if inner is not None}
    if known is None:
        instances.append(final)
    else:
        instances[instances.index(known)] = final
    return []


def _key(name: str, instance: Instance) -> tuple[Any, ...]:
    return tuple(instance.get(each, _USUAL.get(each)) for each in SELECTORS[name])


def _wrong(name: str, instance: Instance, currency: str) -> list[Issue]:
    match name:
        case "purchasable_offer":
            return _wrong_offer(instance, currency)
        case _ if name == AVAILABILITY:
            return _wrong_availability(instance)
        case _ if not str(instance.get("value") or "").strip():
            return [_missing(name)]
    return []


def _wrong_offer(instance: Instance, currency: str) -> list[Issue]:
    name = "purchasable_offer"
    if instance.get("currency") != currency:
        words = f"The currency '{instance.get('currency')}' is not the marketplace's."
        return [_issue("4000001", words, name, "INVALID_ATTRIBUTE")]
    if "our_price" not in instance:
        return [_missing("our_price")]
    price = _first_price(instance, "our_price")
    try:
        valid = price is not None and Money.of(price, currency).minor > 0
    except InputError:
        valid = False
    if valid:
        return []
    return [
        _issue("4000001", "The provided value for 'our_price' is invalid.", name, "INVALID_PRICE")
    ]


def _wrong_sale(value: Instance, final: Instance, currency: str) -> list[Issue]:
    """Of a sale price that is submitted: to be valid, below the price, and to end after its start.

    That Amazon finds it at once is UNVERIFIED, and so are the words.
    """
    if not value.get("discounted_price"):
        return []
    try:
        (step,) = final["discounted_price"][0]["schedule"]
        starts_at, ends_at = (_moment(step[name]) for name in ("start_at", "end_at"))
        price = Money.of(Decimal(step["value_with_tax"]), currency)
    except (KeyError, IndexError, TypeError, ValueError, InputError):
        words = "The provided value for 'discounted_price' is invalid."
    else:
        ours = _first_price(final, "our_price")
        if ours is not None and 0 < price.amount < ours and starts_at < ends_at:
            return []
        words = (
            "The 'discounted_price' must be lower than the 'our_price', and end after its start."
        )
    return [_issue("4000001", words, "purchasable_offer", "INVALID_PRICE")]


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time without a zone")
    return found


def _wrong_availability(instance: Instance) -> list[Issue]:
    name = AVAILABILITY
    quantity = instance.get("quantity")
    ours = instance.get("fulfillment_channel_code") == "DEFAULT"
    if (type(quantity) is int and quantity >= 0) if ours else quantity is None:
        return []
    words = f"The provided value for '{name}.quantity' is invalid."
    return [_issue("4000001", words, name, "INVALID_ATTRIBUTE")]


def _missing(name: str) -> Issue:
    return _issue("90220", f"'{name}' is required but not supplied.", name, "MISSING_ATTRIBUTE")


def _issue(code: str, message: str, attribute: str, category: str) -> Issue:
    return {
        "code": code,
        "message": message,
        "severity": "ERROR",
        "attributeNames": [attribute],
        "categories": [category],
    }


def _bad(message: str) -> Refused:
    return Refused(400, "BAD_REQUEST", message)
