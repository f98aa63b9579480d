"""Signatures over a request's parameters that more than one platform computes alike."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def joined(params: Mapping[str, str]) -> str:
    """Raw names and values in ASCII order of the names, without joints."""
    return "".join(name + params[name] for name in sorted(params))


def md5_signature(params: Mapping[str, str], secret: str) -> str:
    """Upper-case MD5 of the joined parameters between two copies of the secret."""
    text = f"{secret}{joined(params)}{secret}".encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest().upper()
