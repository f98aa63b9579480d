from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pydantic import ValidationError

from mercer.core import contract
from mercer.core.account import Channel
from mercer.core.cell import Field, Lane
from mercer.plugins.jd import mercer_platforms
from mercer.plugins.jd.adapter import JdAdapter
from mercer.plugins.jd.checks import warehouse_of
from mercer.plugins.jd.settings import JdSettings
from mercer.plugins.jd.sp.adapter import SpAdapter
from mercer.plugins.platform import Platform

from .bench import Bench, mug


async def failing(bench: Bench) -> dict[str, str]:
    """Check -> what to try."""
    return {each.check: each.fix for each in await bench.adapter.check() if not each.ok}


async def test_a_channel_in_order_passes_every_check(either: Bench) -> None:
    either.stock_with(mug())
    assert [(each.check, each.ok) for each in await either.adapter.check()] == [
        ("shop", True),
        ("warehouse", True),
        ("orders", True),
        ("currency", True),
    ]


async def test_an_empty_shop_is_in_order_too(either: Bench) -> None:
    assert await failing(either) == {}


async def test_an_ended_token_fails_the_checks_and_not_the_command(either: Bench) -> None:
    either.simulator.shop.access_token = "another"
    failed = await failing(either)
    assert set(failed) == {"shop", "warehouse", "orders"}
    assert "authorise" in failed["shop"]


async def test_a_clock_that_is_off_is_told(either: Bench) -> None:
    either.simulator._world.clock = type(either.clock)()
    either.clock.advance(600)
    assert "clock" in (await failing(either))["shop"]


async def test_another_warehouse_than_the_one_set_is_told(either: Bench) -> None:
    either.stock_with(mug())
    either.simulator.shop.store_id = 12
    assert "store_id" in (await failing(either))["warehouse"]
    either.adapter = either.connected(store_id="12")
    assert await failing(either) == {}


@pytest.mark.parametrize(("stores", "ok"), [(["0"], True), (["0", "12"], False), ([], False)])
def test_a_shop_with_several_warehouses_is_told_to_be_unsupported(
    stores: list[str], ok: bool
) -> None:
    health = warehouse_of(stores, 0)
    assert health.ok is ok
    assert "分仓" in health.fix


async def test_a_missing_order_permission_is_told(jd: Bench) -> None:
    jd.simulator.shop.denied.add("jingdong.pop.order.search")
    assert "permission package" in (await failing(jd))["orders"]


async def test_a_channel_in_another_currency_is_told(either: Bench) -> None:
    either.channel = replace(either.channel, currency="USD")
    either.adapter = either.connected()
    assert "CNY" in (await failing(either))["currency"]


BOTH: tuple[type, ...] = (
    contract.Adapter,
    contract.Checks,
    contract.ReadsListings,
    contract.ReadsBack,
    contract.ReadsStock,
    contract.WritesStock,
    contract.WritesStatus,
    contract.ReadsOrders,
    contract.ReadsOrder,
    contract.Ships,
)
CLASSIC: tuple[type, ...] = (
    contract.WritesPrices,
    contract.WritesContent,
    contract.ReadsAfterSales,
)
NEITHER: tuple[type, ...] = (
    contract.CreatesListings,
    contract.VerifiesWebhooks,
    contract.PollsMessages,
    contract.CancelsOrders,
)


def test_the_classic_gateway_does_prices_content_and_cases_and_the_newer_one_does_not(
    jd: Bench, sp: Bench
) -> None:
    for capability in BOTH:
        assert isinstance(jd.adapter, capability)
        assert isinstance(sp.adapter, capability)
    for capability in CLASSIC:
        assert isinstance(jd.adapter, capability)
        assert not isinstance(sp.adapter, capability)
    for capability in NEITHER:
        assert not isinstance(jd.adapter, capability)


def test_what_each_gateway_lacks_is_said(jd: Bench, sp: Bench) -> None:
    both = {"create", "compare_at", "cancel", "messages"}
    assert set(jd.adapter.declared.notes) == both | {"partial_shipments"}
    assert set(sp.adapter.declared.notes) == both | {
        "after_sales",
        Field.PRICE,
        Field.TITLE,
        Field.DESCRIPTION,
    }


def test_only_the_newer_gateway_ships_in_parts_and_only_the_classic_one_tells_cases(
    jd: Bench, sp: Bench
) -> None:
    classic, newer = jd.adapter.declared, sp.adapter.declared
    assert (classic.partial_shipments, newer.partial_shipments) == (False, True)
    assert classic.after_sales is not None
    assert newer.after_sales is None


def test_a_price_counts_a_call_and_stock_goes_thirty_a_call(jd: Bench) -> None:
    batches = jd.adapter.declared.batches
    assert batches[Lane.PRICE].calls_per_offer
    assert (batches[Lane.STOCK].offers, batches[Lane.STOCK].one_listing) == (30, False)


def test_the_platform_connects_by_the_gateway_that_is_set(jd: Bench) -> None:
    found: list[Platform] = []
    register: Callable[[Platform], None] = found.append
    mercer_platforms(register=register)
    (platform,) = found
    assert (platform.name, platform.settings) == ("jd", JdSettings)
    assert platform.simulator is not None
    for name, made_of, path in (
        ("jd", JdAdapter, "routerjson"),
        ("jd-sp-api", SpAdapter, "rest"),
    ):
        channel = Channel(name, "jd", "acme", "CNY")
        settings = platform.simulator(channel, jd.world).settings("http://127.0.0.1:1/x/")
        assert settings["address"] == f"http://127.0.0.1:1/x/{path}"
        made = platform.settings.model_validate(settings)
        assert isinstance(platform.connect(channel, made, jd.transport(), jd.clock), made_of)


def test_settings_hide_their_secrets_and_refuse_what_they_do_not_know(jd: Bench) -> None:
    right = jd.simulator.settings("http://127.0.0.1")
    shown = repr(JdSettings.model_validate(right))
    assert right["app_secret"] not in shown
    assert right["access_token"] not in shown
    for wrong in (
        {"gateway": "top"},
        {"shop": "x"},
        {"app_secret": ""},
        {"address": "api"},
        {"store_id": "-1"},
    ):
        with pytest.raises(ValidationError):
            JdSettings.model_validate(right | wrong)


def test_without_an_address_the_gateway_is_jds_own() -> None:
    keys = {"app_key": "1", "app_secret": "2", "access_token": "3"}
    assert JdSettings.model_validate(keys).url == "https://api.jd.com/routerjson"
    newer = JdSettings.model_validate(keys | {"gateway": "sp-api"})
    assert newer.url == "https://api-cn.jd.com/rest"
