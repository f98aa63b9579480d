"""What every part of the suite stands on."""

from __future__ import annotations

from typing import ClassVar

import pytest

from mercer.plugins import registry
from mercer.testkit.bench import Bench


class Contract:
    """Set `platform` to the entry point's name and `currency` to one that its shops can sell in."""

    platform: ClassVar[str]
    currency: ClassVar[str]
    products: ClassVar[int] = 12

    @pytest.fixture
    def bench(self) -> Bench:
        return Bench.of(registry.load(self.platform), self.currency, self.products)

    @staticmethod
    def needs(bench: Bench, *capabilities: type) -> None:
        """Skip where the adapter does not have them."""
        for capability in capabilities:
            if not bench.has(capability):
                pytest.skip(f"{bench.platform.name} has no {capability.__name__}")
