"""Where things are sold: a channel is one storefront of an account at a platform."""

from __future__ import annotations

from dataclasses import dataclass, field

from mercer.core.cell import Field
from mercer.core.guard import GuardSettings
from mercer.core.merge import Owner, Policy
from mercer.core.stock import StockRule


@dataclass(frozen=True, slots=True)
class Channel:
    """`account` names the authorisation whose quota it shares; `zone` is an IANA time zone."""

    name: str
    platform: str
    account: str
    currency: str
    zone: str = "UTC"
    tax_included: bool = True
    create_listings: bool = True
    owners: dict[Field, Owner] = field(default_factory=dict)
    policies: dict[Field, Policy] = field(default_factory=dict)
    stock_rule: StockRule = field(default_factory=lambda: StockRule("all"))
    guards: GuardSettings = field(default_factory=GuardSettings)

    def owner(self, field: Field) -> Owner:
        return self.owners.get(field, Owner.MERCER)

    def policy(self, field: Field) -> Policy:
        return self.policies.get(field, Policy.OURS)
