"""Settings of a channel on the in-memory platform."""

from __future__ import annotations

from pydantic import Field

from mercer.plugins.platform import ChannelSettings


class MemorySettings(ChannelSettings):
    shop: str = Field("default", description="which in-memory shop of this process")
