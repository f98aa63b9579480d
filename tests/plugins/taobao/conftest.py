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
