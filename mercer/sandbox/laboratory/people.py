"""What people do to simulated shops: buyers, and hands in the back office. All is drawn from dice."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from mercer.core.after_sales import CaseKind
from mercer.core.currency import minor_digits
from mercer.core.money import Money
from mercer.plugins.buyers import chinese_buyer, western_buyer
from mercer.plugins.simulation import Buyer, Edit, OrderTruth, Simulator, Truth

BUYERS: Final = (*map(western_buyer, range(8)), *map(chinese_buyer, range(8)))
"""Everybody who ever buys; nothing of who they are may be found where it does not belong."""

Deed = Callable[[random.Random], str]
"""Does something to a shop and tells what. Raise `ValueError` or `KeyError` where it cannot be done."""


@dataclass(slots=True)
class People:
    """`prices` are those that goods began with, by merchant code and currency: nobody cares for others."""

    simulators: Mapping[str, Simulator]
    prices: Mapping[tuple[str, str], Money]
    cases: list[tuple[str, str]] = field(default_factory=list)

    def deeds(self) -> dict[str, Deed]:
        return {
            "order": self.order,
            "pay": self.pay,
            "cancel": self.cancel,
            "ask back": self.ask_back,
            "settle a case": self.settle_case,
            "edit a price": self.edit_price,
            "edit a number": self.edit_number,
            "edit a title": self.edit_title,
            "edit the shelf": self.edit_shelf,
        }

    def anything(self, dice: random.Random) -> str | None:
        """Something that happens while nobody looks; `None` where it cannot be done."""
        deeds = list(self.deeds().values())
        try:
            return dice.choice([*[self.order] * 4, *deeds])(dice)
        except (ValueError, KeyError, LookupError):
            return None

    # ------------------------------------------------------------------ buyers

    def order(self, dice: random.Random) -> str:
        channel, paid = self._channel(dice), dice.random() < 0.8
        shown = self._offers(channel)
        lines = [(dice.choice(shown).merchant_code, dice.choice((1, 1, 2, 3)))]
        if dice.random() < 0.2:
            lines.append((dice.choice(shown).merchant_code, 1))
        lines = list(dict(lines).items())
        order = self.simulators[channel].order(lines, paid=paid, buyer=self._buyer(dice))
        what = ", ".join(f"{units} of {code}" for code, units in lines)
        return f"{channel}: somebody orders {what}{'' if paid else ', unpaid'}: {order}"

    def pay(self, dice: random.Random) -> str:
        channel, order = self._some(dice, lambda each: not each.paid and not each.cancelled)
        self.simulators[channel].pay(order.order)
        return f"{channel}: order {order.order} is paid"

    def cancel(self, dice: random.Random) -> str:
        channel, order = self._some(dice, lambda each: not each.cancelled)
        self.simulators[channel].cancel(order.order)
        return f"{channel}: order {order.order} is cancelled"

    def ask_back(self, dice: random.Random) -> str:
        channel, order = self._some(dice, lambda each: each.paid and not each.cancelled)
        code, units = dice.choice(sorted(order.units.items()))
        kind = dice.choice(list(CaseKind))
        wanted = dice.randint(1, max(units, 1))
        case = self.simulators[channel].ask_back(order.order, [(code, wanted)], kind)
        self.cases.append((channel, case))
        return f"{channel}: a {kind.value} of {wanted} of {code} from {order.order}: case {case}"

    def settle_case(self, dice: random.Random) -> str:
        channel, case = dice.choice(self.cases)
        agreed = dice.random() < 0.7
        self.simulators[channel].settle_case(case, agreed=agreed)
        return f"{channel}: case {case} is {'agreed to' if agreed else 'refused'}"

    # ------------------------------------------------------------------ the back office

    def edit_price(self, dice: random.Random) -> str:
        channel, offer = self._offer(dice)
        return self._edit(channel, offer, Edit(price=nearby(self._usual(offer), dice)))

    def edit_number(self, dice: random.Random) -> str:
        channel, offer = self._offer(dice)
        return self._edit(channel, offer, Edit(quantity=dice.randint(0, 40)))

    def edit_title(self, dice: random.Random) -> str:
        channel, offer = self._offer(dice)
        return self._edit(channel, offer, Edit(title=f"Edited {dice.randint(0, 9)}"))

    def edit_shelf(self, dice: random.Random) -> str:
        channel, offer = self._offer(dice)
        return self._edit(channel, offer, Edit(listed=dice.random() < 0.5))

    def _edit(self, channel: str, offer: Truth, edit: Edit) -> str:
        self.simulators[channel].edit(offer.merchant_code, edit)
        given = {
            "price": edit.price,
            "quantity": edit.quantity,
            "title": edit.title,
            "listed": edit.listed,
        }
        what = ", ".join(f"{name} {value}" for name, value in given.items() if value is not None)
        return f"{channel}: somebody edits {offer.merchant_code}: {what}"

    # ------------------------------------------------------------------ choosing

    def _channel(self, dice: random.Random) -> str:
        return dice.choice(sorted(self.simulators))

    def _offers(self, channel: str) -> list[Truth]:
        offers = self.simulators[channel].offers()
        codes = {code for code, _ in self.prices}
        return [each for each in offers if each.merchant_code in codes]

    def _usual(self, offer: Truth) -> Money:
        return self.prices[offer.merchant_code, offer.price.currency]

    def _offer(self, dice: random.Random) -> tuple[str, Truth]:
        channel = self._channel(dice)
        return channel, dice.choice(self._offers(channel))

    def _some(
        self, dice: random.Random, wanted: Callable[[OrderTruth], bool]
    ) -> tuple[str, OrderTruth]:
        channel = self._channel(dice)
        return channel, dice.choice([o for o in self.simulators[channel].orders() if wanted(o)])

    def _buyer(self, dice: random.Random) -> Buyer:
        return dice.choice(BUYERS)


def nearby(price: Money, dice: random.Random) -> Money:
    """Up to an eighth more or less: no guard stops it."""
    share = Decimal(dice.randint(-12, 12)) / 100
    coin = Decimal(1).scaleb(-minor_digits(price.currency))
    return Money.of((price.amount * (1 + share)).quantize(coin, ROUND_HALF_UP), price.currency)
