"""One value of a platform's row. What it cannot be is told as `ProtocolBroken`, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from mercer.core.errors import InputError, ProtocolBroken
from mercer.core.money import Money

T = TypeVar("T")


def text(row: Mapping[str, Any], name: str) -> str | None:
    """`None` where the platform left it out or sent it empty. Numbers become their digits."""
    value = row.get(name)
    return None if value is None or value == "" else str(value)


def needed(row: Mapping[str, Any], name: str) -> str:
    value = text(row, name)
    if value is None:
        raise ProtocolBroken(f"{name} is missing")
    return value


def whole(row: Mapping[str, Any], name: str) -> int | None:
    value = text(row, name)
    if value is None:
        return None
    try:
        return int(value)
    except ValueError:
        raise ProtocolBroken(f"{name} is {value!r}, which is not a whole number") from None


def amount(row: Mapping[str, Any], name: str, currency: str) -> Money | None:
    """From text or a number in major units."""
    value = text(row, name)
    if value is None:
        return None
    try:
        return Money.of(value, currency)
    except InputError as error:
        raise ProtocolBroken(f"{name}: {error.message}") from None


def known(table: Mapping[str, T], row: Mapping[str, Any], name: str) -> T:
    """What `table` has for the row's word."""
    word = needed(row, name)
    if word not in table:
        raise ProtocolBroken(f"{name} is {word!r}, which is not known")
    return table[word]
