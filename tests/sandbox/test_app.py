from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from mercer.plugins.buyers import western_buyer
from mercer.plugins.simulation import Dropped, Truth
from mercer.sandbox import app
from mercer.sandbox.world import Sandbox

Json = dict[str, Any]


def offer(sandbox: Sandbox, channel: str, code: str) -> Truth:
    return next(e for e in sandbox.simulators[channel].offers() if e.merchant_code == code)


async def post(client: httpx.AsyncClient, path: str, body: Json) -> Json:
    answer = await client.post(f"/_world{path}", json=body)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def placed(client: httpx.AsyncClient, order: str) -> Json:
    orders = (await client.get("/_world/us/orders")).json()["orders"]
    found: Json = next(each for each in orders if each["order"] == order)
    return found


async def fails(client: httpx.AsyncClient, path: str, body: Json, status: int) -> str:
    answer = await client.post(f"/_world{path}", json=body)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(error) == {"message", "hint"}
    return f"{error['message']} | {error['hint']}"


# ---------------------------------------------------------------- the shops


async def test_a_shop_is_served_under_its_channel(client: httpx.AsyncClient) -> None:
    answer = (await client.post("/us/admin/a%20b?page=2", content=b"hello")).json()
    assert answer["path"] == "/admin/a b"
    assert answer["raw_path"] == "/admin/a%20b"
    assert (answer["query"], answer["body"]) == ("page=2", "hello")


async def test_a_shop_without_a_path_is_asked_at_its_root(client: httpx.AsyncClient) -> None:
    assert (await client.get("/us")).json()["path"] == "/"


async def test_every_request_to_a_shop_takes_its_time(
    client: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    before = sandbox.world.clock.now()
    answer = (await client.get("/cn/")).json()
    assert datetime.fromisoformat(answer["now"]) - before == timedelta(milliseconds=50)


async def test_nothing_else_is_there(client: httpx.AsyncClient) -> None:
    for path in ("/", "/de/x", "/_worlds"):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert "/us/" in answer.json()["error"]["hint"]


async def test_a_page_of_the_web_cannot_reach_the_sandbox(client: httpx.AsyncClient) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "", "["):
        answer = await client.get("/_world", headers={"host": host})
        assert answer.status_code == 403
    assert (await client.get("/_world", headers={"host": "[::1]:80"})).status_code == 200


async def test_a_body_without_end_is_cut_off(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "LARGEST_BODY", 100)
    assert (await client.post("/us/x", content=b"x" * 100)).status_code == 200
    assert (await client.post("/us/x", content=b"x" * 101)).status_code == 413


async def test_a_dropped_request_goes_up_where_there_is_no_connection_to_break(
    client: httpx.AsyncClient,
) -> None:
    await post(client, "/faults", {"kind": "timeout"})
    with pytest.raises(Dropped):
        await client.get("/us/x")


# ---------------------------------------------------------------- the clock


async def test_the_world_tells_its_seed_clock_channels_and_faults(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/_world")).json() == {
        "seed": 7,
        "now": "2026-11-01T08:00:00+00:00",
        "channels": {
            "us": {"platform": "toy", "account": "us", "currency": "USD"},
            "cn": {"platform": "taobao", "account": "cn", "currency": "CNY"},
        },
        "faults": [],
    }


async def test_the_clock_is_moved_by_seconds_or_to_a_moment(client: httpx.AsyncClient) -> None:
    assert await post(client, "/clock/advance", {"seconds": 90}) == {
        "now": "2026-11-01T08:01:30+00:00"
    }
    moved = await post(client, "/clock/advance", {"to": "2026-11-02T00:00:00+08:00"})
    assert moved == {"now": "2026-11-01T16:00:00+00:00"}
    assert (await client.get("/_world/clock")).json() == moved


async def test_the_clock_never_goes_back(client: httpx.AsyncClient) -> None:
    body = {"to": "2020-01-01T00:00:00Z"}
    assert await post(client, "/clock/advance", body) == {"now": "2026-11-01T08:00:00+00:00"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"seconds": -1},
        {"seconds": 1, "to": "2026-12-01T00:00:00Z"},
        {"to": "2026-12-01T00:00:00"},
        {"to": "2099-12-01T00:00:00Z"},
        {"seconds": 1e12},
        {"minutes": 1},
    ],
)
async def test_a_time_that_cannot_be_is_refused(client: httpx.AsyncClient, body: Json) -> None:
    await fails(client, "/clock/advance", body, 400)
    assert (await client.get("/_world/clock")).json()["now"] == "2026-11-01T08:00:00+00:00"


# ---------------------------------------------------------------- edits and offers


async def test_an_offer_shows_what_the_shop_really_has(
    client: httpx.AsyncClient, sandbox: Sandbox, code: str
) -> None:
    shown = (await client.get("/_world/us/offers")).json()["offers"]
    truth = offer(sandbox, "us", code)
    (one,) = [each for each in shown if each["merchant_code"] == code]
    assert len(shown) == len(sandbox.simulators["us"].offers())
    assert one["price"] == {"amount": truth.price.plain, "currency": "USD"}
    assert (one["quantity"], one["status"]) == (truth.quantity, "listed")
    assert (one["listing"], one["offer"], one["title"]) == (
        truth.listing,
        truth.offer,
        truth.title,
    )


