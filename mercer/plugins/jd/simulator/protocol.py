"""What every API of the simulated platform is made of: a call in, a dict or a `JdError` out."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mercer.plugins.beijing import utc
from mercer.plugins.jd.simulator.shop import Shop

_MOST_DIGITS = 19


class JdError(Exception):
    def __init__(self, code: str, zh: str, en: str = "") -> None:
        super().__init__(f"{code} {zh}")
        self.code = code
        self.zh = zh
        self.en = en or zh


def business(zh: str) -> JdError:
    """A refusal of the goods' side. Its real codes are UNVERIFIED; this one is made up."""
    return JdError("10100001", zh)


def invalid(name: str) -> JdError:
    return JdError("10100002", f"参数{name}不合法", f"Invalid parameter {name}")


def busy() -> JdError:
    """JD's side failed. The code is made up."""
    return JdError("10100003", "服务调用超时", "Service timeout")


@dataclass(frozen=True, slots=True)
class Call:
    """One request that passed the gate. Keys that an API does not know are ignored.

    `now` is in whole seconds. `rng` throws the dice where JD's form varies.
    """

    params: Mapping[str, Any]
    now: datetime
    rng: random.Random

    def text(self, name: str, default: str = "") -> str:
        value = self.params.get(name)
        return default if value is None or isinstance(value, dict | list) else str(value)

    def whole(self, name: str, default: int | None = None) -> int:
        if self.params.get(name) is None and default is not None:
            return default
        return whole(self.params.get(name), name)

    def names(self, name: str) -> list[str]:
        """Joined by commas, or a JSON array; both are seen."""
        value = self.params.get(name)
        parts = value if isinstance(value, list) else str(value or "").split(",")
        return [str(part).strip() for part in parts if str(part).strip()]

    def ids(self, name: str, most: int) -> list[int]:
        found = [whole(part, name) for part in self.names(name)]
        if len(found) > most:
            raise invalid(name)
        return found

    def rows(self, name: str, most: int) -> list[dict[str, Any]]:
        value = self.params.get(name)
        if not isinstance(value, list) or not 0 < len(value) <= most:
            raise invalid(name)
        if not all(isinstance(row, dict) for row in value):
            raise invalid(name)
        return value

    def inner(self, name: str) -> Call:
        """A parameter that is itself an object."""
        value = self.params.get(name)
        if not isinstance(value, dict):
            raise invalid(name)
        return Call(value, self.now, self.rng)

    def moment(self, name: str) -> datetime | None:
        """Beijing time as text."""
        text = self.text(name)
        if not text:
            return None
        try:
            return utc(text)
        except (ValueError, OverflowError):
            raise invalid(name) from None

    def epoch(self, name: str) -> datetime | None:
        """Milliseconds."""
        if not self.text(name):
            return None
        try:
            return datetime.fromtimestamp(self.whole(name) / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            raise invalid(name) from None

    def page(self, number: str, size: str, default: int, most: int) -> tuple[int, int]:
        """First row and number of rows, by the names that the API has for them."""
        page, rows = self.whole(number, 1), self.whole(size, default)
        if page < 1:
            raise invalid(number)
        if not 1 <= rows <= most:
            raise invalid(size)
        return (page - 1) * rows, rows

    def yes(self) -> bool | str:
        """`success` comes as a boolean or as text."""
        return self.rng.choice((True, "true"))


@dataclass(frozen=True, slots=True)
class Api:
    """`token` false: answers without a seller's authorisation."""

    answer: Callable[[Shop, Call], dict[str, Any]]
    write: bool = False
    token: bool = True


def whole(value: object, name: str) -> int:
    text = str(value)
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS):
        raise invalid(name)
    return int(text)


def fen(value: object, name: str) -> int:
    """From yuan, as text or as a number, with at most two decimals."""
    units, _, fraction = str(value).partition(".")
    if len(fraction.rstrip("0")) > 2:
        raise invalid(name)
    return whole(units + fraction[:2].ljust(2, "0"), name)


def milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp()) * 1000


def picked(full: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """What was asked for and has a value."""
    return {name: full[name] for name in names if full.get(name) is not None}
