"""How TOP shows buyers: masked, with tokens that stand for the person and for the recipient."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from mercer.plugins.beijing import GMT8
from mercer.plugins.simulation import Buyer
from mercer.plugins.taobao.simulator.shop import Buyer as ShopBuyer
from mercer.plugins.taobao.simulator.shop import Shop


def known(shop: Shop, buyer: Buyer) -> ShopBuyer:
    """The buyer's open uid is the same in all shops of one app."""
    digest = hashlib.sha256(f"{shop.app_key} {buyer.key}".encode()).hexdigest()
    return ShopBuyer(
        open_uid=f"AAH{digest[:20]}",
        nick=buyer.key,
        name=buyer.name,
        mobile=buyer.phone,
        address=buyer.street,
        state=buyer.region,
        city=buyer.city,
        zip=buyer.postcode,
    )


def receiver(shop: Shop, buyer: ShopBuyer, ordered: datetime) -> dict[str, Any]:
    """The area stays plain."""
    return {
        "receiver_name": buyer.name[:1] + "**",
        "receiver_mobile": buyer.mobile[:3] + "****" + buyer.mobile[-4:],
        "receiver_address": buyer.address[:1] + "**路**号",
        "receiver_state": buyer.state,
        "receiver_city": buyer.city,
        "receiver_zip": buyer.zip,
        "oaid": _oaid(shop, buyer, ordered),
    }


def _oaid(shop: Shop, buyer: ShopBuyer, ordered: datetime) -> str:
    """The same person has another one in every app, shop and week."""
    year, week, _ = ordered.astimezone(GMT8).isocalendar()
    parts = (buyer.name, buyer.mobile, buyer.address, shop.nick, shop.app_key, f"{year}-{week}")
    return "1" + hashlib.sha256("|".join(parts).encode()).hexdigest()
