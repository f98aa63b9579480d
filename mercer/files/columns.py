"""Columns: what a cell of each may hold, and every header that sellers give it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

MOST_COLUMNS: Final = 500
"""Of a file."""


class Kind(Enum):
    """What a spreadsheet does to a cell depends on what the cell is for."""

    TEXT = auto()
    CODE = auto()
    """Digits that are no number: a spreadsheet takes zeros from them and rounds them."""
    AMOUNT = auto()
    QUANTITY = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """`headers` are all that are known, as `plain_header` has them.

    `about` tells in English and in Chinese what belongs there, for templates.
    """

    headers: tuple[str, ...]
    kind: Kind = Kind.TEXT
    about: tuple[str, str] = ("", "")

    @property
    def chinese(self) -> str:
        """The header that a Chinese file is given; the first where there is none in Chinese."""
        return next((text for text in self.headers if not text.isascii()), self.headers[0])


SKU: Final = Column(
    ("sku", "sku code", "seller sku", "merchant sku", "商家编码", "sku编码", "商品编码", "货号"),
    Kind.CODE,
    ("The SKU as the catalogue has it. Keep the column as text.", "目录里的 SKU。请保持文本格式。"),
)
PRICE: Final = Column(
    ("price", "sale price", "价格", "售价", "销售价", "单价"),
    Kind.AMOUNT,
    ("What it costs, above zero.", "售价，大于零。"),
)
COMPARE_AT: Final = Column(
    ("compare at", "compare at price", "划线价", "划线价格"),
    Kind.AMOUNT,
    (
        "The strike-through price; none for no such price; blank leaves the channel's own.",
        "划线价；写 none 或 无 表示不要划线价；留空则不改动。",
    ),
)
FLOOR: Final = Column(
    ("floor", "floor price", "minimum price", "底价", "最低价", "最低价格"),
    Kind.AMOUNT,
    ("The price never goes below it; blank declares none.", "价格不会低于它；留空表示没有设定。"),
)
CEILING: Final = Column(
    ("ceiling", "ceiling price", "maximum price", "最高价", "最高价格"),
    Kind.AMOUNT,
    ("The price never goes above it; blank declares none.", "价格不会高于它；留空表示没有设定。"),
)
COST: Final = Column(
    ("cost", "成本", "成本价"),
    Kind.AMOUNT,
    ("What a unit costs you; blank leaves it as it is.", "单件成本；留空则不改动。"),
)
STARTS_AT: Final = Column(
    ("starts at", "开始时间"),
    about=(
        "Of a dated price: 2026-12-01T00:00:00+08:00. Keep the column as text.",
        "限时价格的开始：2026-12-01T00:00:00+08:00。请保持文本格式。",
    ),
)
ENDS_AT: Final = Column(
    ("ends at", "结束时间"),
    about=(
        "Its end, written alike; from then on what lies below holds again.",
        "限时价格的结束，写法相同；之后恢复原来的价格。",
    ),
)
CURRENCY: Final = Column(
    ("currency", "币种", "货币"),
    about=(
        "CNY, USD, EUR, ...: the currency of the whole row.",
        "CNY、USD、EUR 等，整行同一币种。",
    ),
)
CHANNEL: Final = Column(
    ("channel", "shop", "store", "渠道", "店铺", "店铺名称"),
    about=(
        "The channel's name in mercer.toml; blank is every channel.",
        "渠道名称；留空表示所有渠道。",
    ),
)
QUANTITY: Final = Column(
    ("quantity", "qty", "stock", "库存", "库存数量", "数量", "库存数"), Kind.QUANTITY
)


_JOINTS: Final = re.compile(r"[\s_-]+")


def plain_header(text: str) -> str:
    """Case, full width, `_`, `-`, spaces and a star make no difference."""
    plain = unicodedata.normalize("NFKC", text).replace("\ufeff", "").replace("\u200b", "")
    return _JOINTS.sub(" ", plain).strip(" *").casefold()
