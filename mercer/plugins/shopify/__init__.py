"""Shopify, through the Admin GraphQL API. What is heavy is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mercer.plugins.hookspecs import hookimpl
from mercer.plugins.platform import Platform
from mercer.plugins.shopify.settings import ShopifySettings

if TYPE_CHECKING:
    from mercer.core.account import Channel
    from mercer.core.clock import Clock
    from mercer.core.contract import Adapter
    from mercer.plugins.simulation import Simulator, World
    from mercer.plugins.transport import Transport


def _connect(
    channel: Channel, settings: ShopifySettings, transport: Transport, clock: Clock
) -> Adapter:
    from mercer.plugins.shopify.adapter import ShopifyAdapter

    return ShopifyAdapter(channel, settings, transport, clock)


def _simulator(channel: Channel, world: World) -> Simulator:
    from mercer.plugins.shopify.simulator import ShopifySimulator

    return ShopifySimulator(channel, world)


@hookimpl
def mercer_platforms(register: Callable[[Platform], None]) -> None:
    register(
        Platform(
            name="shopify",
            title="Shopify",
            settings=ShopifySettings,
            connect=_connect,
            simulator=_simulator,
        )
    )
