"""The buyers of simulated shops: plain text that must never leave the encrypted table."""

from __future__ import annotations

from typing import Final

from mercer.plugins.simulation import Buyer

_FAMILIES: Final = ("欧阳", "司马", "上官", "诸葛", "慕容", "尉迟", "皇甫", "令狐")
_GIVEN: Final = ("晓彤", "子墨", "雨桐", "浩然", "欣怡", "梓萱", "宇航", "诗涵")
_FIRST: Final = ("Agnes", "Bertram", "Cordelia", "Desmond", "Eudora", "Fergus", "Greta", "Horace")
_LAST: Final = ("Quillfeather", "Ravenscroft", "Sandringham", "Thistlewood", "Umberland", "Voss")
_CITIES: Final = (
    ("浙江省", "杭州市"),
    ("广东省", "深圳市"),
    ("四川省", "成都市"),
    ("江苏省", "苏州市"),
)
_TOWNS: Final = (("NY", "Rochester"), ("CA", "Sacramento"), ("TX", "El Paso"), ("OR", "Eugene"))

HOW_MANY: Final = 400


def chinese_buyer(number: int) -> Buyer:
    """The same buyer for the same number; there are `HOW_MANY` of them."""
    each = number % HOW_MANY
    region, city = _CITIES[each % len(_CITIES)]
    name = _FAMILIES[each % len(_FAMILIES)] + _GIVEN[each // len(_FAMILIES) % len(_GIVEN)]
    return Buyer(
        key=f"buyer{each:04}",
        name=name,
        phone=f"1399{each:07}",
        email=f"maijia{each:04}@qq.example",
        street=f"望湖路{each + 1}号{each % 9 + 1}单元{each % 20 + 1}01室",
        city=city,
        region=region,
        postcode=f"31{each:04}",
        country="CN",
    )


def western_buyer(number: int) -> Buyer:
    """The same buyer for the same number; there are `HOW_MANY` of them."""
    each = number % HOW_MANY
    region, city = _TOWNS[each % len(_TOWNS)]
    first, last = _FIRST[each % len(_FIRST)], _LAST[each // len(_FIRST) % len(_LAST)]
    return Buyer(
        key=f"buyer{each:04}",
        name=f"{first} {last}",
        phone=f"+1585555{each:04}",
        email=f"{first}.{last}{each:04}@mail.example".lower(),
        street=f"{each + 1} Peppercorn Mews",
        city=city,
        region=region,
        postcode=f"{14600 + each}",
        country="US",
    )
