"""Numbers as people write them: full width, separators of thousands, a comma for decimals.

An accepted text means exactly one number. Without a style, digits and a decimal point are all that is
accepted: `1,299` is 1299 to one seller and 1.299 to another, so a separator needs a named style.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mercer.core.errors import InputError

_SPACES: Final = " \u00a0\u202f\u2009"
_WIDE: Final[dict[int, int | str]] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    0x3000: " ",
    0xFFE5: "¥",
    0xFFE1: "£",
    0x2212: "-",
}
_UNSEEN: Final = str.maketrans("", "", "\u200b\u200e\u200f\u2060\ufeff")
_PLAIN: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")

LONGEST: Final = 60
"""Signs: no number that a person writes has more, and a page is not searched for one."""


@dataclass(frozen=True, slots=True)
class Style:
    """`group`: every sign that may part thousands. `point`: the sign before decimals."""

    name: str
    group: str
    point: str

    def plain(self, text: str) -> str | None:
        """The digits with a point for decimals; `None` for what is no number in this style."""
        if len(text) > LONGEST:
            return None
        if not self.group:
            return text if _PLAIN.fullmatch(text) else None
        whole, point, fraction = text.partition(self.point)
        first, *rest = re.split(f"[{re.escape(self.group)}]", whole)
        grouped = bool(rest)
        if any(len(part) != 3 for part in rest) or (grouped and not 1 <= len(first) <= 3):
            return None
        if len({sign for sign in whole if sign in self.group}) > 1:
            return None
        digits = "".join([first, *rest]) + ("." + fraction if point else "")
        return digits if _PLAIN.fullmatch(digits) else None

    def written(self, digits: str) -> str:
        """The inverse of `plain`, without separators of thousands."""
        return digits.replace(".", self.point)


PLAIN: Final = Style("", "", ".")

# Source: Unicode CLDR, `decimal` and `group` of each language's numbers in Latin digits. Languages
# that part thousands with a hard space have a common one typed in its place.
_LANGUAGES: Final = {
    (",", "."): "en zh ja ko th ms he",
    (".", ","): "de es it nl pt da tr id vi el ro hr sl",
    (_SPACES, ","): "fr sv nb fi pl cs sk hu ru uk bg",
    ("'’", "."): "de-ch",
}
STYLES: Final = {
    name: Style(name, group, point)
    for (group, point), names in _LANGUAGES.items()
    for name in names.split()
}
"""By the word of `--locale`."""


def half_width(text: str) -> str:
    """Full-width signs as their ASCII ones, without the spaces around and what cannot be seen."""
    return text.translate(_UNSEEN).translate(_WIDE).strip()


_THOUSANDS: Final = re.compile(
    rf"[0-9]{{1,3}}(?:([,.'’{_SPACES}])[0-9]{{3}})(?:\1[0-9]{{3}})*(?:[.,][0-9]+)?"
)
_COMMA: Final = re.compile(r"[0-9]+,[0-9]+")
_EXPONENT: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+")
_SAMPLES: Final = ("en", "de", "fr", "de-ch")


def refusal(shown: str, text: str, style: Style, what: str) -> InputError:
    """Why `text`, seen by the seller as `shown`, is not `what`: `an amount`, `a quantity`."""
    if len(text) > LONGEST:
        return InputError(f"{shown[:LONGEST]!r}… is not {what}", hint="write a number alone")
    if not text:
        return InputError(f"the cell is blank, not {what}", hint="a blank is unknown, not zero")
    if text[0] == "-" or (text[0] == "(" and text[-1] == ")"):
        return InputError(f"{shown!r} is negative, not {what}", hint="write a number above zero")
    if text[-1] in "%‰折":
        return InputError(
            f"{shown!r} is a share, not {what}", hint="work it out and write the number"
        )
    if _EXPONENT.fullmatch(text):
        return InputError(
            f"{shown!r} is not {what}",
            hint="write the digits out: spreadsheets turn long numbers into 1.2E+03",
        )
    if style.group:
        sample = STYLES[style.name].written("1299.50")
        return InputError(
            f"{shown!r} is not {what} as {style.name} writes it",
            hint=f"write {sample}, or name another locale",
        )
    if _THOUSANDS.fullmatch(text):
        fits = [name for name in _SAMPLES if STYLES[name].plain(text)]
        named = " or ".join(f"--locale {name}" for name in fits) or "--locale"
        return InputError(
            f"{shown!r} is not {what}: its separators mean different numbers to different people",
            hint=f"leave out the thousands separators: 1299.00, or say whose they are with {named}",
        )
    if _COMMA.fullmatch(text):
        return InputError(
            f"{shown!r} is not {what}: it has a comma",
            hint="write a point for decimals, such as 12.30, or name the locale, such as --locale de",
        )
    return InputError(
        f"{shown!r} is not {what}", hint="write digits with a point for decimals, such as 12.30"
    )
