from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from mercer.core import contract
from mercer.core.account import Channel
from mercer.core.cell import Lane
from mercer.plugins import registry
from mercer.plugins.taobao.adapter import TaobaoAdapter
from mercer.plugins.taobao.settings import TaobaoSettings

from .bench import Bench


async def failing(bench: Bench) -> dict[str, str]:
    """Check -> what to try."""
    return {each.check: each.fix for each in await bench.adapter.check() if not each.ok}


async def test_a_channel_in_order_passes_every_check(taobao: Bench) -> None:
    assert [(each.check, each.ok) for each in await taobao.adapter.check()] == [
        ("clock", True),
        ("seller", True),
        ("orders", True),
        ("currency", True),
    ]


async def test_an_expired_session_fails_the_checks_and_not_the_command(taobao: Bench) -> None:
    taobao.simulator.shop.session = "another"
    failed = await failing(taobao)
    assert set(failed) == {"seller", "orders"}
    assert "authorise" in failed["seller"]


async def test_a_missing_order_permission_is_told(taobao: Bench) -> None:
    taobao.simulator.shop.denied.add("taobao.trades.sold.increment.get")
    assert "permission package" in (await failing(taobao))["orders"]


async def test_the_wrong_seller_type_is_told(taobao: Bench) -> None:
    taobao.simulator.shop.seller_type = "B"
    assert "seller_type" in (await failing(taobao))["seller"]


async def test_a_channel_in_another_currency_is_told(taobao: Bench) -> None:
    taobao.channel = replace(taobao.channel, currency="USD")
    taobao.adapter = taobao.connected()
    assert "CNY" in (await failing(taobao))["currency"]


def test_the_adapter_has_every_capability_but_creating_and_webhooks(taobao: Bench) -> None:
    for capability in (
        contract.Adapter,
        contract.Checks,
        contract.ReadsListings,
        contract.ReadsBack,
        contract.WritesPrices,
        contract.WritesStock,
        contract.WritesContent,
        contract.WritesStatus,
        contract.ReadsOrders,
        contract.ReadsOrder,
    ):
        assert isinstance(taobao.adapter, capability)
    assert not isinstance(taobao.adapter, contract.CreatesListings)
    assert not isinstance(taobao.adapter, contract.VerifiesWebhooks)


def test_what_the_platform_lacks_is_said(taobao: Bench) -> None:
    lacks = {"create", "compare_at", "ship", "cancel", "after_sales"}
    assert set(taobao.adapter.declared.notes) == lacks


def test_taobao_counts_a_call_for_each_price_and_tmall_one_for_all(
    taobao: Bench, tmall: Bench
) -> None:
    batches = [bench.adapter.declared.batches[Lane.PRICE] for bench in (taobao, tmall)]
    assert [batch.calls_per_offer for batch in batches] == [True, False]


async def test_the_platform_is_found_by_its_entry_point_and_connects(taobao: Bench) -> None:
    platform = registry.load("taobao")
    assert platform.settings is TaobaoSettings
    assert platform.simulator is not None
    for name, seller_type in (("tmall-flagship", "B"), ("shop", "C")):
        channel = Channel(name, "taobao", "acme", "CNY")
        settings = platform.simulator(channel, taobao.world).settings("http://127.0.0.1:1/x/")
        assert settings["seller_type"] == seller_type
        assert settings["address"] == "http://127.0.0.1:1/x/router/rest"
        made = platform.settings.model_validate(settings)
        adapter = platform.connect(channel, made, taobao._transport(), taobao.clock)
        assert isinstance(adapter, TaobaoAdapter)


def test_settings_hide_their_secrets_and_refuse_what_they_do_not_know(taobao: Bench) -> None:
    right = taobao.simulator.settings("http://127.0.0.1")
    shown = repr(TaobaoSettings.model_validate(right))
    assert right["app_secret"] not in shown
    assert right["session"] not in shown
    for wrong in ({"seller_type": "D"}, {"shop": "x"}, {"app_secret": ""}, {"address": "eco"}):
        with pytest.raises(ValidationError) as caught:
            TaobaoSettings.model_validate(right | wrong)
        assert right["session"] not in str(caught.value)
