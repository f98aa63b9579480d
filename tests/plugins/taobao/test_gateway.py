from __future__ import annotations

import time
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.errors import AuthExpired, Rejected, Throttled, Unsupported
from mercer.plugins.beijing import beijing
from mercer.plugins.simulation import FaultKind
from mercer.plugins.taobao.settings import SignMethod
from mercer.plugins.taobao.simulator.fields import picked
from mercer.plugins.taobao.wire import signature

from .bench import ADDRESS, Bench, mug


def signed(bench: Bench, params: dict[str, str], method: SignMethod = "md5") -> dict[str, str]:
    """What a client by another hand would send. An empty value takes a parameter out."""
    shop = bench.simulator.shop
    full = {
        "app_key": shop.app_key,
        "session": shop.session,
        "timestamp": beijing(bench.clock.now()),
        "v": "2.0",
        "format": "json",
        "sign_method": method,
    } | params
    sent = {name: value for name, value in full.items() if value}
    return sent | {"sign": signature(sent, shop.app_secret, method)}


async def answer(bench: Bench, params: dict[str, str]) -> httpx.Response:
    return await bench.client.post(f"{ADDRESS}/router/rest", data=params)


async def failure(bench: Bench, params: dict[str, str]) -> tuple[int, str]:
    error = (await answer(bench, params)).json()["error_response"]
    return error["code"], error.get("sub_code", "")


SELLER = {"method": "taobao.user.seller.get", "fields": "type"}


@pytest.mark.parametrize("method", ["md5", "hmac", "hmac-sha256"])
async def test_all_three_signatures_are_taken(taobao: Bench, method: SignMethod) -> None:
    body = (await answer(taobao, signed(taobao, SELLER, method))).json()
    assert body["user_seller_get_response"]["user"] == {"type": "C"}
    assert await taobao.connected(sign_method=method).check()


async def test_query_and_form_are_merged(taobao: Bench) -> None:
    params = signed(taobao, SELLER)
    query = {name: params.pop(name) for name in ("app_key", "method", "sign")}
    reply = await taobao.client.post(f"{ADDRESS}/router/rest?{urlencode(query)}", data=params)
    assert "user_seller_get_response" in reply.json()
    query |= params
    reply = await taobao.client.get(f"{ADDRESS}/router/rest", params=query)
    assert "user_seller_get_response" in reply.json()


async def test_the_answer_is_xml_unless_json_is_asked_for(taobao: Bench) -> None:
    taobao.stock_with(mug())
    listed = {"method": "taobao.items.onsale.get", "fields": "num_iid,title", "format": ""}
    text = (await answer(taobao, signed(taobao, listed))).text
    assert '<items_onsale_get_response><items list="true"><item>' in text
    assert "<title>杯子</title>" in text
    assert "<total_results>1</total_results>" in text
    error = (await answer(taobao, {"method": "taobao.no.such"})).text
    assert "<error_response><code>22</code>" in error


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": ""}, 21),
        ({"method": "taobao.item.get"}, 22),
        ({"app_key": ""}, 28),
        ({"app_key": "1"}, 29),
        ({"timestamp": ""}, 30),
        ({"timestamp": "2026-11-01"}, 31),
        ({"timestamp": "2026-11-01 16:10:01"}, 31),
        ({"v": ""}, 32),
        ({"v": "3.0"}, 33),
        ({"sign_method": ""}, 24),
        ({"sign_method": "sha1"}, 25),
        ({"session": ""}, 26),
        ({"session": "6100stranger"}, 27),
        ({"fields": ""}, 40),
    ],
)
async def test_each_check_has_its_code(taobao: Bench, change: dict[str, str], code: int) -> None:
    assert (await failure(taobao, signed(taobao, SELLER | change)))[0] == code


async def test_an_altered_request_is_refused(taobao: Bench) -> None:
    params = signed(taobao, SELLER) | {"fields": "nick"}
    assert await failure(taobao, params) == (25, "")


