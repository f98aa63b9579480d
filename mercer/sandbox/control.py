"""What a tester does to the world: move its clock, edit a shop, buy, break things."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC
from typing import Any, Final

from mercer.core.cell import NOTHING, Nothing
from mercer.core.errors import InputError
from mercer.core.money import Money
from mercer.plugins.simulation import (
    Buyer,
    Edit,
    Fault,
    Notice,
    OrderTruth,
    Simulator,
    Truth,
)
from mercer.sandbox.bodies import (
    LONGEST_ADVANCE,
    Amount,
    AskBackBody,
    ClockBody,
    EditBody,
    FaultBody,
    NoBody,
    OrderBody,
    OrderedBody,
    SettleBody,
)
from mercer.sandbox.world import Sandbox

ACTION: Final = 1.0
"""Seconds that pass before a buyer or the back office acts, so that no two acts share a moment."""


class NotThere(InputError):
    """No such channel, merchant code, order or case."""


class Refused(InputError):
    """The shop itself says no, as when too few are left."""


class Control:
    """Raise `InputError`s that say what to mend; nothing has happened then, but for the time."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._world = sandbox.world

    def overview(self) -> dict[str, Any]:
        channels = {
            name: {
                "platform": channel.platform,
                "account": channel.account,
                "currency": channel.currency,
            }
            for name, channel in self._sandbox.channels.items()
        }
        return {
            "seed": self._world.seed,
            **self.clock(),
            "channels": channels,
            **self.faults(),
        }

    def clock(self) -> dict[str, Any]:
        return {"now": self._world.clock.now().isoformat()}

    def advance(self, body: ClockBody) -> dict[str, Any]:
        """Time never goes back: an earlier moment changes nothing."""
        if body.to is not None:
            ahead = (body.to - self._world.clock.now()).total_seconds()
            if ahead > LONGEST_ADVANCE:
                raise InputError(f"{body.to} is more than a year ahead", hint="go there in steps")
            self._world.clock.advance_to(body.to.astimezone(UTC))
        else:
            self._world.clock.advance(body.seconds or 0.0)
        return self.clock()

    def offers(self, channel: str) -> dict[str, Any]:
        return {"offers": [_shown(truth) for truth in self._shop(channel).offers()]}

    def edit(self, channel: str, body: EditBody) -> dict[str, Any]:
        shop = self._shop(channel)
        clears = body.compare_at is None and "compare_at" in body.model_fields_set
        compare_at: Money | Nothing | None = self._money(channel, body.compare_at)
        edit = Edit(
            price=self._money(channel, body.price),
            compare_at=NOTHING if clears else compare_at,
            quantity=body.quantity,
            title=body.title,
            listed=None if body.status is None else body.status == "listed",
        )
        if edit == Edit():
            raise InputError("the edit changes nothing", hint="give price, quantity, title, ...")
        with self._acting(channel):
            shop.edit(body.merchant_code, edit)
        code = body.merchant_code
        return {"offers": [_shown(each) for each in shop.offers() if each.merchant_code == code]}

    def order(self, channel: str, body: OrderBody) -> dict[str, Any]:
        shop = self._shop(channel)
        with self._acting(channel):
            buyer = Buyer(**body.buyer.model_dump()) if body.buyer else None
            return {"order": shop.order(body.wanted(), paid=body.paid, buyer=buyer)}

    def pay(self, channel: str, body: OrderedBody) -> dict[str, Any]:
        shop = self._shop(channel)
        with self._acting(channel):
            shop.pay(body.order)
        return {"order": body.order}

    def cancel(self, channel: str, body: OrderedBody) -> dict[str, Any]:
        shop = self._shop(channel)
        with self._acting(channel):
            shop.cancel(body.order)
        return {"order": body.order}

    def ask_back(self, channel: str, body: AskBackBody) -> dict[str, Any]:
        shop = self._shop(channel)
        with self._acting(channel):
            return {"case": shop.ask_back(body.order, body.wanted(), body.kind)}

    def settle_case(self, channel: str, body: SettleBody) -> dict[str, Any]:
        shop = self._shop(channel)
        with self._acting(channel):
            shop.settle_case(body.case, agreed=body.agreed)
        return {"case": body.case}

    def orders(self, channel: str) -> dict[str, Any]:
        return {"orders": [_placed(truth) for truth in self._shop(channel).orders()]}

    def notices(self, channel: str, body: NoBody) -> dict[str, Any]:
        """Each is handed out once: whoever asks is the subscriber."""
        del body
        return {"notices": [_sent(notice) for notice in self._shop(channel).notices()]}

    def faults(self) -> dict[str, Any]:
        return {"faults": [asdict(fault) for fault in self._world.faults.active]}

    def add_fault(self, body: FaultBody) -> dict[str, Any]:
        if body.channel:
            self._shop(body.channel)
        self._world.faults.active.append(Fault(**body.model_dump()))
        return self.faults()

    def clear_faults(self) -> dict[str, Any]:
        self._world.faults.active.clear()
        return self.faults()

    def _shop(self, channel: str) -> Simulator:
        try:
            return self._sandbox.simulators[channel]
        except KeyError:
            known = ", ".join(self._sandbox.simulators)
            raise NotThere(f"there is no channel {channel!r}", hint=f"channels: {known}") from None

    def _money(self, channel: str, given: str | Amount | None) -> Money | None:
        if given is None:
            return None
        currency = self._sandbox.channels[channel].currency
        if isinstance(given, str):
            return Money.of(given, currency)
        if given.currency != currency:
            raise InputError(
                f"{channel} sells in {currency}, not in {given.currency}",
                hint=f"give the amount in {currency}",
            )
        return Money.of(given.amount, currency)

    @contextmanager
    def _acting(self, channel: str) -> Iterator[None]:
        self._world.clock.advance(ACTION)
        try:
            yield
        except KeyError as error:
            hint = f"see GET /_world/{channel}/offers and /_world/{channel}/orders"
            raise NotThere(f"{channel} does not have {error.args[0]!r}", hint=hint) from error
        except ValueError as error:
            raise Refused(f"{channel} refuses: {error}", hint="ask for something else") from error


def _shown(truth: Truth) -> dict[str, Any]:
    return {
        "merchant_code": truth.merchant_code,
        "listing": truth.listing,
        "offer": truth.offer,
        "title": truth.title,
        "price": _amount(truth.price),
        "compare_at": _amount(truth.compare_at) if truth.compare_at else None,
        "quantity": truth.quantity,
        "status": truth.status,
    }


def _placed(truth: OrderTruth) -> dict[str, Any]:
    return {
        "order": truth.order,
        "created_at": truth.created_at.isoformat(),
        "paid": truth.paid,
        "cancelled": truth.cancelled,
        "units": dict(truth.units),
        "shipped": dict(truth.shipped),
        "parcels": list(truth.parcels),
    }


def _sent(notice: Notice) -> dict[str, Any]:
    return {
        "at": notice.at.isoformat(),
        "headers": dict(notice.headers),
        "body": notice.body.decode(),
    }


def _amount(money: Money) -> dict[str, str]:
    return {"amount": money.plain, "currency": money.currency}
