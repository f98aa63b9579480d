"""Carriers: who brings parcels, and by which names sellers know them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Carrier(StrEnum):
    """The carriers that Mercer has names for; each platform's folder maps them to its own codes.

    Any other carrier is passed on by the name that the seller gave, where the platform takes names.
    """

    SF = "sf"
    YTO = "yto"
    ZTO = "zto"
    STO = "sto"
    YUNDA = "yunda"
    JTEXPRESS = "jtexpress"
    EMS = "ems"
    CHINA_POST = "china-post"
    DEPPON = "deppon"
    JD_LOGISTICS = "jd"
    CAINIAO = "cainiao"
    DHL = "dhl"
    UPS = "ups"
    USPS = "usps"
    FEDEX = "fedex"
    ROYAL_MAIL = "royal-mail"
    DPD = "dpd"
    GLS = "gls"
    HERMES = "hermes"
    JAPAN_POST = "japan-post"
    YAMATO = "yamato"
    SAGAWA = "sagawa"


_SPOKEN: Final[Mapping[Carrier, str]] = {
    Carrier.SF: "顺丰 shunfeng",
    Carrier.YTO: "圆通 yuantong",
    Carrier.ZTO: "中通 zhongtong",
    Carrier.STO: "申通 shentong",
    Carrier.YUNDA: "韵达",
    Carrier.JTEXPRESS: "极兔 jitu j&t jt",
    Carrier.EMS: "邮政ems 中国邮政ems chinaems",
    Carrier.CHINA_POST: "邮政 中国邮政 邮政包裹 邮政快递包裹 中国邮政快递包裹",
    Carrier.DEPPON: "德邦 debang",
    Carrier.JD_LOGISTICS: "京东 京东物流 jdlogistics",
    Carrier.CAINIAO: "菜鸟",
    Carrier.DHL: "敦豪",
    Carrier.FEDEX: "联邦",
    Carrier.JAPAN_POST: "日本郵便",
    Carrier.YAMATO: "ヤマト運輸 クロネコヤマト yamatotransport",
    Carrier.SAGAWA: "佐川急便 sagawaexpress",
}
"""Further names, parted by blanks. 快运 and 物流 are mostly a company's other branch, with its own codes."""

_ENDINGS: Final = ("速运", "速递", "快递", "express")


def known_as(name: str) -> str:
    """One of `Carrier`'s values where the name is one of a carrier's, else the name as it is.

    Chinese, pinyin or English, with or without 快递 or Express, in any width and case.
    """
    plain = _plain(name)
    for ending in _ENDINGS:
        plain = plain.removesuffix(ending) or plain
    return _KNOWN.get(plain, name)


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in text if not sign.isspace() and sign not in "-_.")


_KNOWN: Final[Mapping[str, str]] = {
    **{_plain(each): each.value for each in Carrier},
    **{_plain(name): each.value for each, names in _SPOKEN.items() for name in names.split()},
}
