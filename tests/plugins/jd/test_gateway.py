from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.errors import AuthExpired, Rejected, Throttled, Unsupported
from mercer.plugins.beijing import beijing
from mercer.plugins.jd.sp.wire import Call
from mercer.plugins.jd.wire import PARAMETERS, node, rows
from mercer.plugins.signing import md5_signature
from mercer.plugins.simulation import FaultKind

from .bench import ADDRESS, Bench, mug, tee

SHOP = {"method": "jingdong.vender.shop.query"}


def sent(bench: Bench, params: dict[str, str], business: object = None) -> dict[str, str]:
    """What a client by another hand would send. An empty value takes a parameter out."""
    shop = bench.simulator.shop
    full = {
        "app_key": shop.app_key,
        "access_token": shop.access_token,
        "timestamp": beijing(bench.clock.now()),
        "v": "2.0",
        PARAMETERS: json.dumps(business or {}),
    } | params
    kept = {name: value for name, value in full.items() if value}
    return kept | {"sign": md5_signature(kept, shop.app_secret)}


async def answer(bench: Bench, params: dict[str, str]) -> httpx.Response:
    return await bench.client.post(f"{ADDRESS}/routerjson", data=params)


async def failure(bench: Bench, params: dict[str, str]) -> str:
    reply = await answer(bench, params)
    assert reply.status_code == 200
    return str(reply.json()["error_response"]["code"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": ""}, "14"),
        ({"method": "jingdong.vender.shop.Query"}, "15"),
        ({"v": ""}, "4"),
        ({"v": "3.0"}, "5"),
        ({"timestamp": ""}, "7"),
        ({"timestamp": "yesterday"}, "8"),
        ({"timestamp": "2026-11-01 16:06:01"}, "8"),
        ({"timestamp": "2026-11-01 08:00:00"}, "8"),
        ({"app_key": ""}, "20"),
        ({"app_key": "1"}, "21"),
        ({"access_token": ""}, "18"),
        ({"access_token": "stranger"}, "19"),
    ],
)
async def test_each_check_has_its_code(jd: Bench, change: dict[str, str], code: str) -> None:
    assert await failure(jd, sent(jd, SHOP | change)) == code


async def test_a_missing_or_altered_signature_is_refused(jd: Bench) -> None:
    params = sent(jd, SHOP)
    assert await failure(jd, params | {"extra": "1"}) == "12"
    assert await failure(jd, params | {"sign": ""}) == "11"


async def test_query_and_form_are_merged_and_a_zone_of_its_own_is_taken(jd: Bench) -> None:
    stamp = beijing(jd.clock.now()) + ".000+0800"
    params = sent(jd, SHOP | {"timestamp": stamp})
    query = {name: params.pop(name) for name in ("app_key", "method", "sign")}
    reply = await jd.client.post(f"{ADDRESS}/routerjson?{urlencode(query)}", data=params)
    assert "jingdong_vender_shop_query_responce" in reply.json()
    elsewhere = sent(jd, SHOP | {"timestamp": "2026-11-01 08:00:00.000+0000"})
    reply = await jd.client.get(f"{ADDRESS}/routerjson", params=elsewhere)
    assert "jingdong_vender_shop_query_responce" in reply.json()


async def test_a_public_call_needs_no_token(jd: Bench) -> None:
    params = sent(jd, {"method": "jingdong.areas.province.get", "access_token": ""})
    assert "jingdong_areas_province_get_responce" in (await answer(jd, params)).json()


async def test_a_refused_token_is_repeated_by_the_platform(jd: Bench) -> None:
    reply = await answer(jd, sent(jd, SHOP | {"access_token": "stranger"}))
    assert "stranger" in reply.json()["error_response"]["zh_desc"]


async def test_keys_that_a_call_does_not_know_are_ignored_without_a_word(jd: Bench) -> None:
    jd.stock_with(*(mug(f"杯子{number}") for number in range(40)))
    body = await jd.jos().call("jingdong.sku.read.searchSkuList", {"pageSize": 5, "page": 2})
    page = node(body, "page")
    assert (page["pageNo"], page["pageSize"], len(page["data"])) == (1, 30, 30)
    body = await jd.jos().call("jingdong.sku.read.searchSkuList", {"page_size": 5, "pageNo": 2})
    page = node(body, "page")
    assert (page["pageNo"], page["pageSize"], len(page["data"])) == (2, 5, 5)


