"""How JD shows buyers: ciphertext, masks, and tokens that stand for them; the area stays plain."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final

from mercer.plugins.jd.simulator.shop import Shop
from mercer.plugins.simulation import Buyer

_SP_WORDS: Final = {
    "fullname": "fullName",
    "mobile": "mobile",
    "telephone": "telephone",
    "fullAddress": "fullAddress",
    "province": "provinceName",
    "city": "cityName",
    "county": "countyName",
    "oaid": "oaid",
}


def classic_consignee(shop: Shop, buyer: Buyer) -> dict[str, Any]:
    return {
        "fullname": _cipher(shop, buyer.name),
        "mobile": masked_phone(buyer),
        "telephone": masked_phone(buyer),
        "fullAddress": _cipher(shop, buyer.street),
        "province": buyer.region,
        "city": buyer.city,
        "county": "市辖区",
        "desen_mobile": _hash(shop, buyer.phone),
        "oaid": _hash(shop, buyer.name + buyer.phone + buyer.street),
    }


def sp_consignee(shop: Shop, buyer: Buyer) -> dict[str, Any]:
    classic = classic_consignee(shop, buyer)
    return {theirs: classic[name] for name, theirs in _SP_WORDS.items()}


def open_id(shop: Shop, buyer: Buyer) -> str:
    """The same in all orders of a buyer in one shop."""
    return f"o*AA{_hash(shop, buyer.key)[:40]}"


def masked_pin(buyer: Buyer) -> str:
    return f"jd_{buyer.key[:3]}***"


def masked_name(buyer: Buyer) -> str:
    return buyer.name[:1] + "**"


def masked_phone(buyer: Buyer) -> str:
    return buyer.phone[:3] + "*******" + buyer.phone[-1]


def _cipher(shop: Shop, text: str) -> str:
    return "AAS/" + base64.b64encode(bytes.fromhex(_hash(shop, text))).decode()


def _hash(shop: Shop, text: str) -> str:
    return hashlib.sha256(f"{shop.app_secret}{text}".encode()).hexdigest()
