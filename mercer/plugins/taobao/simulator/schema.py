"""Edit schemas: rule XML out, rule XML with values in.

The field ids of the Taobao schema are made up (the real ones are UNVERIFIED), so that a client that
does not derive them from the schema fails here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from xml.etree import ElementTree as ET

from mercer.core.errors import ProtocolBroken
from mercer.plugins.beijing import beijing
from mercer.plugins.taobao.itemrule import parsed
from mercer.plugins.taobao.simulator.goods import found, set_prices, set_text
from mercer.plugins.taobao.simulator.protocol import Api, Call, business, fen, invalid
from mercer.plugins.taobao.simulator.shop import Item, Shop
from mercer.plugins.yuan import in_yuan

_TAOBAO: Final = {
    "title": ("itemTitle", "宝贝标题"),
    "price": ("reservePrice", "一口价"),
    "desc": ("itemDesc", "宝贝描述"),
}
_TMALL: Final = {"title": ("title", "商品标题"), "desc": ("description", "商品描述")}
_TOUCHED: Final = "update_fields"


def _taobao_schema(shop: Shop, call: Call) -> dict[str, Any]:
    return {"result": _schema(found(shop, call.whole("item_id")), _TAOBAO)}


def _tmall_schema(shop: Shop, call: Call) -> dict[str, Any]:
    _tmall_only(shop)
    return {"update_item_result": _schema(found(shop, call.whole("item_id")), _TMALL)}


def _schema(item: Item, ids: Mapping[str, tuple[str, str]]) -> str:
    now = {"title": item.title, "price": in_yuan(item.price), "desc": item.desc}
    root = ET.Element("itemRule")
    category = ET.SubElement(root, "field", id="prop_20000", name="品牌", type="singleCheck")
    options = ET.SubElement(category, "options")
    ET.SubElement(options, "option", displayName="无品牌", value="3246379")
    for name, (id, shown) in ids.items():
        field = ET.SubElement(root, "field", id=id, name=shown, type="input")
        rules = ET.SubElement(field, "rules")
        ET.SubElement(rules, "rule", name="requiredRule", value="true")
        ET.SubElement(field, "value").text = now[name]
    return ET.tostring(root, encoding="unicode")


def _fast_update(shop: Shop, call: Call) -> dict[str, Any]:
    item = found(shop, call.whole("item_id"))
    sent = _values(call, "schema")
    _applied(shop, item, {name: sent.get(id) for name, (id, _) in _TAOBAO.items()}, call)
    return {
        "item_id": item.num_iid,
        "update_time": beijing(call.now),
        "market": "tmall" if shop.seller_type == "B" else "taobao",
    }


def _tmall_increment(shop: Shop, call: Call) -> dict[str, Any]:
    """Only what `update_fields` names is taken."""
    _tmall_only(shop)
    item = found(shop, call.whole("item_id"))
    touched = _touched(call)
    sent = {id: text for id, text in _values(call, "xml_data").items() if id in touched}
    if not sent:
        raise business("isv.invalid-parameter:update_fields", "没有需要更新的字段")
    _applied(shop, item, {name: sent.get(id) for name, (id, _) in _TMALL.items()}, call)
    return {"update_item_result": str(item.num_iid), "gmt_modified": beijing(call.now)}


def _tmall_only(shop: Shop) -> None:
    if shop.seller_type != "B":
        raise business("isv.invalid-permission:update-item", "只有天猫商家可以调用")


def _applied(shop: Shop, item: Item, values: Mapping[str, str | None], call: Call) -> None:
    price = values.get("price")
    if price is not None:
        set_prices(shop, item, fen(price, "schema"), {}, call.now)
    set_text(shop, item, values.get("title"), values.get("desc"), call.now)


def _root(call: Call, parameter: str) -> ET.Element:
    try:
        return parsed(call.text(parameter))
    except ProtocolBroken:
        raise invalid(parameter) from None


def _values(call: Call, parameter: str) -> dict[str, str]:
    return {
        field.get("id", ""): field.findtext("value", "")
        for field in _root(call, parameter).iterfind("field")
        if field.find("value") is not None
    }


def _touched(call: Call) -> set[str]:
    values = _root(call, "xml_data").iterfind(f"field[@id='{_TOUCHED}']/values/value")
    return {value.text or "" for value in values}


APIS: Final = {
    "alibaba.item.edit.schema.get": Api(_taobao_schema, ("item_id",)),
    "alibaba.item.edit.fastupdate": Api(_fast_update, ("item_id", "schema"), write=True),
    "tmall.item.increment.update.schema.get": Api(_tmall_schema, ("item_id",)),
    "tmall.item.schema.increment.update": Api(
        _tmall_increment, ("item_id", "xml_data"), write=True
    ),
}
