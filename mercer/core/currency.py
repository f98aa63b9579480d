"""ISO 4217: the active currencies and how many digits their minor unit has."""

from __future__ import annotations

from typing import Final

from mercer.core.errors import InputError

_DIGITS: Final = {
    2: """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD
        CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
        GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD
        MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP
        PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS
        TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG""",
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
}

MINOR_DIGITS: Final[dict[str, int]] = {
    code: digits for digits, codes in _DIGITS.items() for code in codes.split()
}


def minor_digits(currency: str) -> int:
    """Raise `InputError` for anything but an active ISO 4217 code in capitals."""
    try:
        return MINOR_DIGITS[currency]
    except KeyError:
        raise InputError(
            f"{currency!r} is not an ISO 4217 currency code",
            hint="write three capitals, such as CNY, USD or EUR",
        ) from None
