from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

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
from mercer.plugins.beijing import beijing, utc
from mercer.plugins.client import HttpClient
from mercer.plugins.quota import MemoryLimiter
from mercer.plugins.taobao.errors import error_of
from mercer.plugins.taobao.settings import PRODUCTION, SignMethod, TaobaoSettings
from mercer.plugins.taobao.wire import Top, root_of, rows, signature
from mercer.plugins.transport import Transport

OFFICIAL = {
    "app_key": "12345678",
    "fields": "num_iid,title,nick,price,num",
    "format": "json",
    "method": "taobao.item.seller.get",
    "num_iid": "11223344",
    "session": "test",
    "timestamp": "2016-01-01 12:00:00",
    "v": "2.0",
}
OLDER = {
    "app_key": "test",
    "fields": "nick,location.state,location.city",
    "format": "xml",
    "method": "taobao.user.get",
    "nick": "商家测试帐号17",
    "timestamp": "2011-07-01 13: 52:03",
    "v": "2.0",
}
CHINESE = {
    "app_key": "10000001",
    "flag": "1",
    "format": "json",
    "memo": "加急 50% & 验收",
    "method": "taobao.trade.memo.update",
    "session": "6100000demo0session",
    "simplify": "true",
    "tid": "2505071811223344556",
    "timestamp": "2025-01-02 03:04:05",
    "v": "2.0",
}
UNDERSCORE = {"foo_bar": "3", "foo": "1", "foobar": "4", "bar": "2"}

VECTORS: list[tuple[dict[str, str], str, SignMethod, str]] = [
    (OFFICIAL, "helloworld", "md5", "66987CB115214E59E6EC978214934FB8"),
    (OFFICIAL, "helloworld", "hmac", "D56D7858309C31B6251083A874D48273"),
    (
        OFFICIAL,
        "helloworld",
        "hmac-sha256",
        "04DB15AD0774D5CFCE2C837DE43E3FCEA9011ED74F3038FB6AB5F3C4CEA119E8",
    ),
    (OLDER, "test", "md5", "990FD28323F67A1EEC29336EDF373C0E"),
    (CHINESE, "0123456789abcdef" * 2, "md5", "32778582B946E063060D401B41E4E4E7"),
    (CHINESE, "0123456789abcdef" * 2, "hmac", "A34CBADBB7283396BEE7AC5853F7520D"),
    (
        CHINESE,
        "0123456789abcdef" * 2,
        "hmac-sha256",
        "7FE5D57FBEB42EEBE23068671BB8055422293626174235BFA9F9B175E1D1DDC6",
    ),
]
BARE_VECTORS: list[tuple[SignMethod, str]] = [
    ("md5", "5AAF1C690262A24768F5478B084C2C8A"),
    ("hmac", "E687005F819D6F9E6ED085311C8ACC75"),
    ("hmac-sha256", "339676BF36C50A8BD3D8F6B4A81B2F9AA614B05BFCFEBEFC169CB830D6B77D3B"),
]


@pytest.mark.parametrize(("params", "secret", "method", "expected"), VECTORS)
def test_a_signature_agrees_with_the_known_vectors(
    params: dict[str, str], secret: str, method: SignMethod, expected: str
) -> None:
    assert signature(params | {"sign_method": method}, secret, method) == expected


@pytest.mark.parametrize(("method", "expected"), BARE_VECTORS)
def test_names_are_signed_in_byte_order_with_the_underscore_before_letters(
    method: SignMethod, expected: str
) -> None:
    assert signature(UNDERSCORE, "helloworld", method) == expected


@given(st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1)))  # noqa: DTZ001
def test_beijing_time_and_back_is_the_same_second(moment: datetime) -> None:
    whole = moment.replace(microsecond=0, tzinfo=UTC)
    assert utc(beijing(whole)) == whole


def test_beijing_is_eight_hours_ahead() -> None:
    assert beijing(datetime(2026, 11, 1, 20, 0, 5, 999, tzinfo=UTC)) == "2026-11-02 04:00:05"


