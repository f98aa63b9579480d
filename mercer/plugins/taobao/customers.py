"""Who bought, as far as TOP tells: name, phone and street are masked (脱敏) for every app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mercer.core.customer import Customer
from mercer.plugins.values import text

CUSTOMER_FIELDS: Final = (
    "buyer_open_uid,receiver_name,receiver_mobile,receiver_phone,receiver_state,receiver_city,"
    "receiver_district,receiver_town,receiver_address,receiver_zip,oaid"
)
"""TOP gives `oaid` only where all of name, address, mobile, phone and `created` are asked for too."""

_ADDRESS: Final = (
    "receiver_state",
    "receiver_city",
    "receiver_district",
    "receiver_town",
    "receiver_address",
    "receiver_zip",
)
_MASK: Final = "*"


def customer(trade: Mapping[str, Any]) -> Customer | None:
    """`None` where the trade names nobody. Nothing in here raises: a buyer never spoils an order.

    `key` is the same for one buyer in all shops of one app, unlike the nickname, which is blurred.
    `seal` is the OAID (收件人ID), of one receiver in one app, shop and week.
    """
    name = text(trade, "receiver_name")
    phone = text(trade, "receiver_mobile") or text(trade, "receiver_phone")
    address = " ".join(filter(None, (text(trade, part) for part in _ADDRESS))) or None
    found = Customer(
        key=text(trade, "buyer_open_uid"),
        name=name,
        phone=phone,
        address=address,
        seal=text(trade, "oaid"),
        masked=any(_MASK in (part or "") for part in (name, phone, address)),
    )
    return None if found == Customer() else found
