"""What one Shopify channel needs to be told."""

from __future__ import annotations

import re
from typing import Final, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from mercer.plugins.platform import ChannelSettings

_SHOP: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9-]*\.myshopify\.com")
_LOCATION: Final = re.compile(r"(?:gid://shopify/Location/)?([0-9]+)")


class ShopifySettings(ChannelSettings):
    """Either `access_token`, or `client_id` and `client_secret`."""

    shop: str = Field(
        description="The shop's permanent domain, not the one that buyers see",
        examples=["acme.myshopify.com"],
    )
    access_token: SecretStr | None = Field(
        default=None,
        description="Admin API access token of a custom app made in the shop's own admin",
        examples=["shpat_..."],
    )
    client_id: str = Field(
        default="", description="Client id of an app of the same organisation as the shop"
    )
    client_secret: SecretStr | None = Field(
        default=None, description="Client secret of that app; it signs the app's webhooks too"
    )
    api_version: str = Field(
        default="2026-10",
        pattern=r"^20[0-9]{2}-(?:01|04|07|10)$",
        description="Admin API version",
        examples=["2026-10"],
    )
    location: str = Field(
        default="",
        description="Location whose stock is kept in step, by its number; "
        "empty for the shop's first active one that fulfils online orders",
        examples=["905684977"],
    )
    publication: str = Field(
        default="Online Store",
        description="Sales channel of the shop on which new products are published",
    )
    address: str = Field(
        default="", description="Where to send requests instead of https://{shop}, for a sandbox"
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="Secret that signs webhooks, where it is not the app's client secret",
    )

    @field_validator("shop")
    @classmethod
    def _permanent_domain(cls, shop: str) -> str:
        if not _SHOP.fullmatch(shop):
            raise ValueError("write the shop's permanent domain, such as acme.myshopify.com")
        return shop.lower()

    @field_validator("location", mode="before")
    @classmethod
    def _number(cls, location: str | int) -> str:
        found = _LOCATION.fullmatch(str(location))
        if location != "" and not found:
            raise ValueError("write the location's number, as in its page's address in the admin")
        return found[1] if found else ""

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        pair = bool(self.client_id), self.client_secret is not None
        if self.access_token is None and not all(pair):
            raise ValueError("set access_token, or both client_id and client_secret")
        if self.access_token is not None and self.client_id:
            raise ValueError("set access_token or client_id, not both")
        return self

    @property
    def base(self) -> str:
        return (self.address or f"https://{self.shop}").rstrip("/")
