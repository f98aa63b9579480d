from __future__ import annotations

from mercer.core.contract import ContentWrite
from mercer.core.outcome import Result

from .bench import Bench, mug


async def test_title_and_description_travel_in_one_call_and_touch_nothing_else(jd: Bench) -> None:
    jd.stock_with(mug())
    listing = (await jd.listings())["杯子"]
    (ware,) = jd.simulator.shop.wares.values()
    mobile = ware.mobile_desc
    jd.wire.calls.clear()
    write = ContentWrite(listing, "新杯子", "<p>第一行<br>two</p>")
    (outcome,) = await jd.adapter.write_content([write])
    assert (outcome.result, outcome.offer) == (Result.ACCEPTED, "")
    assert jd.wire.calls == ["jingdong.ware.write.updateWare"]
    again = await jd.read_again(listing)
    assert (again.title, again.description) == ("新杯子", "<p>第一行<br>two</p>")
    assert again.offers == listing.offers
    assert ware.mobile_desc == mobile


async def test_what_is_not_named_is_left_as_it_is(jd: Bench) -> None:
    jd.stock_with(mug())
    listing = (await jd.listings())["杯子"]
    await jd.adapter.write_content([ContentWrite(listing, description="<p>新</p>")])
    again = await jd.read_again(listing)
    assert (again.title, again.description) == ("杯子", "<p>新</p>")


async def test_a_title_too_long_is_refused_with_the_description(jd: Bench) -> None:
    jd.stock_with(mug("甲"), mug("乙"))
    found = await jd.listings()
    writes = [ContentWrite(found["甲"], "长" * 46, "<p>新</p>"), ContentWrite(found["乙"], "丁")]
    outcomes = await jd.adapter.write_content(writes)
    assert [each.result for each in outcomes] == [Result.REJECTED, Result.ACCEPTED]
    assert "45" in outcomes[0].words
    assert (await jd.read_again(found["甲"])).description == found["甲"].description
