from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.errors import AuthExpired, ProtocolBroken, Throttled, Transient
from mercer.core.money import Money
from mercer.plugins.amazon.errors import data
from mercer.plugins.amazon.quotas import QUOTAS
from mercer.plugins.amazon.wire import USER_AGENT, Call, part, rendered
from mercer.plugins.simulation import FaultKind
from mercer.plugins.transport import Reply

from .conftest import Rig, listings, price_write, product, usd

AWKWARD = ["A/B", "A+B", "A B", "A%2FB", "A,B", "Ä茶!'()*", "A?B#C&D=E"]


@pytest.mark.parametrize("sku", AWKWARD)
async def test_a_sku_of_any_spelling_is_read_and_written(rig: Rig, sku: str) -> None:
    rig.simulator.seed([product(sku, "OTHER")])
    adapter = rig.adapter()
    (listing,) = await adapter.read_back([sku])
    assert listing.listing == sku
    (outcome,) = await adapter.write_prices([price_write(listing, "21.00")])
    assert (outcome.listing, outcome.result) == (sku, "accepted")
    assert rig.shown(sku).price == usd("21.00")
    assert rig.shown("OTHER").price == usd("20.00")


async def test_a_slash_that_is_not_encoded_looks_like_missing_rights(rig: Rig) -> None:
    rig.simulator.seed([product("A/B")])
    path = f"/listings/2021-08-01/items/{rig.simulator.shop.seller.id}/A/B"
    with pytest.raises(AuthExpired, match="Missing Authentication Token"):
        await rig.wire().run(Call("getListingsItem", "GET", path, {"marketplaceIds": "X"}))


@given(st.text(min_size=1, max_size=40))
def test_a_part_of_a_path_has_no_reserved_characters(text: str) -> None:
    assert set("/?#+&=, ").isdisjoint(part(text))


async def test_every_request_says_who_sends_it_and_carries_the_token_in_a_header(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    await listings(rig.adapter())
    (request,) = rig.recorder.of("GET", "/listings/")
    assert request.headers["user-agent"] == USER_AGENT
    assert request.headers["x-amz-access-token"].startswith("Atza|")
    assert request.headers["x-amz-date"] == "20261101T080000Z"
    assert "Atza" not in str(request.url)


@given(st.integers(0, 10**12), st.sampled_from(["USD", "JPY", "KWD"]))
def test_a_price_travels_as_a_number_with_all_its_digits(minor: int, currency: str) -> None:
    price = Money(minor, currency)
    text = rendered({"value_with_tax": price.amount})
    assert text == f'{{"value_with_tax":{price.plain}}}'
    assert json.loads(text, parse_float=Decimal)["value_with_tax"] == price.amount


def test_json_that_holds_no_price_is_what_json_makes_of_it() -> None:
    value = {"a": [1, None, True, "ä\n"], "b": {}}
    assert json.loads(rendered(value)) == value


async def test_the_rate_that_amazon_tells_moves_the_quota(rig: Rig) -> None:
    """Ten searches at a fifth of the documented rate, of which five may go at once.

    The first one leaves before the rate is known, so one may come too early.
    """
    rig.simulator.seed([product("A")])
    rig.simulator.shop.seller.rates["searchListingsItems"] = 1.0
    adapter = rig.adapter()
    began = rig.clock.now()
    for _ in range(10):
        await adapter.read_back(["A"])
    assert (rig.clock.now() - began).total_seconds() >= 4.5
    assert [each.status_code for _, each in rig.recorder.seen].count(429) <= 1


async def test_within_the_declared_quotas_nothing_is_throttled(rig: Rig) -> None:
    rig.simulator.seed([product(*(f"SKU-{n:03}" for n in range(300)))])
    adapter = rig.adapter()
    shop = await listings(adapter)
    began = rig.clock.now()
    await adapter.write_prices([price_write(listing, "22.00") for listing in shop.values()])
    seconds = (rig.clock.now() - began).total_seconds()
    bound = (300 - 5) / 5
    assert bound <= seconds <= 1.1 * bound
    assert [each.status_code for _, each in rig.recorder.seen].count(429) == 0


async def test_a_throttled_request_waits_as_long_as_its_operation_takes_for_one_more(
    rig: Rig,
) -> None:
    rig.simulator.seed([product("A")])
    rig.strike(FaultKind.THROTTLE, writes_only=False)
    began = rig.clock.now()
    await rig.adapter().read_back(["A"])
    assert 1.0 <= (rig.clock.now() - began).total_seconds() < 3.0


@pytest.mark.parametrize(
    ("status", "write", "error"),
    [
        (429, True, Throttled),
        (500, True, Transient),
        (503, False, Transient),
        (403, False, AuthExpired),
        (302, False, ProtocolBroken),
        (200, False, ProtocolBroken),
        (200, True, Transient),
    ],
)
def test_an_answer_is_an_error_by_what_can_be_done_about_it(
    status: int, write: bool, error: type[Exception]
) -> None:
    reply = Reply(status, {"x-amzn-requestid": "r-1"}, b"<html>")
    with pytest.raises(error) as caught:
        data(reply, write=write, delay=1.0)
    if isinstance(caught.value, Transient):
        assert caught.value.in_doubt is write


@pytest.mark.parametrize(("write", "error"), [(False, ProtocolBroken), (True, Transient)])
async def test_an_answer_that_lacks_what_it_must_have_is_told_as_such(
    rig: Rig, write: bool, error: type[Exception]
) -> None:
    path = f"/listings/2021-08-01/items/{rig.simulator.shop.seller.id}"
    query = {"marketplaceIds": rig.simulator.shop.marketplace}
    call = Call("searchListingsItems", "GET", path, query, answers=("nothing",), write=write)
    with pytest.raises(error, match="without nothing"):
        await rig.wire().run(replace(call, repeatable=False))


def test_an_error_keeps_amazons_words_and_the_id_that_support_asks_for() -> None:
    body = {"errors": [{"code": "InvalidInput", "message": "No.", "details": "sku"}]}
    reply = Reply(400, {"x-amzn-requestid": "r-1"}, json.dumps(body).encode())
    with pytest.raises(Exception, match=r"No\. sku") as caught:
        data(reply, write=False, delay=1.0)
    assert vars(caught.value)["code"] == "InvalidInput"
    assert vars(caught.value)["request_id"] == "r-1"


def test_every_quota_is_one_that_requests_can_fit_into() -> None:
    assert all(quota.rate > 0 and quota.burst >= 1 for quota in QUOTAS.values())
    assert QUOTAS["searchOrders"].rate == 0.0056
