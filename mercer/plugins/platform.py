"""What a plugin registers: one object for each platform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from mercer.core.account import Channel
    from mercer.core.clock import Clock
    from mercer.core.contract import Adapter
    from mercer.plugins.simulation import Simulator, World
    from mercer.plugins.transport import Transport


class ChannelSettings(BaseModel):
    """The base of every platform's settings: unknown keys are errors, secrets are `SecretStr`.

    Field descriptions become prompts and documentation; `examples` are shown beside them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform. The two makers import what they need when they are called, not before.

    `connect(channel, settings, transport, clock)` gives an adapter; `settings` is an instance of
    the `settings` model. `simulator(channel, world)` gives the platform's simulator, if it has one.
    """

    name: str
    title: str
    settings: type[ChannelSettings]
    connect: Callable[[Channel, Any, Transport, Clock], Adapter]
    simulator: Callable[[Channel, World], Simulator] | None = None
