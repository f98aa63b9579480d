"""The price guards' view of a change: what else is known of the offer."""

from __future__ import annotations

from typing import Final

from mercer.core.account import Channel
from mercer.core.cell import Field, money_from_text
from mercer.core.guard import Finding, Guard, Limit, PriceMove, check_price
from mercer.core.money import Money

_UNDECLARED: Final = Limit()


def judge_price(
    channel: Channel,
    cell: Field,
    before: str | None,
    after: str | None,
    partner: str | None,
    floor: Money | None,
) -> list[Finding]:
    """Findings on one cell of the price lane; `partner` is the other cell of its offer."""
    own, other = money_from_text(after), money_from_text(partner)
    if cell is Field.PRICE:
        move = PriceMove(
            channel.currency,
            money_from_text(before),
            own,
            compare_at=other,
            floor=_UNDECLARED if floor is None else Limit(declared=True, amount=floor),
        )
        return check_price(move, channel.guards)
    if own is None:
        return []
    findings = check_price(PriceMove(channel.currency, None, other, own), channel.guards)
    about_strike = (Guard.STRIKE_THROUGH, Guard.UNKNOWN_HISTORY)
    return [finding for finding in findings if finding.guard in about_strike]
