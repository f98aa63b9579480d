"""The language that a marketplace shows its pages in."""

from __future__ import annotations

from typing import Final

from mercer.plugins.amazon.marketplaces import Marketplace

_TAGS: Final = {
    "DE": "de_DE",
    "FR": "fr_FR",
    "GB": "en_GB",
    "JP": "ja_JP",
    "PL": "pl_PL",
    "SE": "sv_SE",
    "BR": "pt_BR",
    "MX": "es_MX",
}


def language(market: Marketplace) -> str:
    return _TAGS.get(market.country, "en_US")
