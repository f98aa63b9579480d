"""What one Amazon marketplace of a seller needs to be told."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

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
    personal_data: Literal["no", "yes"] = Field(
        default="no",
        description="Whether orders are read with their buyers' names and addresses; your app needs a "
        "restricted role for it, such as Direct-to-Consumer Shipping",
    )
    queue_url: str = Field(
        default="",
        pattern=r"^(https?://.+/.+/.+)?$",
        description="SQS queue that Amazon puts your notifications into; without it orders are found "
        "by searching alone",
        examples=["https://sqs.eu-west-1.amazonaws.com/444455556666/mercer"],
    )
    aws_access_key_id: str = Field(
        default="",
        description="Key of an AWS user who may receive and delete messages of the queue",
    )
    aws_secret_access_key: SecretStr | None = Field(default=None, description="Secret of that key")
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

    @model_validator(mode="after")
    def _queue_has_its_keys(self) -> Self:
        given = [self.queue_url, self.aws_access_key_id, self.aws_secret_access_key]
        if any(given) and not all(given):
            raise ValueError(
                "queue_url, aws_access_key_id and aws_secret_access_key go together: set all or none"
            )
        return self

    @property
    def marketplace(self) -> Marketplace:
        return MARKETPLACES[self.marketplace_id]

    @property
    def base(self) -> str:
        return (self.address or self.marketplace.endpoint).rstrip("/")
