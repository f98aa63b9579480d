"""What a history leaves behind for the checker: the shops, the books, and what was seen on the way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from mercer.core.order import Order
from mercer.plugins.simulation import OrderTruth, Simulator, Truth
from mercer.sandbox.laboratory.seller import Seller
from mercer.sandbox.laboratory.setting import Setting
from mercer.sandbox.laboratory.witness import Witness
from mercer.store import hindsight
from mercer.sync.session import Session


@dataclass
class Evidence:
    """`session` works with the database and the rules as they are in the end.

    `crashes`: what Mercer raised that is none of its errors. `received`: orders as the platforms tell
    them in the end, read once more. `restless`: why it did not come to rest; `repeated`: what
    applying the last plan once more changed at the shops.
    """

    setting: Setting
    simulators: Mapping[str, Simulator]
    seller: Seller
    witness: Witness
    session: Session
    crashes: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    received: dict[tuple[str, str], Order] = field(default_factory=dict)
    restless: str = ""
    repeated: Sequence[str] = ()

    @cached_property
    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that the books hold."""
        with self.session.database.read() as tx:
            return {name: hindsight.rows(tx, name) for name in hindsight.tables()}

    @cached_property
    def offers(self) -> list[tuple[str, Truth]]:
        """(channel, offer) of everything that the shops show in the end."""
        return [(name, each) for name, shop in self.simulators.items() for each in shop.offers()]

    @cached_property
    def orders(self) -> dict[tuple[str, str], OrderTruth]:
        return {
            (name, order.order): order
            for name, shop in self.simulators.items()
            for order in shop.orders()
        }

    @property
    def digest(self) -> str:
        """Of the story and of how it ended: the same wherever the same history is played.

        What is sealed or hashed with keys of chance is left out, and so are times of real machines.
        """
        ended = {name: self.tables[name] for name in _TOLD}
        offers = [f"{name} {offer}" for name, offer in self.offers]
        told = json.dumps([self.witness.story, offers, ended], default=str, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


_TOLD: Final = (
    "cells", "changes", "findings", "incidents", "journal", "movements", "order_lines", "results",
)  # fmt: skip
