from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import respx

from mercer.core.clock import VirtualClock
from mercer.core.errors import (
    AuthExpired,
    PlatformError,
    ProtocolBroken,
    Rejected,
    Throttled,
    Transient,
    Unsupported,
)
from mercer.plugins.client import HttpClient
from mercer.plugins.jd.errors import business_error, error_of
from mercer.plugins.jd.settings import PRODUCTION, JdSettings
from mercer.plugins.jd.sp.wire import Call, SpApi, signed
from mercer.plugins.jd.wire import PARAMETERS, Jos, root_of, rows
from mercer.plugins.quota import MemoryLimiter
from mercer.plugins.signing import md5_signature
from mercer.plugins.transport import Transport

OFFICIAL = {
    PARAMETERS: '{"end_date":null,"optional_fields":null,"order_state":"WAIT_SELLER_STOCK_OUT",'
    '"page":"1","page_size":"200","start_date":null}',
    "access_token": "yourtoken",
    "app_key": "yourappkey",
    "method": "jingdong.pop.order.search",
    "timestamp": "2021-05-07 09:20:39.683+0800",
    "v": "2.0",
}
MORNING = "2026-01-02 03:04:05"
VECTORS = [
    (
        "jingdong.price.write.updateSkuJdPrice",
        MORNING,
        '{"jdPrice":"19.90","skuId":10054887745652}',
        {"access_token": "tok-123"},
        "9EB5F8080D5BF9AACCD9BDE2A8A724E7",
    ),
    (
        "jingdong.ware.write.updateWareTitle",
        MORNING,
        '{"title":"纯棉T恤","wareId":10020665903516}',
        {"access_token": "tok-123"},
        "93975C04A648989BB8A8E8F904DE9FC6",
    ),
    (
        "jingdong.ware.write.updateWareTitle",
        MORNING,
        '{"title":"\\u7eaf\\u68c9T\\u6064","wareId":10020665903516}',
        {"access_token": "tok-123"},
        "4C4643F889D8049DA67B12F4D83F49A3",
    ),
    (
        "jingdong.vender.shop.query",
        "2026-01-02 03:04:05.000+0800",
        "{}",
        {"access_token": "tok-123"},
        "93BC570A142F5341B0C3682832D1EFB1",
    ),
    ("jingdong.areas.province.get", MORNING, "{}", {}, "9BDA8819B844BC7D8024EC4E227D9783"),
    (
        "jingdong.areas.province.get",
        MORNING,
        "{}",
        {"format": "json"},
        "A829F8111100E2985B960ED7958776D9",
    ),
]
SP_HEADERS = {
    "X-JOS-App-Key": "AK1",
    "X-JOS-Access-Token": "tok-123",
    "X-JOS-Timestamp": "1767294245000",
}


def test_the_official_sample_has_its_published_signature() -> None:
    assert md5_signature(OFFICIAL, "yourappSecret") == "D70825340F4084360B9362B60DFD7930"


@pytest.mark.parametrize(("method", "timestamp", "business", "further", "sign"), VECTORS)
def test_a_signature_agrees_with_the_known_vectors(
    method: str, timestamp: str, business: str, further: dict[str, str], sign: str
) -> None:
    params = {
        "method": method,
        "timestamp": timestamp,
        PARAMETERS: business,
        "app_key": "AK1",
        "v": "2.0",
    }
    assert md5_signature(params | further, "SEC1") == sign


def test_the_newer_gateway_signs_headers_and_query_together() -> None:
    query = {"page": "1", "pageSize": "20", "scopeSet": "skuName,stockNum"}
    assert signed(SP_HEADERS, query, {}, "", "SEC1") == "05B7E6AC58AEFD718D6650EE1C853FBE"


def test_the_newer_gateway_signs_the_body_as_it_is_sent() -> None:
    body = '{"updateModel":"X","stockRfID":"r-1","putSkuStockList":[{"skuId":10054887745652,"stockNum":7}]}'
    assert signed(SP_HEADERS, {}, {}, body, "SEC1") == "E560D44940CA9701EAB11C77CE7A76E4"
    assert md5_signature({"a": "1", "b": "2"}, "secret") == "EF16F26C937CF52AE6F85DF2FD08B24A"


