"""The one way out, against a platform on the wire that answers as each test says."""

from __future__ import annotations

import asyncio
import gzip
import logging
import random
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest
import respx

from mercer.core.clock import VirtualClock
from mercer.core.contract import Quota
from mercer.core.errors import (
    PlatformError,
    ProtocolBroken,
    Rejected,
    Throttled,
    Transient,
)
from mercer.core.quota import NEEDED, POLL, working
from mercer.core.waiting import waiting_by
from mercer.plugins import client as client_module
from mercer.plugins.client import HttpClient
from mercer.plugins.quota import MemoryLimiter
from mercer.plugins.transport import Operation, Reply, Request, Transport

ADDRESS = "https://shop.example/api"
SECRET = "tk-3f9a17c2"
CALLS = Quota("calls", rate=1.0, burst=2.0)
READ = Operation("item.get", {}, repeatable=True)
WRITE = Operation("item.update", {}, repeatable=False)
COUNTED = Operation("item.get", {"calls": 1.0}, repeatable=True)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


Connect = Callable[..., Transport]


@pytest.fixture
def connect(client: httpx.AsyncClient, clock: VirtualClock) -> Connect:
    """Channels of one world: they share the limiter, and an account's quota where it is the same."""
    limiter = MemoryLimiter()

    def connect(channel: str = "tmall", account: str = "lin") -> Transport:
        made = Transport(
            HttpClient(client),
            limiter,
            clock,
            channel=channel,
            account=account,
            rng=random.Random(1),
        )
        made.declare([CALLS])
        return made

    return connect


@pytest.fixture
def transport(connect: Connect) -> Transport:
    return connect()


def request() -> Request:
    return Request(
        "POST",
        ADDRESS,
        headers={"Authorization": SECRET},
        params={"session": SECRET},
        content=f'{{"token": "{SECRET}"}}'.encode(),
    )


def text(reply: Reply) -> str:
    if reply.status == 429:
        delay = reply.headers.get("retry-after")
        raise Throttled("too many requests", delay=float(delay) if delay else None)
    if reply.status == 503:
        raise Transient("unavailable", in_doubt=False)
    if reply.status == 400:
        raise Rejected("refused", code="isv.bad-title", words="标题违规")
    return reply.content.decode()


def request_id(reply: Reply) -> str:
    return reply.headers.get("x-request-id", "")


def elapsed(clock: VirtualClock) -> float:
    return (clock.now() - VirtualClock().now()).total_seconds()


async def failure(transport: Transport, operation: Operation = READ, **rest: Any) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await transport.call(operation, rest.pop("prepare", request), text, request_id)
    return caught.value


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    own = [record for record in caplog.records if record.name == "mercer.transport"]
    keys = ["channel", "operation", "attempt", "status", "bytes", "error", "code", "request_id"]
    return [{key: getattr(record, key) for key in keys} for record in own]