async def test_a_timestamp_may_be_epoch_milliseconds(taobao: Bench) -> None:
    now = str(int(taobao.clock.now().timestamp() * 1000))
    reply = await answer(taobao, signed(taobao, SELLER | {"timestamp": now}))
    assert "user_seller_get_response" in reply.json()


async def test_an_empty_parameter_may_be_signed_or_left_out(taobao: Bench) -> None:
    shop = taobao.simulator.shop
    bare = signed(taobao, SELLER) | {"q": ""}
    bare.pop("sign")
    for params in (bare, {name: value for name, value in bare.items() if value}):
        sign = signature(params, shop.app_secret, "md5")
        assert "user_seller_get_response" in (await answer(taobao, bare | {"sign": sign})).json()


# ---------------------------------------------------------------- through the adapter


async def test_a_wrong_secret_says_which_settings_to_check(taobao: Bench) -> None:
    stranger = taobao.connected(app_secret="wrong")
    with pytest.raises(AuthExpired) as caught:
        await stranger.read_back(["1"])
    assert "app_secret" in caught.value.hint


async def test_an_expired_session_stops_the_channel_until_a_person_authorises(
    taobao: Bench,
) -> None:
    taobao.simulator.shop.session_ends = taobao.clock.now() + timedelta(days=1)
    assert await taobao.adapter.read_back(["1"]) == []
    taobao.clock.advance(24 * 3600)
    with pytest.raises(AuthExpired) as caught:
        await taobao.adapter.read_back(["1"])
    assert caught.value.code == "session-expired"
    assert "authorise" in caught.value.hint


async def test_a_missing_permission_package_is_unsupported(taobao: Bench) -> None:
    taobao.simulator.shop.denied.add("taobao.trade.fullinfo.get")
    with pytest.raises(Unsupported, match="permission"):
        await taobao.adapter.read_order("1")


async def test_too_many_calls_are_banned_and_the_ban_is_waited_out(taobao: Bench) -> None:
    taobao.stock_with(*(mug(f"杯子{number}") for number in range(100)))
    taobao.simulator.shop.flow.app_api_rate = 1.0
    before = taobao.clock.now()
    listings = await taobao.listings()
    assert len(listings) == 100
    assert taobao.clock.now() - before > timedelta(seconds=2)


async def test_a_ban_counts_down(taobao: Bench) -> None:
    taobao.fault(FaultKind.THROTTLE)
    words = []
    for _ in range(2):
        error = (await answer(taobao, signed(taobao, SELLER))).json()["error_response"]
        assert error["code"] == 7
        words.append(error["sub_msg"])
    assert words[0] == words[1]
    assert words[0].startswith("This ban will last for ")
    taobao.clock.advance(2.0)
    assert "user_seller_get_response" in (await answer(taobao, signed(taobao, SELLER))).json()


async def test_a_used_up_day_stops_the_job_at_once_and_tells_until_when(taobao: Bench) -> None:
    taobao.simulator.shop.flow.daily = 2
    for _ in range(2):
        await taobao.adapter.read_back(["1"])
    with pytest.raises(Throttled) as caught:
        await taobao.adapter.read_back(["1"])
    assert caught.value.delay is not None
    assert timedelta(hours=7) < timedelta(seconds=caught.value.delay) < timedelta(hours=8.1)
    taobao.clock.advance(caught.value.delay)
    assert await taobao.adapter.read_back(["1"]) == []


