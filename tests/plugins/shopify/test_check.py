from __future__ import annotations

from mercer.core.contract import (
    CancelsOrders,
    Checks,
    CreatesListings,
    ReadsAfterSales,
    ReadsBack,
    ReadsListings,
    ReadsOrder,
    ReadsOrders,
    Ships,
    VerifiesWebhooks,
    WritesContent,
    WritesPrices,
    WritesStatus,
    WritesStock,
)
from mercer.plugins import registry
from mercer.plugins.shopify.checks import permissions

from .conftest import Rig


async def test_a_healthy_channel_passes_every_check(rig: Rig) -> None:
    checks = await rig.adapter().check()

    assert {each.check for each in checks if each.ok} == {
        "credentials",
        "permissions",
        "currency",
        "version",
        "location",
        "publication",
    }


async def test_another_currency_than_the_channels_is_found(rig: Rig) -> None:
    rig.simulator.shop.state.currency = "EUR"

    checks = {each.check: each for each in await rig.adapter().check()}

    assert not checks["currency"].ok
    assert 'currency = "EUR"' in checks["currency"].fix


async def test_a_version_past_its_time_is_found_by_what_was_served(rig: Rig) -> None:
    checks = {each.check: each for each in await rig.adapter(api_version="2025-01").check()}

    assert not checks["version"].ok
    assert "2026-01" in checks["version"].fix


async def test_wrong_credentials_are_one_failed_check_and_no_exception(rig: Rig) -> None:
    (health,) = await rig.adapter(client_secret="wrong").check()

    assert (health.check, health.ok) == ("credentials", False)
    assert health.fix


async def test_a_sales_channel_that_does_not_exist_is_found(rig: Rig) -> None:
    checks = {each.check: each for each in await rig.adapter(publication="Kiosk").check()}

    assert not checks["publication"].ok
    assert "Online Store" in checks["publication"].fix


def test_missing_scopes_are_named_and_a_write_scope_is_as_good_as_its_read_scope() -> None:
    writing = {"write_products", "write_inventory", "write_orders", "write_publications"}
    shipping = {"write_merchant_managed_fulfillment_orders", "write_returns", "write_locations"}
    assert permissions(writing | shipping).ok
    found = permissions({"write_products", "read_inventory", "write_publications"} | shipping)
    assert found.detail == "missing: write_inventory, write_orders"
    assert "add write_inventory, write_orders" in found.fix


async def test_the_platform_is_found_and_has_every_capability(rig: Rig) -> None:
    platform = registry.load("shopify")
    adapter = rig.adapter()

    assert platform.title == "Shopify"
    for capability in (
        CancelsOrders,
        Checks,
        CreatesListings,
        ReadsAfterSales,
        ReadsBack,
        ReadsListings,
        ReadsOrder,
        ReadsOrders,
        Ships,
        VerifiesWebhooks,
        WritesContent,
        WritesPrices,
        WritesStatus,
        WritesStock,
    ):
        assert isinstance(adapter, capability)