def test_an_empty_body_is_not_signed() -> None:
    bare = signed(SP_HEADERS, {}, {}, "", "SEC1")
    assert signed(SP_HEADERS, {}, {}, "{}", "SEC1") == bare
    assert signed(SP_HEADERS, {}, {}, '{"a":1}', "SEC1") != bare


def test_an_answer_stands_under_its_misspelt_root() -> None:
    assert root_of("jingdong.pop.order.search") == "jingdong_pop_order_search_responce"


@pytest.mark.parametrize("parent", [{}, {"x": None}, {"x": {}}, {"x": []}])
def test_an_empty_list_takes_many_forms(parent: dict[str, Any]) -> None:
    assert rows(parent, "x") == []


def test_a_list_of_something_else_breaks_the_contract() -> None:
    with pytest.raises(ProtocolBroken):
        rows({"x": [[{}]]}, "x")


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        ("2", "限制时间内调用失败次数", Throttled),
        ("19", "token已过期", AuthExpired),
        ("18", "", AuthExpired),
        ("21", "无效app_key", AuthExpired),
        ("12", "无效签名", AuthExpired),
        ("8", "非法的时间戳参数", AuthExpired),
        ("15", "不存在的方法名", Unsupported),
        ("2001", "", Unsupported),
        ("99904030005", "", Unsupported),
        ("67", "服务调用超时", Transient),
        ("67", "Service UNAVAILABLE", Transient),
        ("62", "", Rejected),
        ("", "", Rejected),
    ],
)
def test_an_error_is_told_by_what_can_be_done_about_it(
    code: str, words: str, kind: type[PlatformError]
) -> None:
    error = error_of(code, words, write=False)
    assert type(error) is kind
    assert (error.code, error.words) == (code, words)


def test_the_codes_of_a_business_are_not_the_gateways() -> None:
    assert type(business_error("2", "参数错误", write=True)) is Rejected
    assert type(business_error("19", "", write=True)) is Rejected
    for code, words in (("999999", ""), ("99999999", ""), ("1", "系统繁忙")):
        error = business_error(code, words, write=True)
        assert isinstance(error, Transient)
        assert error.in_doubt


# ---------------------------------------------------------------- requests


SECRETS = {"app_secret": "very-secret-app", "access_token": "very-secret-token"}


def _transport(client: httpx.AsyncClient, clock: VirtualClock) -> Transport:
    return Transport(HttpClient(client), MemoryLimiter(), clock, channel="shop", account="acme")


@pytest.fixture
async def jos() -> AsyncIterator[Jos]:
    settings = JdSettings.model_validate({"app_key": "1", **SECRETS})
    clock = VirtualClock()
    async with httpx.AsyncClient() as client:
        yield Jos(settings, _transport(client, clock), clock)


@pytest.fixture
async def api() -> AsyncIterator[SpApi]:
    settings = JdSettings.model_validate({"app_key": "1", "gateway": "sp-api", **SECRETS})
    clock = VirtualClock()
    async with httpx.AsyncClient() as client:
        yield SpApi(settings, _transport(client, clock), clock)


@contextmanager
def answering(body: object, *, status: int = 200, times: int = 1) -> Iterator[respx.Route]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with respx.mock() as router:
        replies = [httpx.Response(status, content=content)] * times
        yield router.route().mock(side_effect=replies)


SHOP = "jingdong.vender.shop.query"


async def test_a_request_carries_everything_in_its_body_and_is_signed(jos: Jos) -> None:
    with answering({root_of(SHOP): {"code": "0"}}) as route:
        await jos.call(SHOP, {"title": "纯棉", "skuId": 2**60, "nothing": None})
    request = route.calls.last.request
    params = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
    sign = params.pop("sign")
    assert str(request.url) == PRODUCTION["routerjson"]
    assert params[PARAMETERS] == '{"title":"纯棉","skuId":1152921504606846976}'
    assert params["timestamp"] == "2026-11-01 16:00:00"
    assert params.keys().isdisjoint({"format", "sign_method"})
    assert sign == md5_signature(params, SECRETS["app_secret"])