class TestSending:
    async def test_a_reply_is_what_interpret_makes_of_it(
        self, transport: Transport, respx_mock: respx.MockRouter
    ) -> None:
        respx_mock.post(ADDRESS).respond(200, text="你好", headers={"X-Request-Id": "r1"})
        seen: list[Reply] = []

        def interpret(reply: Reply) -> str:
            seen.append(reply)
            return text(reply)

        assert await transport.call(READ, request, interpret) == "你好"
        assert seen[0].status == 200
        assert seen[0].headers["x-request-id"] == "r1"

    async def test_what_was_prepared_is_what_arrives(
        self, transport: Transport, respx_mock: respx.MockRouter
    ) -> None:
        route = respx_mock.post(ADDRESS).respond(200)
        await transport.call(READ, request, text)
        sent = route.calls.last.request
        assert sent.headers["authorization"] == SECRET
        assert sent.url.params["session"] == SECRET
        assert sent.content == request().content

    async def test_a_file_goes_as_multipart_behind_its_form(
        self, transport: Transport, respx_mock: respx.MockRouter
    ) -> None:
        route = respx_mock.post(ADDRESS).respond(200)
        upload = Request(
            "POST", ADDRESS, form={"key": "k1"}, files={"file": ("a.jsonl", b"{}", "text/jsonl")}
        )
        await transport.call(READ, lambda: upload, text)
        sent = route.calls.last.request
        assert sent.headers["content-type"].startswith("multipart/form-data; boundary=")
        assert sent.content.index(b'name="key"') < sent.content.index(b'filename="a.jsonl"')
        assert b"Content-Type: text/jsonl\r\n\r\n{}" in sent.content

    async def test_a_request_is_made_anew_for_every_attempt(
        self, transport: Transport, clock: VirtualClock, respx_mock: respx.MockRouter
    ) -> None:
        """Signatures carry the time, and platforms refuse an old one."""
        route = respx_mock.get(ADDRESS)
        route.side_effect = [httpx.Response(503), httpx.Response(200)]

        def prepare() -> Request:
            return Request("GET", ADDRESS, headers={"x-time": clock.now().isoformat()})

        await transport.call(READ, prepare, text)
        times = [call.request.headers["x-time"] for call in route.calls]
        assert times[0] < times[1]

    async def test_an_error_is_placed_at_its_channel_and_operation(
        self, transport: Transport, respx_mock: respx.MockRouter
    ) -> None:
        respx_mock.post(ADDRESS).respond(400)
        error = await failure(transport, WRITE)
        assert (error.channel, error.operation) == ("tmall", "item.update")
        assert (error.code, error.words) == ("isv.bad-title", "标题违规")

    async def test_a_place_that_is_already_known_is_kept(
        self, transport: Transport, respx_mock: respx.MockRouter
    ) -> None:
        respx_mock.post(ADDRESS).respond(200)

        def interpret(_: Reply) -> str:
            raise Rejected("refused", channel="other", operation="item.sku.update")

        with pytest.raises(Rejected) as caught:
            await transport.call(READ, request, interpret)
        assert (caught.value.channel, caught.value.operation) == ("other", "item.sku.update")


class TestDoubt:
    @pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
    async def test_a_request_that_never_left_is_sent_again_even_if_it_writes(
        self, transport: Transport, respx_mock: respx.MockRouter, error: type[Exception]
    ) -> None:
        respx_mock.post(ADDRESS).side_effect = [error("x"), httpx.Response(200, text="done")]
        assert await transport.call(WRITE, request, text) == "done"

    @pytest.mark.parametrize(
        "error",
        [
            httpx.ReadTimeout,
            httpx.WriteTimeout,
            httpx.ReadError,
            httpx.WriteError,
            httpx.RemoteProtocolError,
        ],
    )
    async def test_a_write_without_an_answer_is_in_doubt_and_not_sent_again(
        self, transport: Transport, respx_mock: respx.MockRouter, error: type[Exception]
    ) -> None:
        route = respx_mock.post(ADDRESS)
        route.side_effect = error(f"while sending {SECRET}")
        caught = await failure(transport, WRITE)
        assert isinstance(caught, Transient)
        assert caught.in_doubt
        assert caught.message == f"no answer to item.update ({error.__name__})"
        assert caught.hint == "check the network and the channel's address: mercer doctor"
        assert route.call_count == 1

    async def test_a_read_without_an_answer_is_sent_again(
        self, transport: Transport, respx_mock: respx.MockRouter
    ) -> None:
        respx_mock.post(ADDRESS).side_effect = [httpx.ReadTimeout("x"), httpx.Response(200)]
        assert await transport.call(READ, request, text) == ""

    async def test_a_reply_that_cannot_be_unpacked_leaves_a_write_in_doubt(
        self, transport: Transport, respx_mock: respx.MockRouter
    ) -> None:
        respx_mock.post(ADDRESS).respond(
            200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"not gzip")
        )
        caught = await failure(transport, WRITE)
        assert isinstance(caught, Transient)
        assert caught.in_doubt

    async def test_nobody_listening_is_not_in_doubt(
        self, transport: Transport, unused_tcp_port: int
    ) -> None:
        nowhere = Request("GET", f"http://127.0.0.1:{unused_tcp_port}/")
        caught = await failure(transport, WRITE, prepare=lambda: nowhere)
        assert isinstance(caught, Transient)
        assert not caught.in_doubt
        assert "ConnectError" in caught.message

    async def test_a_connection_that_drops_after_the_request_is_in_doubt(
        self, transport: Transport
    ) -> None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.close()

        async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            there = Request("GET", f"http://127.0.0.1:{port}/")
            caught = await failure(transport, WRITE, prepare=lambda: there)
        assert isinstance(caught, Transient)
        assert caught.in_doubt

    @pytest.mark.parametrize(
        "unfit",
        [
            Request("GET", "shop.example/api"),
            Request("GET", "ftp://shop.example/api"),
            Request("GET", "https://shop.example:port/"),
            Request("GET", ADDRESS, headers={"Authorization": f"{SECRET}。"}),
        ],
        ids=["no scheme", "not http", "no port", "not ascii in a header"],
    )
    async def test_what_cannot_be_put_on_the_wire_says_so_at_once(
        self, transport: Transport, clock: VirtualClock, unfit: Request
    ) -> None:
        caught = await failure(transport, READ, prepare=lambda: unfit)
        assert isinstance(caught, ProtocolBroken)
        assert caught.message == "the address or a header of the request cannot be sent"
        assert "check the channel's address and secrets" in caught.hint
        assert SECRET not in "".join(traceback.format_exception(caught))
        assert elapsed(clock) == 0

    async def test_a_line_break_in_a_secret_says_so_without_showing_it(
        self, transport: Transport
    ) -> None:
        async def nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        async with await asyncio.start_server(nothing, "127.0.0.1", 0) as server:
            address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            unfit = Request("GET", address, headers={"Authorization": f"{SECRET}\nx"})
            caught = await failure(transport, WRITE, prepare=lambda: unfit)
        assert isinstance(caught, ProtocolBroken)
        assert SECRET not in "".join(traceback.format_exception(caught))


