"""What one JD shop needs to be connected."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field, SecretStr

from mercer.plugins.platform import ChannelSettings

Gateway = Literal["routerjson", "sp-api"]

PRODUCTION: Final[dict[Gateway, str]] = {
    "routerjson": "https://api.jd.com/routerjson",
    "sp-api": "https://api-cn.jd.com/rest",
}


class JdSettings(ChannelSettings):
    """An access token (授权 token) belongs to one app and one shop.

    JD allows a refresh only within the last 24 hours before it ends (UNVERIFIED); after that the
    seller authorises the app again by hand.
    """

    app_key: str = Field(
        min_length=1,
        description="AppKey of your app in JD's open platform console (京东开放平台 控制台)",
        examples=["0123456789ABCDEF0123456789ABCDEF"],
    )
    app_secret: SecretStr = Field(min_length=1, description="AppSecret of the same app")
    access_token: SecretStr = Field(
        min_length=1, description="access token that the seller's authorisation of the app gave"
    )
    gateway: Gateway = Field(
        default="routerjson",
        description="routerjson for the classic gateway (JOS), sp-api for the newer one, which "
        "writes neither prices nor content",
        examples=["routerjson", "sp-api"],
    )
    store_id: int = Field(
        default=0,
        ge=0,
        description="number of the warehouse (仓库编号) whose stock this channel writes; 0 for a "
        "shop with a single one. mercer doctor compares it with JD's",
    )
    address: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="address of the gateway; set it only for the pre-release environment",
        examples=["https://api-dev.jd.com/routerjson"],
    )

    @property
    def url(self) -> str:
        return (self.address or PRODUCTION[self.gateway]).rstrip("/")
