"""Carriers (物流公司) by Taobao's codes.

The codes in the table are those that integrations send alike for years; whatever else a seller names
is looked up in the platform's live list, by code or by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mercer.core.carrier import Carrier
from mercer.core.errors import Rejected
from mercer.plugins.taobao.wire import Top, rows
from mercer.plugins.values import needed

CARRIERS: Final[Mapping[str, str]] = {
    Carrier.SF: "SF",  # 顺丰速运
    Carrier.YTO: "YTO",  # 圆通速递
    Carrier.ZTO: "ZTO",  # 中通快递
    Carrier.STO: "STO",  # 申通快递
    Carrier.YUNDA: "YUNDA",  # 韵达快递
    Carrier.EMS: "EMS",
    Carrier.CHINA_POST: "POST",  # 中国邮政
    Carrier.DEPPON: "DBKD",  # 德邦快递
    Carrier.FEDEX: "FEDEX",  # 联邦快递
}

BEGINNINGS: Final[Mapping[str, str]] = {
    Carrier.JTEXPRESS: "极兔",
    Carrier.JD_LOGISTICS: "京东",
    Carrier.CAINIAO: "菜鸟",
}
"""How the names of those begin whose codes are UNVERIFIED."""


class Carriers:
    """The live list is read once, when a carrier is first asked for that is not in the table."""

    def __init__(self, top: Top) -> None:
        self._top = top
        self._listed: list[dict[str, Any]] = []

    async def code(self, carrier: str) -> str:
        """For one of `Carrier`'s values, or a company's name or code at Taobao.

        A name may be cut short where it still means one company. Raise `Rejected` for any other.
        """
        if known := CARRIERS.get(carrier.lower()):
            return known
        wanted = BEGINNINGS.get(carrier.lower(), carrier).casefold()
        companies = [(code, name.casefold()) for code, name in await self._companies()]
        found = [code for code, name in companies if wanted in (code.casefold(), name)]
        found = found or [code for code, name in companies if wanted and name.startswith(wanted)]
        if len(found) == 1:
            return found[0]
        raise Rejected(
            f"Taobao knows no one carrier {carrier!r}: give one of {', '.join(CARRIERS)}, or the name "
            "or code of a company of its list (taobao.logistics.companies.get)"
        )

    async def _companies(self) -> list[tuple[str, str]]:
        if not self._listed:
            body = await self._top.call(
                "taobao.logistics.companies.get", {"fields": "code,name", "order_mode": "offline"}
            )
            self._listed = rows(body, "logistics_companies", "logistics_company")
        return [(needed(row, "code"), needed(row, "name")) for row in self._listed]
