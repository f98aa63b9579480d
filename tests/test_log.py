from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mercer import log
from mercer.log import FILE, HIDDEN, Redactor, configure

LOGGER = logging.getLogger("mercer.transport")


@pytest.fixture(autouse=True)
def _quiet_afterwards() -> Iterator[None]:
    root = logging.getLogger("mercer")
    level = root.level
    yield
    for handler in list(root.handlers):
        if isinstance(handler.formatter, log.JsonLines):
            root.removeHandler(handler)
            handler.close()
    root.setLevel(level)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / FILE).read_text("utf-8").splitlines()]


def test_a_line_is_json_in_utc_with_the_fields_of_extra(tmp_path: Path) -> None:
    configure(tmp_path)
    LOGGER.info("request", extra={"channel": "淘宝", "status": 200, "seconds": 0.25, "code": None})
    (line,) = lines(tmp_path)
    assert line["event"] == "request"
    assert line["level"] == "info"
    assert line["logger"] == "mercer.transport"
    assert (line["channel"], line["status"], line["seconds"]) == ("淘宝", 200, 0.25)
    assert line["code"] is None
    assert datetime.fromisoformat(line["time"]).tzinfo == UTC


def test_only_its_owner_can_read_the_log(tmp_path: Path) -> None:
    configure(tmp_path)
    LOGGER.info("request")
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_full_log_is_put_aside_as_private_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "LARGEST", 1000)
    configure(tmp_path)
    for number in range(40):
        LOGGER.info("request", extra={"number": number})
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [FILE, *(f"{FILE}.{n}" for n in (1, 2, 3))]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert lines(tmp_path)[-1]["number"] == 39


def test_nothing_is_written_before_there_is_something_to_say(tmp_path: Path) -> None:
    configure(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_configuring_again_moves_to_the_new_place(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    configure(first)
    configure(second)
    LOGGER.info("request")
    assert not (first / FILE).exists()
    assert len(lines(second)) == 1


def test_details_are_written_and_shown_only_when_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(tmp_path)
    LOGGER.debug("detail")
    LOGGER.info("request")
    assert capsys.readouterr().err == ""
    configure(tmp_path, verbose=True)
    LOGGER.debug("detail")
    assert [line["event"] for line in lines(tmp_path)] == ["request", "detail"]
    assert json.loads(capsys.readouterr().err)["event"] == "detail"


def test_a_known_secret_is_hidden_wherever_it_stands(tmp_path: Path) -> None:
    configure(tmp_path).add("sh/at+1 密")
    LOGGER.info("at %s", "sh/at+1 密", extra={"url": "x?a=sh%2Fat%2B1%20%E5%AF%86&b=1"})
    LOGGER.info("deep", extra={"rows": [{"note": ("of sh/at+1 密",)}]})
    text = (tmp_path / FILE).read_text("utf-8")
    assert "sh/at" not in text
    assert "sh%2F" not in text
    first, second = lines(tmp_path)
    assert first["event"] == f"at {HIDDEN}"
    assert first["url"] == f"x?a={HIDDEN}&b=1"
    assert second["rows"] == [{"note": [f"of {HIDDEN}"]}]


def test_a_traceback_is_kept_without_the_secrets_in_it(tmp_path: Path) -> None:
    configure(tmp_path).add("hunter-two")
    try:
        raise ValueError("wrong: hunter-two")
    except ValueError:
        LOGGER.exception("failed")
    (line,) = lines(tmp_path)
    assert line["traceback"].endswith(f"ValueError: wrong: {HIDDEN}\n")


@pytest.mark.parametrize(
    "key",
    [
        "access_token",
        "accessToken",
        "X-Shopify-Access-Token",
        "session",
        "sign",
        "Authorization",
        "app_secret",
        "api_key",
        "Set-Cookie",
        "password",
        "x-shopify-hmac-sha256",
    ],
)
def test_what_stands_under_a_suspicious_name_is_hidden(key: str) -> None:
    assert Redactor().value({key: "abc"}) == {key: HIDDEN}


@pytest.mark.parametrize(
    "key", ["design", "assigned", "sessions_open", "operation", "key", "tokenised", "code"]
)
def test_a_name_that_only_resembles_a_suspicious_one_is_left_alone(key: str) -> None:
    assert Redactor().value({key: "abc"}) == {key: "abc"}


def test_an_absent_secret_is_told_from_a_hidden_one() -> None:
    assert Redactor().value({"token": None}) == {"token": None}


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("GET /x?session=6101ab&page=2", f"GET /x?session={HIDDEN}&page=2"),
        ("Authorization: Bearer ey.J0", f"Authorization: Bearer {HIDDEN}"),
        ('{"access_token": "shpat_1", "a": 1}', f'{{"access_token": "{HIDDEN}", "a": 1}}'),
        ("the design: linen", "the design: linen"),
    ],
)
def test_pairs_inside_a_text_are_cleaned(text: str, clean: str) -> None:
    assert Redactor().text(text) == clean


def test_a_very_short_secret_does_not_tear_holes_in_every_line() -> None:
    redactor = Redactor()
    redactor.add("1")
    redactor.add("")
    assert redactor.text("page 1 of 11") == "page 1 of 11"


def test_a_secret_inside_another_leaves_nothing_of_the_longer_one() -> None:
    redactor = Redactor()
    redactor.add("abcd")
    redactor.add("abcd-efgh")
    assert redactor.text("abcd-efgh abcd") == f"{HIDDEN} {HIDDEN}"


def test_a_level_holds_for_as_long_as_it_is_asked_for() -> None:
    before = LOGGER.getEffectiveLevel()
    with log.at_level(logging.CRITICAL):
        assert not LOGGER.isEnabledFor(logging.ERROR)
    assert LOGGER.getEffectiveLevel() == before
