"""Who ordered, as JD tells it: encrypted, masked, with a token that stands for the recipient.

Nothing here raises, and an order needs none of it: personal data never stands in an error's words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from mercer.core.customer import Customer
from mercer.plugins.values import text

_AREAS: Final = ("province", "city", "county", "town")
"""Always plain."""

_CIPHERTEXT: Final = re.compile(r"AA[A-Za-z0-9+/]{14,}={0,2}")
"""Of JD's encryption (TDE), base64; passed on as it is, for whoever holds the key."""


def customer(buyer: str | None, consignee: object) -> Customer | None:
    """`buyer` is JD's open id of the buyer (`open_id_buyer`, `xid_buyer`).

    `consignee` is `consigneeInfo`; what is not an object is nobody, as JD sends `[]` for nothing.
    """
    row: Mapping[str, Any] = consignee if isinstance(consignee, dict) else {}
    name, seal = text(row, "fullname"), text(row, "oaid")
    phone = text(row, "mobile") or text(row, "telephone")
    address = _address(row)
    if not any((buyer, name, phone, address, seal)):
        return None
    masked = seal is not None or any(_hidden(each) for each in (name, phone, address))
    return Customer(key=buyer, name=name, phone=phone, address=address, seal=seal, masked=masked)


def _address(row: Mapping[str, Any]) -> str | None:
    """The full address where it begins with its area, else the area's names before it."""
    areas = [area for name in _AREAS if (area := text(row, name))]
    full = text(row, "fullAddress")
    if full and areas and full.startswith(areas[0]):
        return full
    return " ".join([*areas, *([full] if full else [])]) or None


def _hidden(value: str | None) -> bool:
    return value is not None and ("*" in value or any(map(_CIPHERTEXT.fullmatch, value.split())))
