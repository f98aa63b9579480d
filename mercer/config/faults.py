"""What pydantic has against a setting, as one line that names file and line."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, Final

from pydantic_core import ErrorDetails

from mercer.config.places import Places

_SECRETS: Final = frozenset(
    {("personal", "key"), ("workspace", "database"), ("workspace", "database_password")}
)
"""Keys beside the settings of channels where somebody may have written a secret itself."""


def described(
    error: ErrorDetails, places: Places, around: tuple[str, ...], known: Sequence[str]
) -> str:
    """One fault as one line. Values that may be secrets are never shown.

    `around` are the keys of the table that was looked at; `known` is what may stand beside the key.
    """
    keys = (*around, *(str(key) for key in error["loc"] if key != "[key]"))
    where, name = places.near(*keys), ".".join(keys)
    match error["type"]:
        case "missing":
            return f"{where}: {name} is missing"
        case "extra_forbidden":
            return f"{where}: {name} is not known; {_known(keys[-1], known)}"
    what = error["msg"].removeprefix("Value error, ").replace("Input should be", "allowed:")
    what = what if what.startswith("allowed:") else f"allowed: {what}"
    if (
        error["loc"]
        and error["loc"][-1] == "[key]"
        and error["type"].startswith(("value_error", "enum"))
    ):
        return f"{where}: the name {keys[-1]!r} in {'.'.join(keys[:-1])}; {what}"
    if error["type"] == "value_error" and isinstance(error["input"], dict):
        return f"{where}: {name}; {what}"
    return f"{where}: {name} is {_found(error['input'], keys)}; {what}"


def _known(key: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    guess = f"did you mean {close[0]}? " if close else ""
    return f"{guess}allowed: {', '.join(known)}"


def _found(value: Any, keys: tuple[str, ...]) -> str:
    secret = "settings" in keys or keys in _SECRETS
    if secret or not isinstance(value, (str, int, float, bool)):
        return f"of type {type(value).__name__}"
    return repr(value)