async def test_a_request_to_the_newer_gateway_has_no_secret_in_its_address(api: SpApi) -> None:
    call = Call("GET", "/sp-order/v0/orders/{orderId}", named={"orderId": "7"}, query={"a": "1,2"})
    with answering({"success": True, "data": {"orderId": 7}}) as route:
        answer = await api.call(call)
    request = route.calls.last.request
    assert answer.data == {"orderId": 7}
    assert str(request.url) == "https://api-cn.jd.com/rest/sp-order/v0/orders/7?a=1%2C2"
    assert request.headers["X-JOS-Request-Identity"] == "vender"
    told = {
        name: request.headers[name]
        for name in ("X-JOS-App-Key", "X-JOS-Access-Token", "X-JOS-Timestamp")
    }
    sign = signed(told, {"a": "1,2"}, {"orderId": "7"}, "", SECRETS["app_secret"])
    assert request.headers["X-JOS-Sign"] == sign


async def test_an_answer_of_the_newer_gateway_may_come_wrapped(api: SpApi) -> None:
    wrapped = {"Response": {"success": "true", "data": [], "paginationData": {"totalItems": 3}}}
    with answering(wrapped):
        assert (await api.call(Call("GET", "/x"))).page() == ([], 3)


async def test_the_newer_gateway_refuses_in_a_list_of_errors(api: SpApi) -> None:
    refusal = {"success": False, "errorList": [{"code": "19", "message": "very-secret-token!"}]}
    with answering(refusal), pytest.raises(AuthExpired) as caught:
        await api.call(Call("GET", "/x"))
    assert "very-secret" not in f"{caught.value} {caught.value.words}"


async def test_too_many_requests_are_throttled(api: SpApi) -> None:
    with answering({}, status=429, times=5), pytest.raises(Throttled):
        await api.call(Call("GET", "/x"))


async def test_ids_beyond_doubles_keep_all_their_digits(jos: Jos) -> None:
    with answering(b'{"jingdong_vender_shop_query_responce":{"skuId":2505071811223344557}}'):
        assert (await jos.call(SHOP))["skuId"] == 2505071811223344557


async def test_a_correctly_spelt_root_is_taken_too(jos: Jos) -> None:
    with answering({"jingdong_vender_shop_query_response": {"code": "0", "a": 1}}):
        assert (await jos.call(SHOP))["a"] == 1


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b"{}", b'{"other_responce":{}}', b'{"code":"0"}', b"[" * 100_000]
)
async def test_an_answer_that_is_no_answer_breaks_the_contract_of_a_read_and_leaves_a_write_in_doubt(
    jos: Jos, body: bytes
) -> None:
    with answering(body), pytest.raises(ProtocolBroken):
        await jos.call(SHOP)
    with answering(body), pytest.raises(Transient) as caught:
        await jos.call(SHOP, write=True)
    assert caught.value.in_doubt


async def test_any_http_status_but_200_is_transient(jos: Jos) -> None:
    with answering({}, status=502), pytest.raises(Transient) as caught:
        await jos.call(SHOP, write=True)
    assert caught.value.in_doubt


@pytest.mark.parametrize(
    "body",
    [
        {"error_response": {"zh_desc": "不", "en_desc": "no", "code": "62"}},
        {"code": "62", "errorMessage": "不 / no"},
        {root_of(SHOP): {"code": "62", "zh_desc": "不 / no"}},
    ],
)
async def test_a_refusal_is_read_wherever_it_stands(jos: Jos, body: object) -> None:
    with answering(body), pytest.raises(Rejected) as caught:
        await jos.call(SHOP)
    assert (caught.value.code, caught.value.words) == ("62", "不 / no")
    assert (caught.value.channel, caught.value.operation) == ("shop", SHOP)


@pytest.mark.parametrize("no", [False, "false"])
async def test_a_failure_inside_an_outer_success_is_a_refusal(jos: Jos, no: object) -> None:
    result = {"success": no, "chineseErrCode": "不行", "numberCode": 7}
    body = {root_of(SHOP): {"code": "0", "x": {"apiResult": result}}}
    with answering(body), pytest.raises(Rejected) as caught:
        await jos.call(SHOP, verdict="x.apiResult")
    assert (caught.value.code, caught.value.words) == ("7", "不行")


async def test_a_refused_token_is_not_repeated_in_the_error(jos: Jos) -> None:
    words = "token已过期或者不存在，请重新授权访问 very-secret-token"
    refusal = {"error_response": {"code": "19", "zh_desc": words, "en_desc": "Invalid"}}
    with answering(refusal), pytest.raises(AuthExpired) as caught:
        await jos.call(SHOP)
    told = f"{caught.value!r} {caught.value} {vars(caught.value)}"
    assert not any(secret in told for secret in SECRETS.values())
    assert "authorise" in caught.value.hint
