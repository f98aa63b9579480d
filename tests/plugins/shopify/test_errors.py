from __future__ import annotations

import json
from typing import Any

import pytest

from mercer.core.errors import (
    AuthExpired,
    PlatformError,
    ProtocolBroken,
    Rejected,
    Throttled,
    Transient,
)
from mercer.plugins.shopify import errors
from mercer.plugins.transport import Reply


def reply(status: int, content: bytes = b"", **headers: str) -> Reply:
    return Reply(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, content
    )


def top_level(code: str, **extensions: Any) -> dict[str, Any]:
    return {"errors": [{"message": "No.", "extensions": {"code": code, **extensions}}]}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ProtocolBroken),
        (401, AuthExpired),
        (402, AuthExpired),
        (403, AuthExpired),
        (404, AuthExpired),
        (423, AuthExpired),
        (429, Throttled),
        (430, Throttled),
        (500, Transient),
        (502, Transient),
        (520, Transient),
        (540, Transient),
    ],
)
def test_a_status_is_told_by_what_can_be_done_about_it(
    status: int, kind: type[PlatformError]
) -> None:
    with pytest.raises(kind) as caught:
        errors.check_status(reply(status, b"why", x_request_id="r-1"))

    assert (caught.value.code, caught.value.words) == (str(status), "why")
    assert caught.value.request_id == "r-1"


def test_a_429_names_its_seconds_with_decimals() -> None:
    with pytest.raises(Throttled) as caught:
        errors.check_status(reply(429, retry_after="4.5"))

    assert (caught.value.delay, caught.value.shared) == (4.5, True)


def test_a_server_error_leaves_in_doubt_what_it_did() -> None:
    with pytest.raises(Transient) as caught:
        errors.check_status(reply(503))

    assert caught.value.in_doubt


def test_points_that_are_used_up_come_back_at_the_shops_rate() -> None:
    status = {"maximumAvailable": 4000.0, "currentlyAvailable": 572, "restoreRate": 200.0}
    cost = {"requestedQueryCost": 862, "actualQueryCost": None, "throttleStatus": status}

    with pytest.raises(Throttled) as caught:
        errors.data(top_level("THROTTLED") | {"extensions": {"cost": cost}}, "")

    assert (caught.value.delay, caught.value.shared) == ((862 - 572) / 200, False)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("MAX_COST_EXCEEDED", ProtocolBroken),
        ("undefinedField", ProtocolBroken),
        ("BAD_REQUEST", ProtocolBroken),
        ("ACCESS_DENIED", AuthExpired),
        ("RESOURCE_NOT_FOUND", Rejected),
        ("INVALID_VARIABLE", Rejected),
        ("INTERNAL_SERVER_ERROR", Transient),
        ("", ProtocolBroken),
    ],
)
def test_a_top_level_error_is_told_by_what_can_be_done_about_it(
    code: str, kind: type[PlatformError]
) -> None:
    with pytest.raises(kind) as caught:
        errors.data(top_level(code) | {"data": {"x": None}}, "r-2")

    assert (caught.value.code, caught.value.words, caught.value.request_id) == (code, "No.", "r-2")


def test_the_missing_scope_is_named() -> None:
    with pytest.raises(AuthExpired) as caught:
        errors.data(top_level("ACCESS_DENIED", requiredAccess="`read_apps` access scope."), "")

    assert "read_apps" in caught.value.hint


def test_errors_that_are_a_text_are_understood_too() -> None:
    with pytest.raises(ProtocolBroken) as caught:
        errors.data({"errors": "Not Found"}, "")

    assert caught.value.words == "Not Found"


def test_a_search_that_was_not_understood_is_an_error() -> None:
    warnings = [{"field": "x", "message": "Invalid search field for this query.", "code": "i"}]
    search = [{"path": ["orders"], "query": "x:1", "parsed": {}, "warnings": warnings}]

    with pytest.raises(ProtocolBroken, match="'x:1'"):
        errors.data({"data": {"orders": {}}, "extensions": {"search": search}}, "")


@pytest.mark.parametrize("content", [b"<html>", b"[]", b""])
def test_a_body_that_is_no_json_object_breaks_the_contract(content: bytes) -> None:
    with pytest.raises(ProtocolBroken):
        errors.body(reply(200, content))


def test_an_answer_with_neither_data_nor_errors_breaks_the_contract() -> None:
    with pytest.raises(ProtocolBroken):
        errors.data(json.loads("{}"), "")


def test_an_answer_that_breaks_off_repeats_nothing_of_the_order_in_it() -> None:
    broken = reply(200, b'{"data":{"orders":{"nodes":[{"email":"agnes@mail.example"')

    with pytest.raises(ProtocolBroken) as caught:
        errors.body(broken)

    assert "agnes" not in f"{caught.value!r} {caught.value.words} {caught.value.hint}"


@pytest.mark.parametrize(
    ("path", "code", "read"),
    [
        (["orders", "nodes", 0, "customer"], "ACCESS_DENIED", True),
        (["orders", "nodes", 0, "shippingAddress", "name"], "ACCESS_DENIED", True),
        (["orders", "nodes", 0, "fulfillments"], "ACCESS_DENIED", False),
        (["orders", "nodes", 0, "customer"], "INTERNAL_SERVER_ERROR", False),
        (None, "ACCESS_DENIED", False),
    ],
)
def test_only_customers_that_are_withheld_are_done_without(
    path: list[str | int] | None, code: str, read: bool
) -> None:
    data = {"orders": {"nodes": [{"customer": None}]}}
    error = {"message": "No.", "path": path, "extensions": {"code": code}}
    parsed = {"data": data, "errors": [error]}

    if read:
        assert errors.data(parsed, "r-1") == data
    else:
        with pytest.raises(PlatformError):
            errors.data(parsed, "r-1")
