"""Find platforms by entry point; load only those that are asked for."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from mercer.core.errors import SettingsError
from mercer.core.risk import OrderCheck
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
    try:
        platforms = _registered(found[name])
    except Exception as error:  # whatever a stranger's module does when it is imported
        raise SettingsError(
            f"the plugin of platform {name!r} ({_origin(found[name])}) cannot be loaded: {error}",
            hint="reinstall or remove the package that brings it",
        ) from error
    if name not in platforms:
        raise SettingsError(
            f"the plugin {name!r} ({_origin(found[name])}) registers {sorted(platforms)}",
            hint="its entry point must carry the name of the platform",
        )
    return platforms[name]


def order_checks() -> list[OrderCheck]:
    """The checks of new orders that plugins bring, by name.

    Raise `SettingsError` for a plugin that fails to load: a check that is silently missing is worse.
    """
    found: list[OrderCheck] = []
    for plugin in _entry_points().values():
        try:
            _hooks(plugin).mercer_order_checks(register=found.append)
        except Exception as error:  # whatever a stranger's module does when it is imported
            raise SettingsError(
                f"the plugin {plugin.name!r} ({_origin(plugin)}) cannot be loaded: {error}",
                hint="reinstall or remove the package that brings it",
            ) from error
    return sorted(found, key=lambda check: check.name)


def _registered(plugin: EntryPoint) -> dict[str, Platform]:
    platforms: dict[str, Platform] = {}

    def register(platform: Platform) -> None:
        platforms[platform.name] = platform

    _hooks(plugin).mercer_platforms(register=register)
    return platforms


def _hooks(plugin: EntryPoint) -> Any:
    manager = pluggy.PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin.load(), plugin.name)
    manager.check_pending()
    return manager.hook


def _origin(plugin: EntryPoint) -> str:
    return f"{plugin.value} of {plugin.dist.name}" if plugin.dist else plugin.value


def _entry_points() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=hookspecs.GROUP)}