def test_only_the_taobao_prefix_leaves_the_root_of_an_answer() -> None:
    assert root_of("taobao.skus.quantity.update") == "skus_quantity_update_response"
    assert root_of("tmall.item.price.update") == "tmall_item_price_update_response"


@pytest.mark.parametrize(
    "parent",
    [
        {"items": {"item": [{"a": 1}]}},
        {"items": {"item": {"a": 1}}},
        {"items": [{"a": 1}]},
    ],
)
def test_a_list_is_found_wrapped_bare_or_single(parent: dict[str, Any]) -> None:
    assert rows(parent, "items", "item") == [{"a": 1}]


@pytest.mark.parametrize("parent", [{}, {"items": {}}, {"items": None}, {"items": {"item": []}}])
def test_an_empty_list_may_be_missing_altogether(parent: dict[str, Any]) -> None:
    assert rows(parent, "items", "item") == []


def test_a_list_of_something_else_breaks_the_contract() -> None:
    with pytest.raises(ProtocolBroken):
        rows({"items": {"item": ["x"]}}, "items", "item")


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ({"code": 7, "sub_code": "accesscontrol.limited-by-app-access-count"}, Throttled),
        ({"code": 4}, Throttled),
        ({"code": 15, "sub_code": "isp.call-limited"}, Throttled),
        ({"code": 520, "sub_code": "isv.trade-service-rejection"}, Throttled),
        ({"code": 26}, AuthExpired),
        ({"code": 27, "sub_code": "session-expired"}, AuthExpired),
        ({"code": 42}, AuthExpired),
        ({"code": 44}, AuthExpired),
        ({"code": 25}, AuthExpired),
        ({"code": 29}, AuthExpired),
        ({"code": 31}, AuthExpired),
        ({"code": 11, "sub_code": "isv.permission-api-package-empty"}, Unsupported),
        ({"code": 22}, Unsupported),
        ({"code": 10}, Transient),
        ({"code": 15}, Transient),
        ({"code": 15, "sub_code": "isp.top-remote-connection-timeout-tmall"}, Transient),
        ({"code": 50, "sub_code": "isp.item-update-service-error:GENERIC_FAILURE"}, Transient),
        ({"code": 530, "sub_code": "isv.x", "sub_msg": "库存中心服务正忙，请稍后再试"}, Transient),
        ({"code": 15, "sub_code": "isp.item-update-service-error:OTHER"}, Rejected),
        ({"code": 15, "sub_code": "isp.top-parse-error"}, Rejected),
        ({"code": 15, "sub_code": "isv.trade-not-exist"}, Rejected),
        ({"code": 40}, Rejected),
        ({"code": "what?"}, Rejected),
        ({}, Rejected),
    ],
)
def test_an_error_is_told_by_what_can_be_done_about_it(
    payload: dict[str, Any], kind: type[PlatformError]
) -> None:
    assert type(error_of({"msg": "x", **payload}, write=False)) is kind


@pytest.mark.parametrize(("words", "delay"), [("1", 2.0), ("31062", 31063.0)])
def test_a_ban_is_waited_out_for_a_second_more_than_told(words: str, delay: float) -> None:
    payload = {"code": 7, "sub_msg": f"This ban will last for {words} more seconds"}
    error = error_of(payload, write=True)
    assert isinstance(error, Throttled)
    assert error.delay == delay


def test_a_ban_of_one_api_leaves_the_others_alone() -> None:
    one = error_of(
        {"code": 7, "sub_code": "accesscontrol.limited-by-app-api-access-count"}, write=False
    )
    all_apis = error_of(
        {"code": 7, "sub_code": "accesscontrol.limited-by-app-access-count"}, write=False
    )
    assert isinstance(one, Throttled)
    assert isinstance(all_apis, Throttled)
    assert (one.shared, all_apis.shared) == (False, True)


