"""JD 京东, shops of third-party sellers (POP), through JD's open platform (JOS 宙斯)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mercer.plugins.hookspecs import hookimpl
from mercer.plugins.jd.settings import JdSettings
from mercer.plugins.platform import Platform

if TYPE_CHECKING:
    from mercer.core.account import Channel
    from mercer.core.clock import Clock
    from mercer.core.contract import Adapter
    from mercer.plugins.simulation import Simulator, World
    from mercer.plugins.transport import Transport


def _connect(channel: Channel, settings: JdSettings, transport: Transport, clock: Clock) -> Adapter:
    if settings.gateway == "sp-api":
        from mercer.plugins.jd.sp.adapter import SpAdapter

        return SpAdapter(channel, settings, transport, clock)
    from mercer.plugins.jd.adapter import JdAdapter

    return JdAdapter(channel, settings, transport, clock)


def _simulator(channel: Channel, world: World) -> Simulator:
    """Its settings choose the newer gateway where the channel's name says so."""
    from mercer.plugins.jd.simulator import JdSimulator

    return JdSimulator(channel, world, "sp-api" if "sp-api" in channel.name else "routerjson")


@hookimpl
def mercer_platforms(register: Callable[[Platform], None]) -> None:
    register(
        Platform(
            name="jd",
            title="JD (京东)",
            settings=JdSettings,
            connect=_connect,
            simulator=_simulator,
        )
    )
