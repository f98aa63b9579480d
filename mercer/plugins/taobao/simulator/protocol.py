"""What every API of the simulated gateway is made of: a call in, a dict or a `TopError` out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mercer.plugins.beijing import utc
from mercer.plugins.taobao.simulator.shop import Shop

MOST_DIGITS: Final = 19


class TopError(Exception):
    """One error envelope."""

    def __init__(self, code: int, msg: str, sub_code: str = "", sub_msg: str = "") -> None:
        super().__init__(f"{code} {msg} {sub_code}")
        self.code = code
        self.msg = msg
        self.sub_code = sub_code
        self.sub_msg = sub_msg

    def body(self, request_id: str) -> dict[str, Any]:
        full = {
            "code": self.code,
            "msg": self.msg,
            "sub_code": self.sub_code,
            "sub_msg": self.sub_msg,
            "request_id": request_id,
        }
        return {"error_response": {name: value for name, value in full.items() if value}}


def business(sub_code: str, sub_msg: str) -> TopError:
    return TopError(15, "Remote service error", sub_code, sub_msg)


def invalid(name: str) -> TopError:
    return TopError(41, f"Invalid arguments:{name}")


@dataclass(frozen=True, slots=True)
class Call:
    """One request that passed the gate. `now` is in whole seconds."""

    params: Mapping[str, str]
    now: datetime

    def text(self, name: str, default: str = "") -> str:
        return self.params.get(name, default)

    def whole(self, name: str, default: int | None = None) -> int:
        text = self.params.get(name)
        if text is None and default is not None:
            return default
        if text is None or not _whole(text.removeprefix("-")):
            raise invalid(name)
        return int(text)

    def ids(self, name: str, most: int) -> list[int]:
        """Comma-joined, not more than `most`. The real error for too many is UNVERIFIED."""
        parts = [part.strip() for part in self.text(name).split(",")]
        if len(parts) > most or not all(_whole(part) for part in parts):
            raise invalid(name)
        return [int(part) for part in parts]

    def fen(self, name: str) -> int:
        """Yuan text with at most two decimals."""
        return fen(self.text(name), name)

    def moment(self, name: str) -> datetime | None:
        text = self.params.get(name)
        if text is None:
            return None
        try:
            return utc(text)
        except ValueError:
            raise invalid(name) from None

    def flag(self, name: str) -> bool:
        return self.text(name).lower() == "true"

    def page(self, default: int, most: int) -> tuple[int, int]:
        """First row and number of rows."""
        number, size = self.whole("page_no", 1), self.whole("page_size", default)
        if number < 1:
            raise invalid("page_no")
        if not 1 <= size <= most:
            raise invalid("page_size")
        return (number - 1) * size, size


@dataclass(frozen=True, slots=True)
class Api:
    """`session` false: answers without a seller's authorisation."""

    answer: Callable[[Shop, Call], dict[str, Any]]
    required: tuple[str, ...] = ()
    write: bool = False
    session: bool = True


def _whole(text: str) -> bool:
    return text.isdecimal() and len(text) <= MOST_DIGITS


def fen(text: str, name: str) -> int:
    whole, _, fraction = text.partition(".")
    digits = whole + fraction.ljust(2, "0")
    if not (whole.isdecimal() and _whole(digits) and len(fraction) <= 2):
        raise invalid(name)
    return int(digits)
