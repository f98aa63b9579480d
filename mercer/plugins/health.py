"""Checks that tell what went wrong instead of raising it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from mercer.core.contract import Health
from mercer.core.errors import PlatformError

Check = Callable[[], Awaitable[Health]]


async def tried(name: str, check: Check) -> Health:
    """What `check` finds; where it raises a `PlatformError`, that it failed and what to try."""
    try:
        return await check()
    except PlatformError as error:
        return Health(name, False, error.message, error.hint)