async def test_ids_come_joined_or_as_an_array(jd: Bench) -> None:
    jd.stock_with(mug("甲"), mug("乙"), mug("丙"))
    wanted = [str(ware) for ware in jd.simulator.shop.wares][:2]
    for form in (",".join(wanted), [int(ware) for ware in wanted]):
        body = await jd.jos().call(
            "jingdong.ware.read.searchWare4Valid", {"wareId": form, "field": "wareId"}
        )
        found = {str(row["wareId"]) for row in rows(node(body, "page"), "data")}
        assert found == set(wanted)


async def test_only_the_columns_that_were_asked_for_come_back(jd: Bench) -> None:
    jd.stock_with(mug())
    body = await jd.jos().call("jingdong.ware.read.searchWare4Valid", {"field": "title,jdPrice"})
    (row,) = rows(node(body, "page"), "data")
    assert row.keys() == {"title", "jdPrice"}


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("jingdong.ware.read.searchWare4Valid", {"pageSize": 51}),
        ("jingdong.ware.read.searchWare4Valid", {"pageNo": 0}),
        ("jingdong.ware.read.searchWare4Valid", {"wareId": ",".join("1" * 21)}),
        ("jingdong.ware.read.searchWare4Valid", {"startCreatedTime": "yesterday"}),
        ("jingdong.price.write.updateSkuJdPrice", {"skuId": 1, "jdPrice": "9.99"}),
        ("jingdong.ware.write.upOrDown", {"wareId": 1, "opType": 1}),
        ("jingdong.ware.stock.sku.set", {"skuId": 1, "stockNum": 7}),
        ("jingdong.ware.stock.sku.set", {"req": {"updateModel": "delta", "skuStocks": []}}),
        ("jingdong.pop.order.search", {"order_state": "ALL", "optional_fields": ""}),
        (
            "jingdong.pop.order.search",
            {
                "order_state": "ALL",
                "optional_fields": "orderId",
                "start_date": "2026-09-01 00:00:00",
                "end_date": "2026-10-03 00:00:00",
            },
        ),
        (
            "jingdong.pop.order.search",
            {
                "order_state": "ALL",
                "optional_fields": "orderId",
                "start_date": "2026-09-01 00:00:00",
                "end_date": "2026-09-03 00:00:00",
                "page_size": "101",
            },
        ),
        ("jingdong.pop.order.get", {"order_id": "9" * 99, "optional_fields": "orderId"}),
    ],
)
async def test_limits_and_bad_arguments_are_refused(
    jd: Bench, method: str, params: dict[str, Any]
) -> None:
    with pytest.raises(Rejected):
        await jd.jos().call(method, params)


@pytest.mark.parametrize("business", ["", "[1]", "{", '{"a":NaN', "[" * 5000])
async def test_parameters_that_are_no_object_are_refused(jd: Bench, business: str) -> None:
    params = sent(jd, SHOP | {PARAMETERS: business})
    document = (await answer(jd, params)).json()
    assert ("error_response" in document) is bool(business)


@given(st.binary(max_size=300))
async def test_no_body_brings_the_gateway_down(body: bytes) -> None:
    bench = Bench()
    reply = await bench.client.post(f"{ADDRESS}/routerjson", content=body)
    assert reply.status_code == 200
    await bench.client.aclose()


# ---------------------------------------------------------------- the newer gateway


async def test_the_newer_gateway_checks_its_signature_over_all_that_is_sent(sp: Bench) -> None:
    for change in ({"app_secret": "wrong"}, {"access_token": "wrong"}, {"app_key": "wrong"}):
        with pytest.raises(AuthExpired) as caught:
            await sp.connected(**change).read_back(["1"])
        assert caught.value.hint
    assert await sp.adapter.read_back(["1"]) == []


async def test_the_newer_gateway_refuses_a_clock_that_is_off(sp: Bench) -> None:
    reply = await sp.client.get(
        f"{ADDRESS}/rest/sp-seller/v0/venderinfo", headers={"X-JOS-Timestamp": "1767294245000"}
    )
    assert reply.json()["success"] is False
    assert reply.json()["errorList"][0]["code"] == "8"


