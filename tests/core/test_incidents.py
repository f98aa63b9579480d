"""What has gone wrong in real shops, replayed: each would have been stopped before it was published."""

from __future__ import annotations

from mercer.core.guard import (
    Guard,
    GuardSettings,
    Limit,
    PlanFigures,
    PriceMove,
    check_plan,
    check_price,
)
from mercer.core.money import Money

UNDECLARED = Limit()
SHOP = {f"SKU-{number}": Money(999 + 250 * number, "GBP") for number in range(400)}


def blocked(before: Money, after: Money, floor: Limit = UNDECLARED) -> set[Guard]:
    move = PriceMove("GBP", before, after, floor=floor)
    return {finding.guard for finding in check_price(move, GuardSettings()) if finding.blocks}


def figures(prices: dict[str, Money], quantity: int) -> PlanFigures:
    cuts = Money.zero("GBP")
    for sku, after in prices.items():
        cuts += max(Money.zero("GBP"), SHOP[sku] - after) * quantity
    changed = sum(SHOP[sku] != after for sku, after in prices.items())
    return PlanFigures(len(SHOP), changed=changed, delisted=0, sold_out=0, cuts=cuts)


def test_a_whole_shop_at_one_penny_is_blocked_offer_by_offer_and_as_a_whole() -> None:
    """2014: repricing software put thousands of sellers' goods on sale at £0.01."""
    penny = Money(1, "GBP")
    assert all(Guard.BIG_MOVE in blocked(before, penny) for before in SHOP.values())
    plan = check_plan(figures(dict.fromkeys(SHOP, penny), 3), GuardSettings())
    assert [finding.guard for finding in plan] == [Guard.WIDE_CHANGE]


def test_a_blank_minimum_is_not_one_penny() -> None:
    """2012: a minimum price left blank was read as 0.01 and undercut every rival down to it."""
    unknown = Limit(declared=True, amount=None)
    assert blocked(Money(1000, "GBP"), Money(990, "GBP"), floor=unknown) == {Guard.BLANK_FLOOR}


def test_one_slip_among_many_cuts_does_not_hide() -> None:
    """A promotion of ten per cent, where one price was typed without its point."""
    tenth = {sku: Money(before.minor * 90 // 100, "GBP") for sku, before in SHOP.items()}
    slipped = tenth | {"SKU-7": SHOP["SKU-7"] * 100}
    caught = {sku for sku, after in slipped.items() if blocked(SHOP[sku], after)}
    assert caught == {"SKU-7"}
    assert blocked(SHOP["SKU-7"], slipped["SKU-7"]) == {Guard.DECIMAL_SLIP, Guard.BIG_MOVE}


def test_a_moderate_cut_of_the_whole_shop_needs_a_person() -> None:
    """2024: wrong prices, each believable by itself, were live for twenty minutes."""
    cut = {sku: Money(before.minor * 75 // 100, "GBP") for sku, before in SHOP.items()}
    assert not any(blocked(SHOP[sku], after) for sku, after in cut.items())
    settings = GuardSettings(max_risk=Money(100_000, "GBP"))
    plan = check_plan(figures(cut, quantity=5), settings)
    assert {finding.guard for finding in plan} == {Guard.WIDE_CHANGE, Guard.MONEY_AT_RISK}
