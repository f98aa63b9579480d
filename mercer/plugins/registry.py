"""Find platforms by entry point; load only those that are asked for."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from mercer.core.errors import SettingsError
from mercer.plugins import hookspecs
from mercer.plugins.platform import Platform


def names() -> list[str]:
    """Every platform installed, without loading any."""
    return sorted(_entry_points())


def load(name: str) -> Platform:
    """Raise `SettingsError` where no plugin of this name is installed, or where it fails to load."""
    found = _entry_points()
    if name not in found:
        raise SettingsError(
            f"no platform {name!r} is installed", hint=f"installed: {', '.join(sorted(found))}"
        )
    manager = pluggy.PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(found[name].load(), name)
    except (ImportError, AttributeError, pluggy.PluginValidationError) as error:
        raise SettingsError(
            f"the plugin of platform {name!r} ({found[name].value}) cannot be loaded: {error}",
            hint="reinstall or remove the package that brings it",
        ) from error
    return _collect(manager, name)


def _collect(manager: pluggy.PluginManager, name: str) -> Platform:
    platforms: dict[str, Platform] = {}

    def register(platform: Platform) -> None:
        platforms[platform.name] = platform

    hook: Any = manager.hook
    hook.mercer_platforms(register=register)
    try:
        return platforms[name]
    except KeyError:
        raise SettingsError(
            f"the plugin {name!r} registers {sorted(platforms)} and not {name!r}",
            hint="its entry point must carry the name of the platform",
        ) from None


def _entry_points() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=hookspecs.GROUP)}
