"""What passes between the app and its operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mercer.plugins.amazon.simulator.shop import Shop

GENERIC: Final = "The input you have submitted is not valid. Please check your input and try again."


class Refused(Exception):
    """An answer in the error shape. Codes are not uniform, as they are not at Amazon."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body = {"errors": [{"code": code, "message": message, "details": details}]}


@dataclass(frozen=True, slots=True)
class Call:
    """`parts` are those of the path, decoded once. `lost`: say yes and do nothing."""

    parts: tuple[str, ...]
    query: Mapping[str, str]
    body: Any
    now: datetime
    address: str
    lost: bool = False

    def values(self, name: str) -> list[str]:
        """An array in the query is split at its commas, those inside an encoded SKU too."""
        return [each for each in self.query.get(name, "").split(",") if each]

    def whole(self, name: str, *, usual: int, most: int) -> int:
        """A number from 1 to `most`."""
        text = self.query.get(name, str(usual))
        if not text.isdecimal() or not 1 <= int(text[:9]) <= most:
            raise invalid()
        return int(text)

    def moment(self, name: str) -> datetime | None:
        text = self.query.get(name)
        if text is None:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            raise invalid()
        return found


Answer = tuple[int, dict[str, Any]]
Handler = Callable[[Shop, Call], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """`writes`: it changes the shop, so that write faults strike it."""

    name: str
    method: str
    path: str
    answer: Handler
    writes: bool = False


def invalid(message: str = GENERIC) -> Refused:
    return Refused(400, "InvalidInput", message)


def iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def here(shop: Shop, call: Call, name: str = "marketplaceIds") -> None:
    """Raise `Refused` for a call about another marketplace. What Amazon says is UNVERIFIED."""
    wanted = call.values(name)
    if not wanted:
        raise invalid()
    if shop.marketplace not in wanted:
        raise Refused(403, "Unauthorized", "Access to requested resource is denied.")
