"""The smallest honest platform: a shop that lives in this process. For docs and for sync's tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mercer.plugins.hookspecs import hookimpl
from mercer.plugins.memory.settings import MemorySettings
from mercer.plugins.platform import Platform

if TYPE_CHECKING:
    from mercer.core.account import Channel
    from mercer.core.clock import Clock
    from mercer.core.contract import Adapter
    from mercer.plugins.transport import Transport


@hookimpl
def mercer_platforms(register: Callable[[Platform], None]) -> None:
    register(Platform("memory", "In-memory shop", MemorySettings, _connect))


def _connect(
    channel: Channel, settings: MemorySettings, transport: Transport, clock: Clock
) -> Adapter:
    from mercer.plugins.memory.adapter import MemoryAdapter
    from mercer.plugins.memory.shop import shop_named

    del transport  # this platform has no wire
    return MemoryAdapter(shop_named(settings.shop, channel.currency), clock)
