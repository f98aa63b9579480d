from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from mercer.plugins.shopify.settings import ShopifySettings

SHOP = "acme.myshopify.com"


def test_a_token_alone_is_a_way_in() -> None:
    settings = ShopifySettings(shop=SHOP, access_token="shpat_1")

    assert settings.base == "https://acme.myshopify.com"
    assert "shpat_1" not in repr(settings)


@pytest.mark.parametrize(
    "given",
    [{}, {"client_id": "a"}, {"client_secret": "b"}, {"client_id": "a", "access_token": "t"}],
)
def test_neither_half_a_way_in_nor_two_of_them_is_accepted(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="access_token"):
        ShopifySettings(shop=SHOP, **given)


@pytest.mark.parametrize("shop", ["acme.com", "https://acme.myshopify.com", "a.myshopify.com.evil"])
def test_only_the_permanent_domain_names_a_shop(shop: str) -> None:
    with pytest.raises(ValidationError, match="permanent domain"):
        ShopifySettings(shop=shop, access_token="t")


@pytest.mark.parametrize("location", ["905684977", 905684977, "gid://shopify/Location/905684977"])
def test_a_location_is_named_by_its_number_or_its_gid(location: str | int) -> None:
    settings = ShopifySettings(shop=SHOP, access_token="t", location=location)

    assert settings.location == "905684977"


def test_a_location_by_its_name_is_refused() -> None:
    with pytest.raises(ValidationError, match="the location's number"):
        ShopifySettings(shop=SHOP, access_token="t", location="Berlin")


def test_importing_the_plugin_leaves_the_heavy_parts_alone() -> None:
    code = (
        "import sys, mercer.plugins.shopify; "
        "sys.exit(any(name.startswith(('graphql', 'mercer.plugins.shopify.adapter')) "
        "for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
