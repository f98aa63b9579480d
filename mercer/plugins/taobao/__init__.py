"""Taobao 淘宝 and Tmall 天猫, through the Taobao Open Platform (TOP, 淘宝开放平台)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mercer.plugins.hookspecs import hookimpl
from mercer.plugins.platform import Platform
from mercer.plugins.taobao.settings import TaobaoSettings

if TYPE_CHECKING:
    from mercer.core.account import Channel
    from mercer.core.clock import Clock
    from mercer.core.contract import Adapter
    from mercer.plugins.simulation import Simulator, World
    from mercer.plugins.transport import Transport


def _connect(
    channel: Channel, settings: TaobaoSettings, transport: Transport, clock: Clock
) -> Adapter:
    from mercer.plugins.taobao.adapter import TaobaoAdapter

    return TaobaoAdapter(channel, settings, transport, clock)


def _simulator(channel: Channel, world: World) -> Simulator:
    """A Tmall shop where the channel's name says so, else a Taobao shop."""
    from mercer.plugins.taobao.simulator import TaobaoSimulator

    return TaobaoSimulator(channel, world, "B" if "tmall" in channel.name else "C")


@hookimpl
def mercer_platforms(register: Callable[[Platform], None]) -> None:
    register(
        Platform(
            name="taobao",
            title="Taobao / Tmall (淘宝 / 天猫)",
            settings=TaobaoSettings,
            connect=_connect,
            simulator=_simulator,
        )
    )
