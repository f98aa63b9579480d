from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from mercer.plugins.amazon.marketplaces import MARKETPLACES
from mercer.plugins.amazon.settings import AmazonSettings

GIVEN: dict[str, Any] = {
    "client_id": "amzn1.application-oa2-client.1",
    "client_secret": "a-secret",
    "refresh_token": "Atzr|token",
    "seller_id": "A2EXAMPLESELLER",
    "marketplace_id": "A1PA6795UKMFR9",
}


def test_the_marketplace_tells_the_region_and_its_endpoint() -> None:
    settings = AmazonSettings.model_validate(GIVEN)
    assert settings.base == "https://sellingpartnerapi-eu.amazon.com"
    assert settings.marketplace.currency == "EUR"


def test_india_is_served_by_the_european_endpoint() -> None:
    settings = AmazonSettings.model_validate({**GIVEN, "marketplace_id": "A21TJRUUN4KGV"})
    assert settings.base == "https://sellingpartnerapi-eu.amazon.com"


def test_another_address_wins_over_the_region() -> None:
    settings = AmazonSettings.model_validate({**GIVEN, "address": "http://127.0.0.1:8080/amazon/"})
    assert settings.base == "http://127.0.0.1:8080/amazon"


def test_an_unknown_marketplace_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ValidationError, match="ATVPDKIKX0DER"):
        AmazonSettings.model_validate({**GIVEN, "marketplace_id": "amazon.de"})


def test_secrets_do_not_show() -> None:
    text = repr(AmazonSettings.model_validate(GIVEN))
    assert "a-secret" not in text
    assert "Atzr" not in text


def test_every_marketplace_has_a_region_a_currency_and_a_charset() -> None:
    assert len(MARKETPLACES) == 23
    assert {each.region for each in MARKETPLACES.values()} == {"na", "eu", "fe"}
    assert MARKETPLACES["A1VC38T7YXB528"].charset == "cp932"


QUEUE = {
    "queue_url": "https://sqs.eu-west-1.amazonaws.com/444455556666/mercer",
    "aws_access_key_id": "AKIDEXAMPLE",
    "aws_secret_access_key": "an-aws-secret",
}


def test_a_queue_comes_with_its_keys_and_shows_no_secret() -> None:
    settings = AmazonSettings.model_validate({**GIVEN, **QUEUE})
    assert settings.queue_url == QUEUE["queue_url"]
    assert "an-aws-secret" not in repr(settings)


@pytest.mark.parametrize("left_out", QUEUE)
def test_half_a_queue_is_refused_with_what_belongs_to_it(left_out: str) -> None:
    given = {name: value for name, value in QUEUE.items() if name != left_out}
    with pytest.raises(ValidationError, match="go together"):
        AmazonSettings.model_validate({**GIVEN, **given})


def test_personal_data_is_off_unless_it_is_asked_for() -> None:
    assert AmazonSettings.model_validate(GIVEN).personal_data == "no"
    with pytest.raises(ValidationError):
        AmazonSettings.model_validate({**GIVEN, "personal_data": "sometimes"})
