"""What one Taobao or Tmall shop needs to be connected."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field, SecretStr

from mercer.plugins.platform import ChannelSettings

SellerType = Literal["C", "B"]
SignMethod = Literal["md5", "hmac", "hmac-sha256"]

PRODUCTION: Final = "https://eco.taobao.com/router/rest"


class TaobaoSettings(ChannelSettings):
    """A session (授权 token) belongs to one app and one seller.

    Most apps cannot refresh it: when it ends, the seller authorises the app again by hand.
    """

    app_key: str = Field(
        min_length=1,
        description="AppKey of your app in the TOP console (淘宝开放平台 控制台)",
        examples=["12345678"],
    )
    app_secret: SecretStr = Field(min_length=1, description="AppSecret of the same app")
    session: SecretStr = Field(
        min_length=1,
        description="session key (access token) that the seller's authorisation of the app gave",
    )
    seller_type: SellerType = Field(
        description="C for a Taobao shop (集市), B for a Tmall shop (天猫); it decides how prices "
        "and content are written",
        examples=["C", "B"],
    )
    sign_method: SignMethod = Field(
        default="hmac-sha256", description="how requests are signed: hmac-sha256, hmac or md5"
    )
    message_group: str = Field(
        default="default",
        min_length=1,
        max_length=32,
        description="TMC group (消息分组) whose messages are polled; shops that share an app do "
        "better with one each",
    )
    address: str = Field(
        default=PRODUCTION,
        pattern=r"^https?://",
        description="address of the gateway; change it only for a sandbox or the overseas gateway",
        examples=["https://api.taobao.com/router/rest"],
    )
