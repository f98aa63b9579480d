"""Answers that are one JSON object, and those that are not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mercer.core.errors import ProtocolBroken, Transient
from mercer.plugins.answers import Answers
from mercer.plugins.transport import Reply

ANSWERS = Answers("Somebody", "check the address")


def reply(content: bytes, status: int = 200) -> Reply:
    return Reply(status, {}, content)


def test_numbers_with_a_point_keep_their_digits() -> None:
    assert ANSWERS.document(reply(b'{"price": 1.10}'), write=False) == {"price": Decimal("1.10")}


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"1", b"[" * 100_000])
def test_what_is_no_json_object_breaks_the_protocol(content: bytes) -> None:
    with pytest.raises(ProtocolBroken, match="Somebody sent an answer that is not") as caught:
        ANSWERS.document(reply(content), write=False)
    assert caught.value.hint == "check the address"


@pytest.mark.parametrize(("content", "status"), [(b"<html>", 200), (b"{}", 502)])
def test_after_a_write_it_leaves_the_effect_in_doubt(content: bytes, status: int) -> None:
    with pytest.raises(Transient) as caught:
        ANSWERS.always_200(reply(content, status), write=True)
    assert caught.value.in_doubt


def test_another_status_than_200_may_be_tried_again() -> None:
    with pytest.raises(Transient, match="HTTP status 502") as caught:
        ANSWERS.always_200(reply(b"{}", 502), write=False)
    assert not caught.value.in_doubt
