"""The rule XML (itemRule) of TOP's schema calls: what may be edited, and a reply with values.

Field ids of the `alibaba.item.*` schemas are UNVERIFIED and differ between categories, so a field
is found in the schema that the platform sends, by its id or by its Chinese name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from mercer.core.errors import ProtocolBroken

_LARGEST: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Field:
    """`kind` is the dialect's `type`; only an `input` takes a plain text."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to recognise a field: `title`, or any of the names that sellers see for it."""

    id: str
    names: frozenset[str]


TITLE: Final = Wanted("title", frozenset({"商品标题", "宝贝标题", "标题"}))
DESCRIPTION: Final = Wanted(
    "description", frozenset({"商品描述", "宝贝描述", "描述", "宝贝详情", "电脑端描述"})
)
PRICE: Final = Wanted("price", frozenset({"一口价", "商品价格", "宝贝价格", "价格"}))


def parsed(xml: str) -> ET.Element:
    """The root. Raise `ProtocolBroken` for broken XML, and for a DTD: no schema needs entities."""
    if len(xml) > _LARGEST or "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise ProtocolBroken("a rule XML that is too large or brings a DTD")
    try:
        return ET.fromstring(xml)  # noqa: S314 (without a DTD there is nothing to expand)
    except ET.ParseError as error:
        raise ProtocolBroken(f"a rule XML that cannot be parsed: {error}") from None


def fields(xml: str) -> list[Field]:
    return [
        Field(each.get("id", ""), each.get("name", ""), each.get("type", ""))
        for each in parsed(xml).iterfind("field")
    ]


def find(among: list[Field], wanted: Wanted) -> Field | None:
    """A plain text field, by id before name."""
    plain = [field for field in among if field.kind == "input"]
    by_id = (field for field in plain if field.id == wanted.id)
    by_name = (field for field in plain if field.name in wanted.names)
    return next(by_id, None) or next(by_name, None)


def reply(values: Mapping[Field, str], *, incremental: bool) -> str:
    """The document to send. An incremental Tmall edit names the fields it touches."""
    root = ET.Element("itemRule")
    for field, value in values.items():
        ET.SubElement(_added(root, field), "value").text = value
    if incremental:
        touched = ET.SubElement(
            _added(root, Field("update_fields", "更新字段列表", "multiCheck")), "values"
        )
        for field in values:
            ET.SubElement(touched, "value").text = field.id
    return ET.tostring(root, encoding="unicode")


def _added(root: ET.Element, field: Field) -> ET.Element:
    return ET.SubElement(root, "field", id=field.id, name=field.name, type=field.kind)
