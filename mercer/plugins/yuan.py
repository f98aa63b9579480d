"""Yuan (元), the only currency of the platforms that sell in China."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mercer.core.account import Channel
from mercer.core.contract import Health
from mercer.core.errors import Rejected
from mercer.core.money import Money
from mercer.plugins.values import amount

CURRENCY: Final = "CNY"


def money(row: Mapping[str, Any], name: str) -> Money | None:
    """From yuan with at most two decimals."""
    return amount(row, name, CURRENCY)


def yuan(price: Money) -> str:
    """With two decimals. Raise `Rejected` for any other currency."""
    if price.currency != CURRENCY:
        raise Rejected(f"prices here are in {CURRENCY}, not {price.currency}")
    return price.plain


def fen(price: Money) -> int:
    """Of a simulated shop's goods. Raise `ValueError` for any other currency."""
    if price.currency != CURRENCY:
        raise ValueError(f"the shop sells in {CURRENCY}, not {price.currency}")
    return price.minor


def in_yuan(fen: int) -> str:
    """With two decimals."""
    return Money(fen, CURRENCY).plain


def checked(channel: Channel) -> Health:
    return Health(
        "currency",
        channel.currency == CURRENCY,
        f"the channel's currency is {channel.currency}, the platform's is {CURRENCY}",
        f"set the channel's currency to {CURRENCY}",
    )
