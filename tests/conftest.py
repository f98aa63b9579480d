"""No test leaves this machine, and a property is tried with the same examples everywhere."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import socket_allow_hosts

settings.register_profile(
    "same everywhere",
    deadline=None,
    derandomize=True,
    # `make mutation` runs a test class again and again within one process.
    suppress_health_check=[HealthCheck.differing_executors],
)
settings.load_profile("same everywhere")


@pytest.fixture(autouse=True)
def _network_ends_at_loopback() -> None:
    """pytest-socket lifts the restriction when the test ends."""
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)
