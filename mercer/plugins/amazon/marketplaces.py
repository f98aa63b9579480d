"""Amazon's marketplaces: which region serves them, and in which currency they sell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ENDPOINTS: Final = {
    "na": "https://sellingpartnerapi-na.amazon.com",
    "eu": "https://sellingpartnerapi-eu.amazon.com",
    "fe": "https://sellingpartnerapi-fe.amazon.com",
}


@dataclass(frozen=True, slots=True)
class Marketplace:
    """`currency` is the only one its prices may be in."""

    id: str
    country: str
    region: str
    currency: str

    @property
    def endpoint(self) -> str:
        return ENDPOINTS[self.region]

    @property
    def charset(self) -> str:
        """Of its reports, which are not UTF-8."""
        return "cp932" if self.country == "JP" else "cp1252"


_TABLE: Final = """
    ATVPDKIKX0DER  US na USD
    A2EUQ1WTGCTBG2 CA na CAD
    A1AM78C64UM0Y8 MX na MXN
    A2Q3Y263D00KWC BR na BRL
    A1F83G8C2ARO7P GB eu GBP
    A1PA6795UKMFR9 DE eu EUR
    A13V1IB3VIYZZH FR eu EUR
    APJ6JRA9NG5V4  IT eu EUR
    A1RKKUPIHCS9HS ES eu EUR
    A1805IZSGTT6HS NL eu EUR
    A2NODRKZP88ZB9 SE eu SEK
    AMEN7PMS3EDWL  BE eu EUR
    A1C3SOZRARQ6R3 PL eu PLN
    A28R8C7NBKEWEA IE eu EUR
    A33AVAJ2PDY3EV TR eu TRY
    A2VIGQ35RCS4UG AE eu AED
    A17E79C6D8DWNP SA eu SAR
    ARBP9OOSHTCHU  EG eu EGP
    AE08WJ6YKNBMC  ZA eu ZAR
    A21TJRUUN4KGV  IN eu INR
    A1VC38T7YXB528 JP fe JPY
    A39IBJ37TRP1C6 AU fe AUD
    A19VAU5U5O7RUS SG fe SGD
"""
"""India is served by the European host."""

MARKETPLACES: Final = {
    fields[0]: Marketplace(*fields)
    for fields in (line.split() for line in _TABLE.strip().splitlines())
}
