"""Amazon, through the Selling Partner API (SP-API). What is heavy is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mercer.plugins.amazon.settings import AmazonSettings
from mercer.plugins.hookspecs import hookimpl
from mercer.plugins.platform import Platform

if TYPE_CHECKING:
    from mercer.core.account import Channel
    from mercer.core.clock import Clock
    from mercer.core.contract import Adapter
    from mercer.plugins.simulation import Simulator, World
    from mercer.plugins.transport import Transport


def _connect(
    channel: Channel, settings: AmazonSettings, transport: Transport, clock: Clock
) -> Adapter:
    from mercer.plugins.amazon.adapter import connect

    return connect(channel, settings, transport, clock)


def _simulator(channel: Channel, world: World) -> Simulator:
    from mercer.plugins.amazon.simulator import AmazonSimulator

    return AmazonSimulator(channel, world)


@hookimpl
def mercer_platforms(register: Callable[[Platform], None]) -> None:
    register(
        Platform(
            name="amazon",
            title="Amazon",
            settings=AmazonSettings,
            connect=_connect,
            simulator=_simulator,
        )
    )