async def test_the_back_office_edits_only_what_it_names(
    client: httpx.AsyncClient, sandbox: Sandbox, code: str
) -> None:
    before = offer(sandbox, "us", code)
    answer = await post(client, "/us/edit", {"merchant_code": code, "price": "12.30"})
    after = offer(sandbox, "us", code)
    assert str(after.price) == "12.30 USD"
    assert (after.quantity, after.title, after.status) == (
        before.quantity,
        before.title,
        before.status,
    )
    assert answer["offers"][0]["price"] == {"amount": "12.30", "currency": "USD"}


async def test_a_strike_through_is_set_kept_and_taken_away(
    client: httpx.AsyncClient, sandbox: Sandbox, code: str
) -> None:
    amount = {"amount": "99.00", "currency": "USD"}
    await post(client, "/us/edit", {"merchant_code": code, "compare_at": amount})
    await post(client, "/us/edit", {"merchant_code": code, "quantity": 3})
    assert str(offer(sandbox, "us", code).compare_at) == "99.00 USD"
    await post(client, "/us/edit", {"merchant_code": code, "compare_at": None})
    assert offer(sandbox, "us", code).compare_at is None


async def test_quantity_title_and_status_are_edited(
    client: httpx.AsyncClient, sandbox: Sandbox, code: str
) -> None:
    body = {"merchant_code": code, "quantity": 0, "title": "新标题", "status": "delisted"}
    await post(client, "/cn/edit", body)
    after = offer(sandbox, "cn", code)
    assert (after.quantity, after.title, after.status) == (0, "新标题", "delisted")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, "changes nothing"),
        ({"price": 12.3}, "price"),
        ({"price": "1,299.00"}, "thousands separators"),
        ({"price": {"amount": "12.30", "currency": "EUR"}}, "sells in USD, not in EUR"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"status": "gone"}, "status"),
        ({"prize": "12.30"}, "prize"),
    ],
)
async def test_an_edit_that_cannot_be_changes_nothing(
    client: httpx.AsyncClient, sandbox: Sandbox, code: str, change: Json, says: str
) -> None:
    before = sandbox.dump()["shops"]
    assert says in await fails(client, "/us/edit", {"merchant_code": code, **change}, 400)
    assert sandbox.dump()["shops"] == before


async def test_what_is_not_there_is_told(client: httpx.AsyncClient, code: str) -> None:
    edit = {"merchant_code": "NONE", "quantity": 1}
    assert "'NONE' | see GET" in await fails(client, "/us/edit", edit, 404)
    assert "channels: us, cn" in await fails(client, "/de/edit", edit, 404)
    await fails(client, "/us/order", edit, 404)
    await fails(client, "/us/cancel", {"order": "1"}, 404)
    assert (await client.get("/_world/de/offers")).status_code == 404
    assert (await client.get("/_world/us/nothing")).json()["error"]["message"] == "Not Found"
    assert (await client.put("/_world/faults")).status_code == 405


async def test_a_body_that_is_no_json_is_told(client: httpx.AsyncClient) -> None:
    answer = await client.post("/_world/faults", content=b"{")
    assert answer.status_code == 400
    assert "the body" in answer.json()["error"]["message"]


# ---------------------------------------------------------------- buyers


async def test_a_buyer_orders_and_cancels(
    client: httpx.AsyncClient, sandbox: Sandbox, code: str
) -> None:
    before = offer(sandbox, "us", code).quantity
    lines = [{"merchant_code": code, "quantity": 2}]
    order = (await post(client, "/us/order", {"lines": lines}))["order"]
    assert (await placed(client, order))["paid"]
    assert offer(sandbox, "us", code).quantity == before - 2
    await post(client, "/us/cancel", {"order": order})
    assert offer(sandbox, "us", code).quantity == before


async def test_an_order_of_one_line_is_written_short_and_need_not_be_paid(
    client: httpx.AsyncClient, sandbox: Sandbox, code: str
) -> None:
    before = offer(sandbox, "us", code).quantity
    answer = await post(client, "/us/order", {"merchant_code": code, "paid": False})
    assert offer(sandbox, "us", code).quantity == before - 1
    assert not (await placed(client, answer["order"]))["paid"]
    await post(client, "/us/pay", answer)
    assert (await placed(client, answer["order"]))["paid"]


async def test_a_known_buyer_orders(client: httpx.AsyncClient, sandbox: Sandbox, code: str) -> None:
    buyer = asdict(western_buyer(7))
    order = (await post(client, "/us/order", {"merchant_code": code, "buyer": buyer}))["order"]
    assert sandbox.dump()["shops"]["us"]["bought_by"] == {order: buyer["key"]}


async def test_a_buyer_who_is_not_told_in_full_is_refused_without_being_shown(
    client: httpx.AsyncClient, code: str
) -> None:
    buyer = {**asdict(western_buyer(7)), "country": "Ruritania"}
    said = await fails(client, "/us/order", {"merchant_code": code, "buyer": buyer}, 400)
    assert "buyer.country" in said
    assert not any(value in said for value in buyer.values())


