"""AWS Signature Version 4, which SQS wants. SP-API itself wants no signature any more.

https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_TIME: Final = "%Y%m%dT%H%M%SZ"
_SIGNED: Final = re.compile(r"SignedHeaders=([a-z0-9;-]+)")


@dataclass(frozen=True, slots=True)
class Keys:
    """Of an AWS user. `repr` does not show the secret."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Scope:
    region: str
    service: str


def stamp(at: datetime) -> str:
    """The time as the header `x-amz-date` says it."""
    return at.astimezone(UTC).strftime(_TIME)


def moment(stamp: str) -> datetime | None:
    """The inverse of `stamp`; `None` for any other form."""
    try:
        return datetime.strptime(stamp, _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def authorization(
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
    keys: Keys,
    scope: Scope,
) -> str:
    """The header `Authorization`. `headers` are those to be signed, by lower-case name.

    `x-amz-date` and `host` must be among them. `path` is as it is sent.
    """
    at = headers["x-amz-date"]
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        (
            method,
            quote(path, safe="/") or "/",
            _pairs(query),
            *(f"{name}:{' '.join(headers[name].split())}" for name in sorted(headers)),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        )
    )
    place = f"{at[:8]}/{scope.region}/{scope.service}/aws4_request"
    text = "\n".join((_ALGORITHM, at, place, hashlib.sha256(canonical.encode()).hexdigest()))
    signature = _hmac(_key(keys, at[:8], scope), text).hex()
    return (
        f"{_ALGORITHM} Credential={keys.id}/{place}, SignedHeaders={names}, Signature={signature}"
    )


def signed_names(authorization: str) -> list[str]:
    """The headers that a request says it has signed."""
    found = _SIGNED.search(authorization)
    return found[1].split(";") if found else []


def _key(keys: Keys, day: str, scope: Scope) -> bytes:
    key = f"AWS4{keys.secret}".encode()
    for part in (day, scope.region, scope.service, "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _pairs(query: Mapping[str, str]) -> str:
    encoded = sorted((quote(name, safe=""), quote(query[name], safe="")) for name in query)
    return "&".join(f"{name}={value}" for name, value in encoded)
