"""When a plan needs a person's approval."""

from __future__ import annotations

import pytest

from mercer.core.approval import ApprovalRules
from mercer.core.money import Money
from mercer.core.plan import ChannelSums, Totals

RULES = ApprovalRules(Money(500000, "CNY"), 500)


def totals(cuts: str | None, changes: int = 1, blocked: int = 0, stock: int = 0) -> Totals:
    sums = ChannelSums("north", "CNY", 1, changes, blocked, stock, cuts, None, "1")
    return Totals(changes, blocked, cuts=cuts, currency="CNY", sums=(sums,))


@pytest.mark.parametrize(
    ("plan", "needed"),
    [
        (totals("5000.00 CNY", 500), []),
        (totals("5000.01 CNY"), ["its cuts of 5000.01 CNY are more than 5000.00 CNY"]),
        (totals(None), ["what its cuts come to is not known"]),
        (totals("1.00 USD"), ["what its cuts come to is not known"]),
        (totals("0.00 CNY", 501), ["its 501 changes are more than 500"]),
        (totals("0.00 CNY", 501, blocked=1), []),
        (totals("0.00 CNY", 9000, stock=8999), []),
        (totals(None, 3, stock=3), []),
        (totals(None, 3, blocked=3), []),
        (Totals(), []),
    ],
)
def test_a_plan_needs_approval_for_what_it_risks(plan: Totals, needed: list[str]) -> None:
    assert list(RULES.reasons(plan)) == needed


def test_an_unknown_risk_needs_approval_whatever_is_configured() -> None:
    assert list(ApprovalRules(changes=500).reasons(totals(None))) == [
        "what its cuts come to is not known"
    ]


def test_both_reasons_are_told() -> None:
    assert len(list(RULES.reasons(totals("9000.00 CNY", 501)))) == 2
