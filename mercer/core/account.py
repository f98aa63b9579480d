"""Where things are sold: a channel is one storefront of an account at a platform."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from mercer.core.cell import Field
from mercer.core.guard import GuardSettings
from mercer.core.merge import Owner
from mercer.core.policy import OURS, Policy
from mercer.core.price_rule import NamedRule
from mercer.core.stock_rule import StockRule


@dataclass(frozen=True, slots=True)
class Channel:
    """`account` names the authorisation whose quota it shares; `zone` is an IANA time zone.

    `stock_with` names a channel of the same account whose stock is this channel's too, as Amazon has
    it in one region: the number is written there, and both channels' sales move it. `keep_personal`:
    how long after an order's last change its personal data stays. `price_rules` are those that concern
    this channel, in their order.
    """

    name: str
    platform: str
    account: str
    currency: str
    zone: str = "UTC"
    tax_included: bool = True
    create_listings: bool = True
    owners: dict[Field, Owner] = field(default_factory=dict)
    policies: dict[Field, Policy] = field(default_factory=dict)
    stock_with: str = ""
    keep_personal: timedelta = timedelta(days=90)
    stock_rule: StockRule = field(default_factory=lambda: StockRule("all"))
    guards: GuardSettings = field(default_factory=GuardSettings)
    price_rules: tuple[NamedRule, ...] = ()

    def owner(self, field: Field) -> Owner:
        return self.owners.get(field, Owner.MERCER)

    def policy(self, field: Field) -> Policy:
        return self.policies.get(field, OURS)
