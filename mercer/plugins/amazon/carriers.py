"""Mercer's carriers in Amazon's words.

Amazon's list of carrier codes differs by marketplace and is not part of its models. Those here are the
codes that its order fulfilment feeds have long had (UNVERIFIED for confirmShipment, but for `UPS`,
`USPS`, `FedEx` and `DHL`). Any other carrier is told as `Other` with its name, which is always taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mercer.core.carrier import Carrier

OTHER: Final = "Other"

CARRIERS: Final[Mapping[Carrier, str]] = {
    Carrier.DHL: "DHL",
    Carrier.UPS: "UPS",
    Carrier.USPS: "USPS",
    Carrier.FEDEX: "FedEx",
    Carrier.ROYAL_MAIL: "Royal Mail",
    Carrier.DPD: "DPD",
    Carrier.GLS: "GLS",
    Carrier.HERMES: "Hermes Logistik Gruppe",
    Carrier.JAPAN_POST: "JP_EXPRESS",
    Carrier.YAMATO: "YamatoTransport",
    Carrier.SAGAWA: "SagawaExpress",
}

NAMES: Final[Mapping[Carrier, str]] = {
    Carrier.SF: "SF Express",
    Carrier.YTO: "YTO Express",
    Carrier.ZTO: "ZTO Express",
    Carrier.STO: "STO Express",
    Carrier.YUNDA: "Yunda Express",
    Carrier.JTEXPRESS: "J&T Express",
    Carrier.EMS: "China EMS",
    Carrier.CHINA_POST: "China Post",
    Carrier.DEPPON: "Deppon Express",
    Carrier.JD_LOGISTICS: "JD Logistics",
    Carrier.CAINIAO: "Cainiao",
}
"""What buyers know those by that have no code."""


def told(carrier: str) -> dict[str, str]:
    """The two fields of a parcel. `carrier` is one of `Carrier`'s values, or a name."""
    try:
        known = Carrier(carrier)
    except ValueError:
        return {"carrierCode": OTHER, "carrierName": carrier}
    if known in CARRIERS:
        return {"carrierCode": CARRIERS[known], "carrierName": CARRIERS[known]}
    return {"carrierCode": OTHER, "carrierName": NAMES[known]}
