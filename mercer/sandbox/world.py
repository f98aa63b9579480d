"""The simulated shops of one sandbox: built, put on the shelf, put away and taken up again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from mercer.config.tables import CHANNEL_NAME
from mercer.core.account import Channel
from mercer.core.errors import InputError, Unsupported, WorkspaceError
from mercer.plugins import registry
from mercer.plugins.platform import Platform
from mercer.plugins.simulation import Fault, FaultKind, Simulator, World
from mercer.sandbox.catalogue import Article

FORMAT: Final = 1
"""Of the dump. Another format is refused, not guessed at."""

_AT_HOME: Final = dict.fromkeys(("jd", "taobao"), ("CNY", "Asia/Shanghai"))
_ABROAD: Final = ("USD", "America/New_York")
"""Currency and time zone of a platform's simulated shop."""


class Sandbox:
    """`platforms` maps each channel's name to its platform's.

    Raise `InputError` for a name that cannot be a channel's, `SettingsError` for a platform that is
    not installed, `Unsupported` for one without a simulator.
    """

    def __init__(self, platforms: Mapping[str, str], seed: int = 1) -> None:
        self.world = World(seed)
        self.platforms = {name: registry.load(platform) for name, platform in platforms.items()}
        self.channels = {name: _channel(name, each) for name, each in platforms.items()}
        self.simulators = {
            name: _simulator(self.platforms[name], channel, self.world)
            for name, channel in self.channels.items()
        }

    def stock(self, articles: Sequence[Article]) -> None:
        """Put the same goods on every shop's shelf, each in its own currency."""
        for name, simulator in self.simulators.items():
            simulator.seed([article.on(self.channels[name].currency) for article in articles])

    def dump(self) -> dict[str, Any]:
        """Everything, as JSON-ready values."""
        return {
            "format": FORMAT,
            "seed": self.world.seed,
            "clock": self.world.clock.now().isoformat(),
            "rng": self.world.rng.getstate(),
            "faults": [asdict(fault) for fault in self.world.faults.active],
            "channels": {name: channel.platform for name, channel in self.channels.items()},
            "shops": {name: simulator.dump() for name, simulator in self.simulators.items()},
        }


def named_platforms(text: str) -> dict[str, str]:
    """Read `shopify,taobao,shop-us=shopify`: a channel is called like its platform if not named."""
    platforms: dict[str, str] = {}
    for part in text.split(","):
        name, _, platform = part.strip().partition("=")
        if not name or name in platforms:
            what = f"{name!r} is there twice" if name else "there is a blank"
            raise InputError(
                f"{what} in the channels {text!r}", hint="write shopify,taobao,shop-us=shopify"
            )
        platforms[name] = platform or name
    return platforms


def load(state: Mapping[str, Any]) -> Sandbox:
    """Take up a dumped sandbox. Raise `WorkspaceError` where the dump is not one of this Mercer's.

    The shops, the clock and the buyers go on where they stopped; the faults are thrown anew.
    """
    try:
        if state["format"] != FORMAT:
            raise _unknown(f"format {state['format']}")
        sandbox = Sandbox(state["channels"], state["seed"])
        world = sandbox.world
        world.clock.advance_to(datetime.fromisoformat(state["clock"]))
        version, internal, gauss = state["rng"]
        world.rng.setstate((version, tuple(internal), gauss))
        world.faults.active.extend(
            Fault(**{**fault, "kind": FaultKind(fault["kind"])}) for fault in state["faults"]
        )
        for name, simulator in sandbox.simulators.items():
            simulator.load(state["shops"][name])
    except (KeyError, TypeError, ValueError) as error:
        raise _unknown(repr(error)) from error
    return sandbox


def _unknown(what: str) -> WorkspaceError:
    return WorkspaceError(
        f"the saved sandbox cannot be taken up: {what}",
        hint="delete its sandbox.json to begin a new one",
    )


def _channel(name: str, platform: str) -> Channel:
    if not CHANNEL_NAME.fullmatch(name):
        raise InputError(
            f"{name!r} cannot name a channel", hint="use lower-case letters, digits and hyphens"
        )
    currency, zone = _AT_HOME.get(platform, _ABROAD)
    return Channel(name, platform, account=name, currency=currency, zone=zone)


def _simulator(platform: Platform, channel: Channel, world: World) -> Simulator:
    if platform.simulator is None:
        raise Unsupported(
            f"{platform.title} has no simulator", hint="leave it out of the sandbox's channels"
        )
    return platform.simulator(channel, world)