async def test_an_order_is_shipped_in_a_package_through_the_newer_gateway(sp: Bench) -> None:
    sp.stock_with(mug())
    order_id = sp.simulator.order([("杯子-code", 1)])
    package = {"companyId": 467, "waybillCode": "SF1"}
    call = Call(
        "POST",
        "/sp-order/v0/orders/{orderId}/shipments",
        named={"orderId": order_id},
        body={"orderShipmentDTO": {"packageInfoList": [package]}},
    )
    await sp.sp().call(call, write=True)
    assert sp.simulator.placed(order_id).waybill == "SF1"
    with pytest.raises(Rejected, match="状态"):
        await sp.sp().call(call, write=True)


# ---------------------------------------------------------------- through the adapter


async def test_a_wrong_secret_says_which_settings_to_check(either: Bench) -> None:
    with pytest.raises(AuthExpired) as caught:
        await either.connected(app_secret="wrong").read_back(["1"])
    assert "app_secret" in caught.value.hint


async def test_an_ended_token_stops_the_channel_until_a_person_authorises(either: Bench) -> None:
    either.simulator.shop.token_ends = either.clock.now() + timedelta(days=1)
    assert await either.adapter.read_back(["1"]) == []
    either.clock.advance(24 * 3600)
    with pytest.raises(AuthExpired) as caught:
        await either.adapter.read_back(["1"])
    assert "authorise" in caught.value.hint
    assert either.simulator.shop.access_token not in str(caught.value)


async def test_a_missing_permission_package_is_unsupported(jd: Bench) -> None:
    jd.simulator.shop.denied.add("jingdong.pop.order.get")
    with pytest.raises(Unsupported) as caught:
        await jd.adapter.read_order("1")
    assert "permission package" in caught.value.hint


async def test_too_many_calls_are_slowed_down_until_they_pass(jd: Bench) -> None:
    jd.stock_with(*(mug(f"杯子{number}") for number in range(60)))
    jd.simulator.shop.flow.rate = 1.0
    before = jd.clock.now()
    assert len(await jd.listings()) == 60
    assert jd.clock.now() > before + timedelta(seconds=2)


async def test_a_used_up_day_ends_in_a_refusal_and_the_next_day_goes_on(jd: Bench) -> None:
    jd.simulator.shop.flow.daily = 2
    await jd.adapter.read_back(["1"])
    with pytest.raises(Throttled):
        await jd.adapter.read_back(["1"])
    jd.clock.advance(24 * 3600)
    assert await jd.adapter.read_back(["1"]) == []


async def test_the_account_stays_within_five_calls_a_second(jd: Bench) -> None:
    jd.stock_with(tee(S=("99.00", 5)))
    before = jd.clock.now()
    for _ in range(60):
        await jd.adapter.read_order("1")
    assert jd.clock.now() - before >= timedelta(seconds=10)


async def test_reading_survives_every_fault_that_passes(either: Bench) -> None:
    either.stock_with(*(mug(f"杯子{number}") for number in range(60)))
    for kind in (
        FaultKind.THROTTLE,
        FaultKind.ERROR_BEFORE,
        FaultKind.ERROR_AFTER,
        FaultKind.TIMEOUT,
    ):
        either.fault(kind)
    assert len(await either.listings()) == 60


# ---------------------------------------------------------------- renewing the token


async def test_a_token_is_renewed_only_within_a_day_before_its_end(jd: Bench) -> None:
    shop = jd.simulator.shop
    shop.token_ends = jd.clock.now() + timedelta(days=2)
    params = {
        "app_key": shop.app_key,
        "app_secret": shop.app_secret,
        "grant_type": "refresh_token",
        "refresh_token": shop.refresh_token,
    }

    async def asked() -> dict[str, Any]:
        reply = await jd.client.post(f"{ADDRESS}/oauth2/refresh_token", data=params)
        body: dict[str, Any] = reply.json()
        return body

    early = await asked()
    assert early.keys() == {"code", "msg", "requestId"}
    jd.clock.advance(36 * 3600)
    old = shop.access_token
    renewed = await asked()
    assert renewed["code"] == 0
    assert renewed["access_token"] == shop.access_token != old
    assert renewed["refresh_token"] == shop.refresh_token != params["refresh_token"]
    assert (await asked())["code"] != 0
    params["refresh_token"] = shop.refresh_token
    jd.clock.advance(366 * 24 * 3600)
    assert (await asked())["code"] != 0
