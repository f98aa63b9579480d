"""What every part of the suite stands on."""

from __future__ import annotations

from typing import ClassVar, NoReturn

import pytest

from mercer.core.carrier import Carrier
from mercer.plugins import registry
from mercer.testkit.bench import Bench


class Contract:
    """Set `platform` to the entry point's name and `currency` to one that its shops can sell in."""

    platform: ClassVar[str]
    currency: ClassVar[str]
    products: ClassVar[int] = 12
    carrier: ClassVar[str] = Carrier.SF
    """One that the platform takes parcels of."""

    @pytest.fixture
    def bench(self) -> Bench:
        return Bench.of(registry.load(self.platform), self.currency, self.products)

    @staticmethod
    def needs(bench: Bench, *capabilities: type) -> None:
        """Skip where the adapter does not have them."""
        for capability in capabilities:
            if not bench.has(capability):
                skip(bench, capability.__name__)


def skip(bench: Bench, lacking: str) -> NoReturn:
    """What the platform lacks cannot be tested."""
    pytest.skip(f"{bench.platform.name} has no {lacking}")
