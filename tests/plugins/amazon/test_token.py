from __future__ import annotations

import asyncio

import pytest

from mercer.core.errors import AuthExpired, PlatformError, ProtocolBroken, Transient
from mercer.plugins.amazon.token import _granted
from mercer.plugins.transport import Reply

from .conftest import Rig, listings, product


def granted(rig: Rig) -> int:
    return len(rig.recorder.of("POST", "/auth/o2/token"))


async def test_many_requests_share_one_token(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    await listings(adapter)
    await adapter.read_back(["A"])
    assert granted(rig) == 1


async def test_callers_at_the_same_time_ask_for_one_token(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    await asyncio.gather(*(adapter.read_back(["A"]) for _ in range(4)))
    assert granted(rig) == 1


async def test_a_token_is_renewed_ahead_of_its_end(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    await listings(adapter)
    rig.clock.advance(3600 - 301)
    await listings(adapter)
    assert granted(rig) == 1
    rig.clock.advance(2)
    await listings(adapter)
    assert granted(rig) == 2


async def test_a_token_that_ended_early_is_renewed_once_and_the_request_goes_through(
    rig: Rig,
) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    await listings(adapter)
    rig.simulator.shop.seller.tokens.clear()
    assert "A" in await listings(adapter)
    statuses = [response.status_code for _, response in rig.recorder.seen]
    assert statuses.count(403) == 1
    assert granted(rig) == 2


async def test_an_expired_token_is_a_403_that_is_not_taken_for_a_missing_role(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    await listings(adapter)
    seller = rig.simulator.shop.seller
    seller.tokens = dict.fromkeys(seller.tokens, rig.clock.now())
    assert "A" in await listings(adapter)


async def test_a_token_that_is_refused_again_stops_the_channel(rig: Rig) -> None:
    adapter = rig.adapter()
    rig.recorder.before = lambda _: rig.simulator.shop.seller.tokens.clear()
    with pytest.raises(AuthExpired) as caught:
        await listings(adapter)
    assert granted(rig) == 2
    assert caught.value.hint


@pytest.mark.parametrize(
    ("setting", "code", "hint"),
    [
        ("refresh_token", "invalid_grant", "authorise the app again"),
        ("client_secret", "invalid_client", "180 days"),
    ],
)
async def test_a_refused_grant_says_what_to_renew(
    rig: Rig, setting: str, code: str, hint: str
) -> None:
    with pytest.raises(AuthExpired) as caught:
        await listings(rig.adapter(**{setting: "wrong"}))
    assert caught.value.code == code
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [
        (503, b"<html>", Transient),
        (400, b'{"error": "temporarily_unavailable"}', Transient),
        (400, b'{"error": "invalid_scope"}', AuthExpired),
        (200, b'{"token_type": "bearer"}', ProtocolBroken),
        (200, b"[]", ProtocolBroken),
    ],
)
def test_an_answer_without_a_token_is_an_error_by_what_can_be_done_about_it(
    status: int, content: bytes, error: type[PlatformError]
) -> None:
    with pytest.raises(error) as caught:
        _granted(Reply(status, {}, content))
    if isinstance(caught.value, AuthExpired):
        assert caught.value.hint
