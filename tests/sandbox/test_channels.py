from __future__ import annotations

from dataclasses import replace

import pytest

from mercer.core.errors import InputError
from mercer.sandbox.channels import read_channels, spelled


def test_channels_are_called_like_their_platform_unless_named() -> None:
    channels = read_channels("shopify, taobao,shop-us=shopify")
    assert {name: each.platform for name, each in channels.items()} == {
        "shopify": "shopify",
        "taobao": "taobao",
        "shop-us": "shopify",
    }


def test_a_channel_sells_at_home_in_yuan_and_abroad_in_dollars_unless_told() -> None:
    channels = read_channels("taobao,jd,shopify,uk=shopify:GBP,amazon:JPY")
    assert {name: (each.currency, each.zone) for name, each in channels.items()} == {
        "taobao": ("CNY", "Asia/Shanghai"),
        "jd": ("CNY", "Asia/Shanghai"),
        "shopify": ("USD", "America/New_York"),
        "uk": ("GBP", "Europe/London"),
        "amazon": ("JPY", "Asia/Tokyo"),
    }


def test_a_channel_has_an_account_of_its_own_unless_it_is_put_beside_another() -> None:
    channels = read_channels("pl=amazon:PLN@de,de=amazon:EUR,us=amazon")
    assert {name: each.account for name, each in channels.items()} == {
        "pl": "de",
        "de": "de",
        "us": "us",
    }
    assert {name: each.stock_with for name, each in channels.items()} == {
        "pl": "de",
        "de": "",
        "us": "",
    }


def test_what_is_spelled_out_reads_the_same() -> None:
    channels = read_channels("shopify,jd,amazon-de=amazon:EUR,amazon-pl=amazon:PLN@amazon-de")
    assert read_channels(spelled(channels)) == channels


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is a blank"),
        ("shopify,", "there is a blank"),
        ("a=toy,a=toy", "'a' is there twice"),
        ("=toy", "'=toy' is no channel"),
        ("a=", "'a=' is no channel"),
        ("a:", "'a:' is no channel"),
        ("a@b:EUR", "'a@b:EUR' is no channel"),
        ("_world=toy", "'_world' cannot name a channel"),
        ("shopify:CHF", "shopify: a simulated shop of shopify has no prices in CHF"),
        ("shop=taobao:USD", "shop: a simulated shop of taobao has no prices in USD"),
        ("a=shopify,b=shopify@a", "b: an account of shopify has one storefront"),
        ("b=amazon@a", "b: 'a' is no channel with an account at amazon"),
        ("b=amazon@b", "b: 'b' is no channel with an account at amazon"),
        ("a=shopify,b=amazon@a", "b: 'a' is no channel with an account at amazon"),
        ("a=amazon,b=amazon@a,c=amazon@b", "c: 'b' is no channel with an account at amazon"),
    ],
)
def test_channels_that_cannot_be_are_refused_with_a_way_out(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read_channels(text)
    assert says in caught.value.message
    assert caught.value.hint


def test_channels_that_differ_are_spelled_differently() -> None:
    (channel,) = read_channels("shopify").values()
    others = [replace(channel, currency="EUR"), replace(channel, platform="toy")]
    assert len({spelled({"a": each}) for each in (channel, *others)}) == 3