class TestLargeReplies:
    async def test_a_reply_of_the_largest_size_is_read_whole_and_one_byte_more_is_not(
        self,
        transport: Transport,
        respx_mock: respx.MockRouter,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(client_module, "LARGEST_REPLY", 1 << 20)
        route = respx_mock.post(ADDRESS)
        route.respond(200, content=b"x" * (1 << 20))
        assert len(await transport.call(READ, request, text)) == 1 << 20
        route.respond(200, content=b"x" * ((1 << 20) + 1))
        caught = await failure(transport)
        assert isinstance(caught, ProtocolBroken)
        assert caught.message == "a reply of more than 1 MiB"
        assert caught.operation == "item.get"

    async def test_a_small_parcel_does_not_unpack_into_a_flood(
        self,
        transport: Transport,
        respx_mock: respx.MockRouter,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(client_module, "LARGEST_REPLY", 1 << 20)
        parcel = gzip.compress(bytes(8 << 20))
        assert len(parcel) < 1 << 16
        respx_mock.post(ADDRESS).respond(
            200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(parcel)
        )
        assert isinstance(await failure(transport), ProtocolBroken)


class TestQuota:
    async def test_requests_wait_for_the_quota(
        self, transport: Transport, clock: VirtualClock, respx_mock: respx.MockRouter
    ) -> None:
        respx_mock.post(ADDRESS).respond(200)
        for _ in range(5):
            await transport.call(COUNTED, request, text)
        assert elapsed(clock) == pytest.approx(3.0, abs=1e-3)

    async def test_channels_of_one_account_share_its_quota_and_others_do_not(
        self, connect: Connect, clock: VirtualClock, respx_mock: respx.MockRouter
    ) -> None:
        respx_mock.post(ADDRESS).respond(200)
        for account in ("lin", "lin", "wu", "wu"):
            await connect("any", account).call(COUNTED, request, text)
        assert elapsed(clock) == 0
        await connect("amazon-de", "lin").call(COUNTED, request, text)
        assert elapsed(clock) == pytest.approx(1.0, abs=1e-3)

    async def test_a_used_up_quota_is_not_waited_out_and_nothing_is_sent(
        self, transport: Transport, clock: VirtualClock, respx_mock: respx.MockRouter
    ) -> None:
        transport.report(Quota("calls", rate=0.01, burst=2.0), available=0.0)
        caught = await failure(transport, COUNTED)
        assert isinstance(caught, Throttled)
        assert caught.delay == pytest.approx(100)
        assert caught.message == "the quota of account lin is used up for 100 s"
        assert caught.hint == "run again later; nothing was sent"
        assert (caught.channel, caught.operation) == ("tmall", "item.get")
        assert respx_mock.calls.call_count == 0
        assert elapsed(clock) == 0

    async def test_what_stock_rests_on_is_waited_for_as_long_as_the_quota_needs(
        self, transport: Transport, clock: VirtualClock, respx_mock: respx.MockRouter
    ) -> None:
        respx_mock.post(ADDRESS).respond(200, text="done")
        transport.report(Quota("calls", rate=1 / 180, burst=2.0), available=0.0)
        with working(NEEDED):
            assert await transport.call(COUNTED, request, text) == "done"
        assert elapsed(clock) == pytest.approx(180, abs=1e-3)

    async def test_a_look_that_may_be_put_off_is_where_it_would_wait_or_take_the_reserve(
        self, transport: Transport, clock: VirtualClock, respx_mock: respx.MockRouter
    ) -> None:
        respx_mock.post(ADDRESS).respond(200, text="done")
        transport.report(Quota("calls", rate=1 / 180, burst=20.0), available=5.0)
        with working(POLL):
            await transport.call(COUNTED, request, text)
            caught = await failure(transport, COUNTED)
        assert isinstance(caught, Throttled)
        assert caught.delay == pytest.approx(180, abs=1e-3)
        assert elapsed(clock) == 0
        with working(NEEDED):
            await transport.call(COUNTED, request, text)
        assert elapsed(clock) == 0

    async def test_who_set_the_work_going_may_fill_its_waits(
        self, transport: Transport, clock: VirtualClock, respx_mock: respx.MockRouter
    ) -> None:
        respx_mock.post(ADDRESS).respond(200)
        told = []

        async def waiter(seconds: float, what: str) -> None:
            told.append(what)
            await clock.sleep(seconds)

        transport.report(CALLS, available=0.0)
        with waiting_by(waiter):
            await transport.call(COUNTED, request, text)
        assert told == ["the quota of item.get"]

    async def test_a_platforms_report_moves_the_quota_and_its_rate(
        self, transport: Transport, clock: VirtualClock, respx_mock: respx.MockRouter
    ) -> None:
        respx_mock.post(ADDRESS).respond(200)
        transport.report(Quota("calls", rate=4.0, burst=8.0), available=1.0)
        await transport.call(COUNTED, request, text)
        assert elapsed(clock) == 0
        await transport.call(COUNTED, request, text)
        assert elapsed(clock) == pytest.approx(0.25, abs=1e-3)

    async def test_a_throttled_request_holds_back_the_whole_account(
        self, connect: Connect, clock: VirtualClock, respx_mock: respx.MockRouter
    ) -> None:
        answers = [httpx.Response(429, headers={"retry-after": "600"}), httpx.Response(200)]
        respx_mock.post(ADDRESS).side_effect = answers
        assert isinstance(await failure(connect("tmall"), COUNTED), Throttled)
        caught = await failure(connect("taobao"), COUNTED)
        assert isinstance(caught, Throttled)
        assert caught.delay == pytest.approx(601)
        await connect("jd", "wu").call(COUNTED, request, text)
        assert elapsed(clock) == 0

    async def test_a_throttle_that_is_not_shared_lets_smaller_requests_pass(
        self, connect: Connect, clock: VirtualClock, respx_mock: respx.MockRouter
    ) -> None:
        respx_mock.post(ADDRESS).respond(200)

        def too_dear(_: Reply) -> str:
            raise Throttled("too few points left", delay=600.0, shared=False)

        with pytest.raises(Throttled):
            await connect("tmall").call(COUNTED, request, too_dear)
        await connect("taobao").call(COUNTED, request, text)
        assert elapsed(clock) == 0

    async def test_a_short_throttle_is_waited_out_by_the_platforms_own_word(
        self, transport: Transport, clock: VirtualClock, respx_mock: respx.MockRouter
    ) -> None:
        answers = [httpx.Response(429, headers={"retry-after": "7"}), httpx.Response(200)]
        respx_mock.post(ADDRESS).side_effect = answers
        await transport.call(COUNTED, request, text)
        assert 7.0 <= elapsed(clock) <= 8.2


class TestLog:
    @pytest.fixture(autouse=True)
    def _everything_is_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)

    async def test_each_request_is_one_line_with_the_platforms_own_id(
        self,
        transport: Transport,
        respx_mock: respx.MockRouter,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        respx_mock.post(ADDRESS).side_effect = [
            httpx.Response(503, headers={"x-request-id": "r1"}),
            httpx.ReadTimeout("slow"),
            httpx.Response(200, text="done", headers={"x-request-id": "r2"}),
        ]
        await transport.call(READ, request, text, request_id)
        common = {"channel": "tmall", "operation": "item.get", "code": None}
        failed = {"bytes": 0, "error": "transient"}
        assert lines(caplog) == [
            {**common, **failed, "attempt": 1, "status": 503, "request_id": "r1"},
            {**common, **failed, "attempt": 2, "status": None, "request_id": None},
            {
                **common,
                "attempt": 3,
                "status": 200,
                "bytes": 4,
                "error": None,
                "request_id": "r2",
            },
        ]

    async def test_a_refusal_is_logged_with_the_platforms_code_and_not_its_words(
        self,
        transport: Transport,
        respx_mock: respx.MockRouter,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        respx_mock.post(ADDRESS).respond(400, text="标题违规")
        await failure(transport)
        [line] = lines(caplog)
        assert (line["error"], line["code"]) == ("rejected", "isv.bad-title")
        assert "标题违规" not in caplog.text

    @pytest.mark.parametrize("answer", [httpx.Response(200), httpx.Response(400)])
    async def test_no_secret_is_logged_even_at_the_finest_level(
        self,
        transport: Transport,
        respx_mock: respx.MockRouter,
        caplog: pytest.LogCaptureFixture,
        answer: httpx.Response,
    ) -> None:
        respx_mock.post(ADDRESS).mock(answer)
        with suppress(PlatformError):
            await transport.call(READ, request, text)
        assert len(lines(caplog)) == 1
        assert all(SECRET not in str(vars(record)) for record in caplog.records)

    async def test_no_secret_is_logged_on_a_real_connection(
        self, transport: Transport, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(
                f"HTTP/1.1 200 OK\r\nSet-Cookie: {SECRET}\r\nContent-Length: 0\r\n\r\n".encode()
            )
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            there = Request("GET", f"http://127.0.0.1:{port}/", params={"session": SECRET})
            assert await transport.call(READ, lambda: there, text) == ""
        assert len(lines(caplog)) == 1
        assert all(SECRET not in str(vars(record)) for record in caplog.records)


class TestSecrets:
    def test_a_request_and_a_reply_show_no_header_and_no_content(self) -> None:
        assert repr(request()) == f"Request(method='POST', url='{ADDRESS}')"
        reply = Reply(200, {"set-cookie": SECRET}, SECRET.encode())
        assert repr(reply) == "Reply(status=200)"
        upload = Request("POST", ADDRESS, form={"a": SECRET}, files={"f": ("a", b"b", SECRET)})
        assert SECRET not in repr(upload)

    @pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout])
    async def test_no_traceback_shows_what_was_sent(
        self, transport: Transport, respx_mock: respx.MockRouter, error: type[Exception]
    ) -> None:
        respx_mock.post(ADDRESS).side_effect = error(f"for {ADDRESS}?session={SECRET}")
        caught = await failure(transport)
        shown = "".join(traceback.format_exception(caught)) + repr(caught) + str(vars(caught))
        assert SECRET not in shown
