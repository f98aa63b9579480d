"""E-mail addresses and phone numbers in the one form in which they can be compared."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_EMAIL: Final = re.compile(r"[^\s@*]+@[^\s@*]+\.[^\s@*]+")
_SEPARATORS: Final = re.compile(r"[\s().\-]+")
_INTERNATIONAL: Final = re.compile(r"(?:\+|00)([1-9]\d{6,14})")
_CHINESE_MOBILE: Final = re.compile(r"(?:86)?(1[3-9]\d{9})")


def comparable_email(text: str | None) -> str | None:
    """Without what mail does not tell apart: case, width, space. `None` where it is no address."""
    plain = unicodedata.normalize("NFKC", text or "").strip().casefold()
    return plain if _EMAIL.fullmatch(plain) else None


def comparable_phone(text: str | None, *, in_china: bool = False) -> str | None:
    """E.164, as `+8613912345678`. `None` where the country is not known, or it is no plain number.

    `in_china`: written by people there, who leave the country code out; elsewhere the same digits
    may be an American number. A number with an extension is a platform's stand-in for one that it
    hides: it is nobody's own.
    """
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text or ""))
    if in_china and (mobile := _CHINESE_MOBILE.fullmatch(plain)):
        return f"+86{mobile[1]}"
    if international := _INTERNATIONAL.fullmatch(plain):
        return _without_extension(f"+{international[1]}")
    return None


def comparable_address(text: str | None) -> str | None:
    """Letters and digits alone, whatever stands between them. `None` where there are none."""
    plain = unicodedata.normalize("NFKC", text or "").casefold()
    return "".join(filter(str.isalnum, plain)) or None


def _without_extension(number: str) -> str | None:
    """Numbers in China have at most eleven digits behind the country code."""
    return None if number.startswith("+86") and len(number) > len("+8613912345678") else number
