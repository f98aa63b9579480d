"""Carriers by the names that Shopify knows. Any other name is passed on as it is.

For a name of its list Shopify makes the tracking link itself, and the name must be spelt exactly so.
Source: `FulfillmentTrackingInfo.company`, Admin API 2026-10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mercer.core.carrier import Carrier

CARRIERS: Final[Mapping[Carrier, str]] = {
    Carrier.SF: "SF Express",
    Carrier.YTO: "YTO Express",
    Carrier.ZTO: "ZTO Express",
    Carrier.STO: "STO Express",
    Carrier.YUNDA: "Yunda Express",
    Carrier.JTEXPRESS: "J&T Express",
    Carrier.EMS: "EMS",
    Carrier.CHINA_POST: "China Post",
    Carrier.DEPPON: "Deppon Express",
    Carrier.JD_LOGISTICS: "JD Logistics",
    Carrier.CAINIAO: "Cainiao",
    Carrier.DHL: "DHL Express",
    Carrier.UPS: "UPS",
    Carrier.USPS: "USPS",
    Carrier.FEDEX: "FedEx",
    Carrier.ROYAL_MAIL: "Royal Mail",
    Carrier.DPD: "DPD",
    Carrier.GLS: "GLS",
    Carrier.HERMES: "Hermes",
    Carrier.JAPAN_POST: "Japan Post (EN)",
    Carrier.YAMATO: "Yamato (EN)",
    Carrier.SAGAWA: "Sagawa (EN)",
}

UNLISTED: Final = frozenset(
    {
        Carrier.YTO,
        Carrier.ZTO,
        Carrier.STO,
        Carrier.YUNDA,
        Carrier.JTEXPRESS,
        Carrier.EMS,
        Carrier.DEPPON,
        Carrier.JD_LOGISTICS,
        Carrier.CAINIAO,
    }
)
"""Not on Shopify's list: the buyer sees the name and the number, and no link."""


def company(carrier: str) -> str:
    """What Shopify is told: its own name of a known carrier, else the name that was given."""
    try:
        return CARRIERS[Carrier(carrier)]
    except ValueError:
        return carrier
