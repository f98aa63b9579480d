"""AWS's own published examples: the signature test suite of 2015, and the one of the IAM guide."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mercer.plugins.amazon.sigv4 import Keys, Scope, authorization, moment, signed_names, stamp

KEYS = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
HEADERS = {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("name", "method", "query", "headers", "body", "signature"),
    [
        (
            "get-vanilla",
            "GET",
            {},
            {},
            b"",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "get-vanilla-query-order-key-case",
            "GET",
            {"Param2": "value2", "Param1": "value1"},
            {},
            b"",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "post-vanilla",
            "POST",
            {},
            {},
            b"",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            "post-x-www-form-urlencoded",
            "POST",
            {},
            FORM,
            b"Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ],
)
def test_the_published_vectors_are_signed_alike(
    name: str,
    method: str,
    query: dict[str, str],
    headers: dict[str, str],
    body: bytes,
    signature: str,
) -> None:
    scope = Scope("us-east-1", "service")
    signed = authorization(method, "/", query, HEADERS | headers, body, KEYS, scope)
    assert signed.endswith(f"Signature={signature}"), name
    assert "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request" in signed


def test_the_example_of_the_guide_is_signed_alike() -> None:
    signed = authorization(
        "GET",
        "/",
        {"Action": "ListUsers", "Version": "2010-05-08"},
        {
            "host": "iam.amazonaws.com",
            "content-type": "application/x-www-form-urlencoded; charset=utf-8",
            "x-amz-date": "20150830T123600Z",
        },
        b"",
        KEYS,
        Scope("us-east-1", "iam"),
    )
    assert signed.endswith("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
    assert signed_names(signed) == ["content-type", "host", "x-amz-date"]


def test_a_stamp_is_read_back_and_anything_else_is_none() -> None:
    at = datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert (stamp(at), moment(stamp(at))) == ("20261101T080000Z", at)
    assert moment("yesterday") is None


def test_keys_do_not_show_their_secret() -> None:
    assert KEYS.secret not in repr(KEYS)