async def test_an_order_is_shown_as_the_shop_has_it(client: httpx.AsyncClient, code: str) -> None:
    order = (await post(client, "/us/order", {"merchant_code": code, "quantity": 2}))["order"]
    assert await placed(client, order) == {
        "order": order,
        "created_at": "2026-11-01T08:00:01+00:00",
        "paid": True,
        "cancelled": False,
        "units": {code: 2},
        "shipped": {},
        "parcels": [],
    }


async def test_a_buyer_asks_for_money_back_and_the_case_ends(
    client: httpx.AsyncClient, sandbox: Sandbox, code: str
) -> None:
    before = offer(sandbox, "us", code).quantity
    order = (await post(client, "/us/order", {"merchant_code": code}))["order"]
    asked = {"order": order, "merchant_code": code, "kind": "return"}
    refused = await post(client, "/us/ask-back", asked)
    await post(client, "/us/settle-case", {**refused, "agreed": False})
    assert not (await placed(client, order))["cancelled"]
    agreed = await post(client, "/us/ask-back", asked)
    await post(client, "/us/settle-case", {**agreed, "agreed": True})
    assert (await placed(client, order))["cancelled"]
    assert offer(sandbox, "us", code).quantity == before


async def test_a_case_that_cannot_be_is_refused(client: httpx.AsyncClient, code: str) -> None:
    order = (await post(client, "/us/order", {"merchant_code": code}))["order"]
    asked = {"order": order, "merchant_code": code}
    assert "is exchanged" in await fails(client, "/us/ask-back", {**asked, "kind": "exchange"}, 409)
    await fails(client, "/us/ask-back", {**asked, "kind": "regret"}, 400)
    await fails(client, "/us/ask-back", {**asked, "order": "1", "kind": "refund"}, 404)
    await fails(client, "/us/settle-case", {"case": "1", "agreed": True}, 404)
    await fails(client, "/us/pay", {"order": "1"}, 404)


async def test_a_notice_is_handed_out_once_byte_for_byte(
    client: httpx.AsyncClient, code: str
) -> None:
    order = (await post(client, "/us/order", {"merchant_code": code}))["order"]
    assert (await post(client, "/us/notices", {}))["notices"] == [
        {
            "at": "2026-11-01T08:00:01+00:00",
            "headers": {"x-signature": "signed"},
            "body": f"订单 {order}",
        }
    ]
    assert (await post(client, "/us/notices", {}))["notices"] == []


async def test_an_order_of_too_many_is_refused_in_the_shops_words(
    client: httpx.AsyncClient, code: str
) -> None:
    said = await fails(client, "/us/order", {"merchant_code": code, "quantity": 100_000}, 409)
    assert "are left" in said


@pytest.mark.parametrize("body", [{}, {"lines": []}, {"lines": [{"quantity": 1}]}])
async def test_an_order_of_nothing_is_refused(client: httpx.AsyncClient, body: Json) -> None:
    await fails(client, "/us/order", body, 400)


async def test_every_act_has_its_own_moment(
    client: httpx.AsyncClient, sandbox: Sandbox, code: str
) -> None:
    start = sandbox.world.clock.now()
    order = (await post(client, "/us/order", {"merchant_code": code}))["order"]
    await post(client, "/us/edit", {"merchant_code": code, "quantity": 9})
    await post(client, "/us/cancel", {"order": order})
    assert sandbox.world.clock.now() - start == timedelta(seconds=3)


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("throttle", "throttle"),
        ("error-before", "error-before"),
        ("500-before", "error-before"),
        ("500-after", "error-after"),
        ("timeout", "timeout"),
        ("accepted-but-not-applied", "lost-write"),
    ],
)
async def test_a_fault_is_known_under_its_names(
    client: httpx.AsyncClient, word: str, kind: str
) -> None:
    answer = await post(client, "/faults", {"kind": word, "rate": 0.25})
    assert [(each["kind"], each["rate"]) for each in answer["faults"]] == [(kind, 0.25)]


async def test_faults_add_up_and_are_cleared_at_once(client: httpx.AsyncClient) -> None:
    await post(client, "/faults", {"kind": "throttle", "count": 2, "channel": "us"})
    await post(client, "/faults", {"kind": "timeout", "writes_only": True})
    assert len((await client.get("/_world/faults")).json()["faults"]) == 2
    assert (await client.delete("/_world/faults")).json() == {"faults": []}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "meteor"}, 400),
        ({"kind": "throttle", "rate": 1.5}, 400),
        ({"kind": "throttle", "count": 0}, 400),
        ({"kind": "throttle", "channel": "de"}, 404),
        ({}, 400),
    ],
)
async def test_a_fault_that_cannot_strike_is_refused(
    client: httpx.AsyncClient, body: Json, status: int
) -> None:
    await fails(client, "/faults", body, status)
    assert (await client.get("/_world/faults")).json() == {"faults": []}
