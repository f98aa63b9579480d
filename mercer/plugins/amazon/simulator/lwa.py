"""Login with Amazon: a refresh token for an access token. Errors are OAuth's shape."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl

from mercer.plugins.amazon.simulator.protocol import Answer
from mercer.plugins.amazon.simulator.seller import Seller

PATH: Final = "/auth/o2/token"
TOKEN_LIFE: Final = 3600
"""Seconds."""


def granted(seller: Seller, body: bytes, now: datetime, names: random.Random) -> Answer:
    """The statuses of errors are UNVERIFIED. A token is good for every marketplace of the seller."""
    form = dict(parse_qsl(body.decode("utf-8", "replace")))
    client = (form.get("client_id"), form.get("client_secret"))
    if client != (seller.client_id, seller.client_secret):
        return _refused(401, "invalid_client", "Client authentication failed")
    if form.get("grant_type") != "refresh_token":
        return _refused(400, "unsupported_grant_type", "The grant type is not supported")
    if form.get("refresh_token") != seller.refresh_token:
        return _refused(400, "invalid_grant", "The request has an invalid grant parameter")
    token = f"Atza|{names.getrandbits(160):040x}"
    seller.tokens = {each: until for each, until in seller.tokens.items() if until > now}
    seller.tokens[token] = now + timedelta(seconds=TOKEN_LIFE)
    return 200, {
        "access_token": token,
        "token_type": "bearer",
        "expires_in": TOKEN_LIFE,
        "refresh_token": seller.refresh_token,
    }


def _refused(status: int, error: str, words: str) -> Answer:
    return status, {"error": error, "error_description": words}
