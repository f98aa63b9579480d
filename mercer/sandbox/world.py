"""The simulated shops of one sandbox: built, put on the shelf, put away and taken up again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from mercer.core.account import Channel
from mercer.core.errors import InputError, Unsupported, WorkspaceError
from mercer.plugins import registry
from mercer.plugins.platform import Platform
from mercer.plugins.simulation import Fault, FaultKind, Simulator, World
from mercer.sandbox.catalogue import Article
from mercer.sandbox.channels import Channels, read_channels, spelled

FORMAT: Final = 2
"""Of the dump. Another format is refused, not guessed at."""


class Sandbox:
    """One simulated shop for each channel.

    Raise `SettingsError` for a platform that is not installed, `Unsupported` for one without a
    simulator, `InputError` for a currency that it does not sell in.
    """

    def __init__(self, channels: Channels, seed: int = 1) -> None:
        self.world = World(seed)
        self.channels = channels
        self.platforms = {name: registry.load(each.platform) for name, each in channels.items()}
        self.simulators = {
            name: simulator_of(self.platforms[name], channel, self.world)
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
            "channels": spelled(self.channels),
            "shops": {name: simulator.dump() for name, simulator in self.simulators.items()},
        }


def load(state: Mapping[str, Any]) -> Sandbox:
    """Take up a dumped sandbox. Raise `WorkspaceError` where the dump is not one of this Mercer's.

    The shops, the clock and the buyers go on where they stopped; the faults are thrown anew.
    """
    try:
        if state["format"] != FORMAT:
            raise _unknown(f"format {state['format']}")
        sandbox = Sandbox(read_channels(state["channels"]), state["seed"])
        world = sandbox.world
        world.clock.advance_to(datetime.fromisoformat(state["clock"]))
        version, internal, gauss = state["rng"]
        world.rng.setstate((version, tuple(internal), gauss))
        world.faults.active.extend(
            Fault(**{**fault, "kind": FaultKind(fault["kind"])}) for fault in state["faults"]
        )
        for name, simulator in sandbox.simulators.items():
            simulator.load(state["shops"][name])
    except (AttributeError, InputError, KeyError, TypeError, ValueError) as error:
        raise _unknown(repr(error)) from error
    return sandbox


def _unknown(what: str) -> WorkspaceError:
    return WorkspaceError(
        f"the saved sandbox cannot be taken up: {what}",
        hint="delete its sandbox.json to begin a new one",
    )


def simulator_of(platform: Platform, channel: Channel, world: World) -> Simulator:
    if platform.simulator is None:
        raise Unsupported(
            f"{platform.title} has no simulator", hint="leave it out of the sandbox's channels"
        )
    try:
        return platform.simulator(channel, world)
    except ValueError as error:
        raise InputError(
            f"{channel.name}: {error}", hint="give the channel another currency"
        ) from error
