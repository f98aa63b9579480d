"""Carriers (物流公司) by JD's ids.

JD takes no names. The ids are those of public integrations, and each seller's own list may differ
(`jingdong.fce.alpha.getVenderCarrier`, whose answer is UNVERIFIED): any number is passed on as an id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mercer.core.carrier import Carrier
from mercer.core.errors import Rejected

CARRIERS: Final[Mapping[str, str]] = {
    Carrier.SF: "467",  # 顺丰
    Carrier.YTO: "463",  # 圆通
    Carrier.STO: "470",  # 申通
    Carrier.YUNDA: "1327",  # 韵达
    Carrier.ZTO: "1499",  # 中通
    Carrier.EMS: "465",  # EMS
    Carrier.CHINA_POST: "2170",  # 邮政包裹; this one and those below from a single source
    Carrier.DEPPON: "3046",  # 德邦快递
    Carrier.JD_LOGISTICS: "2087",  # 京东快递
    Carrier.FEDEX: "2096",  # 联邦
}


def code_of(carrier: str) -> str:
    """Raise `Rejected` for a name that has no id here."""
    code = CARRIERS.get(carrier.lower(), carrier)
    if code.isascii() and code.isdecimal():
        return code
    known = ", ".join(CARRIERS)
    raise Rejected(
        f"JD has no id for carrier {carrier!r}: give {known}, or JD's number (物流公司ID)"
    )
