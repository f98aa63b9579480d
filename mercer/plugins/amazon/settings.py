"""What one Amazon marketplace of a seller needs to be told."""

from __future__ import annotations

from typing import Final

from pydantic import Field, SecretStr, field_validator

from mercer.plugins.amazon.marketplaces import MARKETPLACES, Marketplace
from mercer.plugins.platform import ChannelSettings

LWA: Final = "https://api.amazon.com/auth/o2/token"


class AmazonSettings(ChannelSettings):
    """One channel is one marketplace. Those of one region share the authorisation of one app.

    The region, and with it the endpoint, follows from the marketplace.
    """

    client_id: str = Field(
        min_length=1,
        description="Login with Amazon (LWA) client id of your app, in the developer console",
        examples=["amzn1.application-oa2-client.0123..."],
    )
    client_secret: SecretStr = Field(
        min_length=1,
        description="LWA client secret of the same app; Amazon wants it rotated every 180 days",
    )
    refresh_token: SecretStr = Field(
        min_length=1,
        description="LWA refresh token that the seller's authorisation of the app gave",
        examples=["Atzr|..."],
    )
    seller_id: str = Field(
        pattern=r"^[A-Z0-9]+$",
        description="merchant token of the seller, under Account Info in Seller Central",
        examples=["A2EXAMPLESELLER"],
    )
    marketplace_id: str = Field(
        description="id of the marketplace that this channel sells in",
        examples=["ATVPDKIKX0DER (US)", "A1PA6795UKMFR9 (DE)", "A1VC38T7YXB528 (JP)"],
    )
    address: str = Field(
        default="",
        pattern=r"^(https?://.+)?$",
        description="Where to send requests instead of the region's endpoint, for a sandbox",
    )
    lwa_address: str = Field(
        default=LWA,
        pattern=r"^https?://",
        description="Where to ask for access tokens; change it only for a sandbox",
    )

    @field_validator("marketplace_id")
    @classmethod
    def _known(cls, marketplace_id: str) -> str:
        if marketplace_id not in MARKETPLACES:
            known = ", ".join(f"{each.id} ({each.country})" for each in MARKETPLACES.values())
            raise ValueError(f"write one of Amazon's marketplace ids: {known}")
        return marketplace_id

    @property
    def marketplace(self) -> Marketplace:
        return MARKETPLACES[self.marketplace_id]

    @property
    def base(self) -> str:
        return (self.address or self.marketplace.endpoint).rstrip("/")
