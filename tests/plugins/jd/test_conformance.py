"""The conformance suite on JD's newer gateway; the classic one is in `tests/conformance`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mercer.plugins import registry
from mercer.plugins.jd.simulator import JdSimulator
from mercer.testkit.bench import Bench
from mercer.testkit.suite import Conformance


class TestSpApi(Conformance):
    platform = "jd"
    currency = "CNY"

    @pytest.fixture
    def bench(self) -> Bench:
        newer = replace(
            registry.load("jd"),
            simulator=lambda channel, world: JdSimulator(channel, world, "sp-api"),
        )
        return Bench.of(newer, "CNY", self.products)
