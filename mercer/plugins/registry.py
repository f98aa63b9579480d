"""Find platforms by entry point; load only those that are asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

import pluggy

from mercer.core.errors import SettingsError
from mercer.core.policy import BUILT_IN, Policy
from mercer.plugins import hookspecs

if TYPE_CHECKING:
    from mercer.config.price_rules import RuleKind
    from mercer.core.risk import OrderCheck
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


def price_rule_kinds() -> dict[str, RuleKind]:
    """The kinds of price rules that plugins bring, by name. Raise `SettingsError` as `order_checks`."""
    found: dict[str, RuleKind] = {}
    _ask_each(lambda hooks: hooks.mercer_price_rules(register=found.__setitem__))
    return found


def order_checks() -> list[OrderCheck]:
    """The checks of new orders that plugins bring, by name.

    Raise `SettingsError` for a plugin that fails to load: a check that is silently missing is worse.
    """
    found: list[OrderCheck] = []
    _ask_each(lambda hooks: hooks.mercer_order_checks(register=found.append))
    return sorted(found, key=lambda check: check.name)


def policies() -> dict[str, Policy]:
    """The policies that plugins bring, by name.

    Raise `SettingsError` for a plugin that fails to load, and for a name that two policies have.
    """
    found: dict[str, Policy] = dict(BUILT_IN)

    def register(policy: Policy) -> None:
        if policy.name in found:
            raise ValueError(f"there is a policy {policy.name!r} already")
        found[policy.name] = policy

    _ask_each(lambda hooks: hooks.mercer_policies(register=register))
    return {name: policy for name, policy in found.items() if name not in BUILT_IN}


def _ask_each(ask: Callable[[Any], object]) -> None:
    """Ask every plugin. A fault of one is a person's to mend: what is silently missing is worse."""
    for plugin in _entry_points().values():
        try:
            ask(_hooks(plugin))
        except Exception as error:  # whatever a stranger's module does when it is imported
            raise SettingsError(
                f"the plugin {plugin.name!r} ({_origin(plugin)}) cannot be loaded: {error}",
                hint="reinstall or remove the package that brings it",
            ) from error


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
