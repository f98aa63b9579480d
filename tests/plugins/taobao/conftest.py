from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from .bench import Bench


@pytest.fixture
async def taobao() -> AsyncIterator[Bench]:
    """A Taobao shop (C)."""
    bench = Bench("C")
    yield bench
    await bench.client.aclose()


@pytest.fixture
async def tmall() -> AsyncIterator[Bench]:
    """A Tmall shop (B)."""
    bench = Bench("B")
    yield bench
    await bench.client.aclose()


@pytest.fixture(params=["C", "B"], ids=["taobao", "tmall"])
async def either(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """A shop of each kind in turn."""
    bench = Bench(request.param)
    yield bench
    await bench.client.aclose()