@pytest.mark.parametrize(
    "params",
    [
        {"method": "taobao.items.seller.list.get", "fields": "title", "num_iids": "1," * 20 + "1"},
        {"method": "taobao.item.skus.get", "fields": "sku_id", "num_iids": "1," * 40 + "1"},
        {"method": "taobao.items.onsale.get", "fields": "title", "page_size": "201"},
        {"method": "taobao.items.onsale.get", "fields": "title", "page_no": "0"},
        {"method": "taobao.items.onsale.get", "fields": "title", "page_no": "many"},
        {
            "method": "taobao.trades.sold.increment.get",
            "fields": "tid",
            "start_modified": "2026-10-01 00:00:00",
            "end_modified": "2026-10-02 00:00:01",
        },
        {
            "method": "taobao.trades.sold.increment.get",
            "fields": "tid",
            "start_modified": "2026-10-01 00:00:00",
            "end_modified": "2026-10-01 00:00:01",
            "page_size": "101",
        },
        {"method": "taobao.item.quantity.update", "num_iid": "1", "quantity": "1"},
        {"method": "taobao.item.quantity.update", "num_iid": "9" * 99, "quantity": "1"},
        {"method": "alibaba.item.edit.fastupdate", "item_id": "1", "schema": "<x>"},
        {"method": "tmall.item.price.update", "item_id": "1"},
    ],
)
async def test_limits_and_bad_arguments_are_refused(taobao: Bench, params: dict[str, str]) -> None:
    api = params.pop("method")
    with pytest.raises(Rejected):
        await taobao.top().call(api, params)


async def test_the_default_type_hides_other_trades_and_has_next_replaces_the_total(
    taobao: Bench,
) -> None:
    taobao.stock_with(mug())
    for type in ("fixed", "tmall_i18n"):
        tid = taobao.simulator.order([("杯子-code", 1)])
        taobao.simulator.trade(tid).type = type
    now = taobao.clock.now()
    window = {
        "fields": "tid,type",
        "start_modified": beijing(now - timedelta(hours=1)),
        "end_modified": beijing(now),
    }
    body = await taobao.top().call("taobao.trades.sold.increment.get", window)
    assert [trade["type"] for trade in body["trades"]["trade"]] == ["fixed"]
    assert body["total_results"] == 1
    more = {"use_has_next": "true", "page_size": "1", "type": "guarantee_trade,tmall_i18n"}
    body = await taobao.top().call("taobao.trades.sold.increment.get", window | more)
    assert body["has_next"] is True
    assert "total_results" not in body


async def test_the_default_banner_hides_what_is_sold_out(taobao: Bench) -> None:
    taobao.stock_with(mug(quantity=0))
    top = taobao.top()
    assert "items" not in await top.call("taobao.items.inventory.get", {"fields": "title"})
    sold_out = {"fields": "title", "banner": "sold_out"}
    body = await top.call("taobao.items.inventory.get", sold_out)
    assert body["items"]["item"] == [{"title": "杯子"}]


async def test_increments_are_clamped_for_skus_and_refused_for_items(taobao: Bench) -> None:
    taobao.stock_with(mug(quantity=3))
    (item,) = taobao.simulator.shop.items.values()
    params = {"num_iid": str(item.num_iid), "quantity": "-4", "type": "2"}
    with pytest.raises(Rejected, match="quantity"):
        await taobao.top().call("taobao.item.quantity.update", params, write=True)
    params["quantity"] = "-1"
    await taobao.top().call("taobao.item.quantity.update", params, write=True)
    assert item.num == 2


def test_fields_pick_lists_by_their_singular_and_leave_out_what_has_no_value() -> None:
    full = {"title": "x", "desc": None, "skus": [{"sku_id": 1, "quantity": 2, "barcode": None}]}
    assert picked(full, "desc,sku.quantity") == {"skus": {"sku": [{"quantity": 2}]}}
    assert picked(full, "title, sku") == {
        "title": "x",
        "skus": {"sku": [{"sku_id": 1, "quantity": 2}]},
    }
    assert picked(full, "nothing") == {}


@given(st.binary(max_size=300))
async def test_no_body_brings_the_gateway_down(body: bytes) -> None:
    bench = Bench()
    reply = await bench.client.post(f"{ADDRESS}/router/rest", content=body)
    assert reply.status_code == 200
    await bench.client.aclose()


async def test_a_whole_shop_of_five_hundred_items_is_read_quickly(taobao: Bench) -> None:
    taobao.stock_with(*(mug(f"杯子{number}") for number in range(500)))
    started = time.perf_counter()
    assert len(await taobao.listings()) == 500
    assert time.perf_counter() - started < 5