def test_a_failed_write_is_in_doubt_and_a_failed_read_is_not() -> None:
    payload = {"code": 15, "sub_code": "isp.remote-service-timeout"}
    doubts = [error_of(payload, write=write) for write in (True, False)]
    assert [error.in_doubt for error in doubts if isinstance(error, Transient)] == [True, False]


def test_words_lose_their_entities_and_codes_their_tmall_suffix() -> None:
    payload = {
        "code": 15,
        "sub_code": "isv.some-error-tmall",
        "sub_msg": "you don&apos;t own it",
        "request_id": "r1",
    }
    error = error_of(payload, write=False)
    assert (error.code, error.words, error.request_id) == (
        "isv.some-error",
        "you don't own it",
        "r1",
    )


def test_an_expired_session_says_that_a_person_must_authorise_again() -> None:
    assert "authorise" in error_of({"code": 27}, write=False).hint


# ---------------------------------------------------------------- requests


SECRETS = {"app_secret": "very-secret-app", "session": "very-secret-session"}


@pytest.fixture
async def top() -> AsyncIterator[Top]:
    settings = TaobaoSettings.model_validate({"app_key": "1", "seller_type": "C", **SECRETS})
    clock = VirtualClock()
    async with httpx.AsyncClient() as client:
        transport = Transport(
            HttpClient(client), MemoryLimiter(), clock, channel="shop", account="acme"
        )
        yield Top(settings, transport, clock)


@contextmanager
def answering(*bodies: object, status: int = 200) -> Iterator[respx.Route]:
    with respx.mock() as router:
        replies = [httpx.Response(status, content=_bytes(body)) for body in bodies]
        yield router.post(PRODUCTION).mock(side_effect=replies)


def _bytes(body: object) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


async def test_a_request_carries_everything_in_its_body_and_is_signed(top: Top) -> None:
    with answering({"item_seller_get_response": {"item": {}}}) as route:
        await top.call("taobao.item.seller.get", {"num_iid": "1", "fields": "title", "q": ""})
    request = route.calls.last.request
    params = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
    sign = params.pop("sign")
    assert request.url.query == b""
    assert "q" not in params
    assert params["format"] == "json"
    assert params["timestamp"] == "2026-11-01 16:00:00"
    assert "simplify" not in params
    assert sign == signature(params, SECRETS["app_secret"], "hmac-sha256")


async def test_the_time_is_asked_for_without_the_session(top: Top) -> None:
    with answering({"time_get_response": {"time": "2026-11-01 16:00:00"}}) as route:
        await top.call("taobao.time.get")
    assert b"session" not in route.calls.last.request.content


async def test_ids_beyond_doubles_keep_all_their_digits(top: Top) -> None:
    with answering(b'{"trade_fullinfo_get_response":{"trade":{"tid":2505071811223344557}}}'):
        body = await top.call("taobao.trade.fullinfo.get")
    assert body["trade"]["tid"] == 2505071811223344557


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"other_response":{}}'])
async def test_an_answer_that_is_no_answer_breaks_the_contract_of_a_read(
    top: Top, body: bytes
) -> None:
    with answering(body), pytest.raises(ProtocolBroken):
        await top.call("taobao.time.get")


async def test_an_answer_that_is_no_answer_leaves_a_write_in_doubt(top: Top) -> None:
    with answering(b"<html>"), pytest.raises(Transient) as caught:
        await top.call("taobao.item.update.delisting", {"num_iid": "1"}, write=True)
    assert caught.value.in_doubt


async def test_any_http_status_but_200_is_transient(top: Top) -> None:
    with answering({}, status=502), pytest.raises(Transient) as caught:
        await top.call("taobao.item.update.delisting", {"num_iid": "1"}, write=True)
    assert caught.value.in_doubt


async def test_a_refusal_shows_no_secret(top: Top) -> None:
    refusal = {"error_response": {"code": 27, "msg": "Invalid session"}}
    with answering(refusal), pytest.raises(AuthExpired) as caught:
        await top.call("taobao.user.seller.get")
    told = f"{caught.value!r} {caught.value} {vars(caught.value)}"
    assert not any(secret in told for secret in SECRETS.values())
