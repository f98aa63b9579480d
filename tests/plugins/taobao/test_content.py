from __future__ import annotations

import pytest

from mercer.core.contract import ContentWrite
from mercer.core.errors import ProtocolBroken
from mercer.core.outcome import Result
from mercer.plugins.taobao.itemrule import DESCRIPTION, PRICE, TITLE, Field, fields, find, reply
from mercer.plugins.taobao.simulator import schema

from .bench import Bench, mug


async def test_title_and_description_are_written_through_the_edit_schema(either: Bench) -> None:
    either.stock_with(mug())
    listing = (await either.listings())["杯子"]
    write = ContentWrite(listing, "新杯子 & <好>", "<p>一只更好的杯子</p>")
    (outcome,) = await either.adapter.write_content([write])
    assert outcome.result is Result.ACCEPTED
    again = await either.read_again(listing)
    assert again.title == "新杯子 & <好>"
    assert again.description == "<p>一只更好的杯子</p>"


async def test_what_is_not_written_stays(either: Bench) -> None:
    either.stock_with(mug())
    listing = (await either.listings())["杯子"]
    await either.adapter.write_content([ContentWrite(listing, title="新杯子")])
    again = await either.read_again(listing)
    assert (again.title, again.description) == ("新杯子", "一只很好的杯子")
    assert again.offers == listing.offers


async def test_a_title_that_is_too_long_is_refused_in_the_platforms_words(taobao: Bench) -> None:
    taobao.stock_with(mug())
    listing = (await taobao.listings())["杯子"]
    (outcome,) = await taobao.adapter.write_content([ContentWrite(listing, title="杯" * 31)])
    assert (outcome.result, outcome.code) == (Result.REJECTED, "isv.invalid-parameter:title")
    assert "30个汉字" in outcome.words


async def test_a_schema_without_the_field_refuses_the_item_and_names_the_field(
    taobao: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "_TAOBAO", {"price": ("reservePrice", "一口价")})
    taobao.stock_with(mug())
    listing = (await taobao.listings())["杯子"]
    (outcome,) = await taobao.adapter.write_content([ContentWrite(listing, title="新杯子")])
    assert outcome.result is Result.REJECTED
    assert "宝贝标题" in outcome.words


def test_a_field_is_found_by_its_id_before_its_name() -> None:
    among = [
        Field("a", "标题", "input"),
        Field("title", "别名", "input"),
        Field("price", "一口价", "singleCheck"),
    ]
    assert find(among, TITLE) == among[1]
    assert find(among[:1], TITLE) == among[0]
    assert find(among, PRICE) is None
    assert find(among, DESCRIPTION) is None


def test_an_incremental_reply_lists_the_fields_it_touches() -> None:
    xml = reply({Field("title", "商品标题", "input"): "新标题"}, incremental=True)
    assert xml == (
        '<itemRule><field id="title" name="商品标题" type="input"><value>新标题</value></field>'
        '<field id="update_fields" name="更新字段列表" type="multiCheck"><values>'
        "<value>title</value></values></field></itemRule>"
    )


@pytest.mark.parametrize(
    "xml",
    ["<itemRule>", "", '<!DOCTYPE x [<!ENTITY a "b">]><itemRule>&a;</itemRule>'],
)
def test_broken_xml_and_entities_are_refused(xml: str) -> None:
    with pytest.raises(ProtocolBroken):
        fields(xml)
