from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from .bench import Bench


@pytest.fixture
async def jd() -> AsyncIterator[Bench]:
    """A shop at the classic gateway."""
    bench = Bench("routerjson")
    yield bench
    await bench.client.aclose()


@pytest.fixture
async def sp() -> AsyncIterator[Bench]:
    """A shop at SP-API."""
    bench = Bench("sp-api")
    yield bench
    await bench.client.aclose()


@pytest.fixture(params=["routerjson", "sp-api"])
async def either(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """A shop at each gateway in turn."""
    bench = Bench(request.param)
    yield bench
    await bench.client.aclose()
