"""Price and campaign files to fill in: headers, what belongs under each, if wanted what is there now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from mercer.core.price import PriceEntry
from mercer.files.campaigns import CAMPAIGN
from mercer.files.prices import PRICES
from mercer.files.records import Cells, Layout
from mercer.files.sheet_writing import Notes
from mercer.files.targets import Format, Language, Target, write_rows
from mercer.files.writing import price_document

_TITLES: Final[dict[Language, str]] = {"en": "notes", "zh": "说明"}
_GENERAL: Final[dict[Language, tuple[str, ...]]] = {
    "en": (
        "One row for each SKU, channel and currency. Only the first sheet is read.",
        "Write amounts as plain numbers: 1299.00. A blank is not zero; a row without any amount is refused.",
        "Delete the rows that you do not want to set. Columns may be moved, not renamed.",
        "A formula counts as the value that it showed when the file was saved.",
    ),
    "zh": (
        "每个 SKU、渠道、币种一行。只读取第一个工作表。",
        "金额直接写数字，例如 1299.00。空白不是零；整行没有金额会被拒绝。",
        "不想设置的行请删除。列可以移动，不要改表头。",
        "公式按文件保存时显示的数值读取。",
    ),
}


def write_price_template(
    target: Target,
    format: Format,
    language: Language,
    *,
    entries: Iterable[PriceEntry] = (),
    unpriced: Iterable[tuple[str, str]] = (),
) -> None:
    """With a row for each entry, and one without a price for each (SKU, channel) of `unpriced`.

    A row without a price is refused when it is read: nothing is set that nobody has filled in.
    """
    _write(PRICES, chain(_filled(entries), _blank(unpriced)), target, format, language)


def write_campaign_template(
    target: Target, format: Format, language: Language, unpriced: Iterable[tuple[str, str]] = ()
) -> None:
    """With a row without a price for each (SKU, channel)."""
    _write(CAMPAIGN, _blank(unpriced), target, format, language)


def _write(
    layout: Layout, rows: Iterable[Cells], target: Target, format: Format, language: Language
) -> None:
    notes = _notes(layout, language) if format == "xlsx" else None
    write_rows(layout, rows, target, format, language, notes)


def _blank(unpriced: Iterable[tuple[str, str]]) -> Iterator[Cells]:
    return ({"sku": sku, "channel": name} for sku, name in unpriced)


def _filled(entries: Iterable[PriceEntry]) -> Iterator[Cells]:
    assert PRICES.unfold is not None
    return chain.from_iterable(map(PRICES.unfold, map(price_document, entries)))


def _notes(layout: Layout, language: Language) -> Notes:
    about = [
        (column.chinese, column.about[1]) if language == "zh" else (name, column.about[0])
        for name, column in layout.columns.items()
    ]
    general = [("", text) for text in _GENERAL[language]]
    return Notes(_TITLES[language], [*general, ("", ""), *about])
