"""The hooks of Mercer. A plugin is found through the entry-point group `mercer`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import pluggy

if TYPE_CHECKING:
    from mercer.config.price_rules import RuleKind
    from mercer.core.policy import Policy
    from mercer.core.risk import OrderCheck
    from mercer.plugins.platform import Platform

GROUP: Final = "mercer"

hookspec: Final = pluggy.HookspecMarker(GROUP)
hookimpl: Final = pluggy.HookimplMarker(GROUP)


@hookspec
def mercer_platforms(register: Callable[[Platform], None]) -> None:
    """Call `register` with each platform this plugin brings."""


@hookspec
def mercer_order_checks(register: Callable[[OrderCheck], None]) -> None:
    """Call `register` with each check that is to look at new orders."""


@hookspec
def mercer_policies(register: Callable[[Policy], None]) -> None:
    """Call `register` with each policy that channels may name for their fields."""


@hookspec
def mercer_price_rules(register: Callable[[str, RuleKind], None]) -> None:
    """Call `register` with the name of each kind of price rule, and what makes one of its settings."""
