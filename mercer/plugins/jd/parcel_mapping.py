"""What has left of an order: JD's parcels, of a whole order or of its parts, in the classic words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any

from mercer.core.shipping import Packed, Parcel
from mercer.plugins.jd.wire import rows
from mercer.plugins.values import text, whole

PARTS = "partialLogisticsInfoModel"


def parcels(info: Mapping[str, Any], lines: Mapping[str, str]) -> tuple[Parcel, ...]:
    """Parts first, then the numbers of the whole order that are in none of them.

    `lines` leads from JD's `skuUuid` and `skuId` to our lines.
    """
    parts = [parcel for part in rows(info, PARTS) for parcel in _part(part, lines)]
    known = {parcel.tracking for parcel in parts}
    return (*parts, *(each for each in _whole(info) if each.tracking not in known))


def packed(told: Iterable[Parcel]) -> Counter[str]:
    """Units in parcels, by line."""
    units: Counter[str] = Counter()
    for parcel in told:
        for part in parcel.lines:
            units[part.line] += part.quantity
    return units


def _whole(info: Mapping[str, Any]) -> list[Parcel]:
    """Carriers are joined by `|`, their numbers alike, several numbers of one carrier by commas."""
    carriers = (text(info, "logisticsId") or "").split("|")
    numbers = (text(info, "waybill") or "").split("|")
    pairs = zip_longest(carriers, numbers, fillvalue="")
    return [Parcel(each, carrier.strip()) for carrier, group in pairs for each in _numbers(group)]


def _part(part: Mapping[str, Any], lines: Mapping[str, str]) -> list[Parcel]:
    """Where a part has several numbers its goods are told with the first: JD does not say which."""
    carrier, goods = text(part, "logicId") or "", tuple(_goods(part, lines))
    first, *others = _numbers(text(part, "waybillId") or "") or [""]
    return [Parcel(first, carrier, goods), *(Parcel(number, carrier) for number in others)]


def _goods(part: Mapping[str, Any], lines: Mapping[str, str]) -> Iterable[Packed]:
    for row in rows(part, "skus"):
        uuid, sku = text(row, "skuUuid") or "", text(row, "skuId") or ""
        line, units = lines.get(uuid) or lines.get(sku), whole(row, "num")
        if line and units:
            yield Packed(line, units)


def _numbers(group: str) -> list[str]:
    return [number.strip() for number in group.split(",") if number.strip()]
