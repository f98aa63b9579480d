"""Workspaces and channels: made, checked, and never a secret shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from mercer.config import load
from tests.commands.conftest import Mercer, Seller

TAOBAO = ("channel", "add", "tmall", "--platform", "taobao", "--currency", "CNY")


def test_a_workspace_is_made_once(mercer: Mercer, tmp_path: Path) -> None:
    assert mercer("init", tmp_path / "shop", "--currency", "eur").code == 0
    assert load(tmp_path / "shop" / "mercer.toml").reporting_currency == "EUR"
    answer = mercer("init", tmp_path / "shop")
    assert answer.code == 1
    assert "already" in answer.err


def test_a_channel_is_added_with_its_secrets_elsewhere(
    seller: Seller, mercer: Mercer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOP_SESSION", "session-of-the-seller")
    secret = seller.file("top-secret", "secret-of-the-app\n")
    secret.chmod(0o600)
    answer = mercer(
        *TAOBAO, "--set", "app_key=123", "--set", "seller_type=B",
        "--secret-env", "session=TOP_SESSION", "--secret-file", f"app_secret={secret}",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    text = (seller.folder / "mercer.toml").read_text("utf-8")
    assert 'session = "env:TOP_SESSION"' in text
    assert "session-of-the-seller" not in text
    assert "secret-of-the-app" not in text
    listed = mercer("channel", "list", "--json").json["channels"]
    assert {"channel": "tmall", "platform": "taobao", "account": "tmall", "currency": "CNY",
            "zone": "UTC"} in listed  # fmt: skip


def test_a_setting_that_is_missing_is_named_with_the_way_to_give_it(
    seller: Seller, mercer: Mercer
) -> None:
    del seller
    answer = mercer(*TAOBAO, "--set", "app_key=123", "--set", "seller_type=B")
    assert answer.code == 1
    assert "app_secret is not given" in answer.err
    assert "--secret-env app_secret=VARIABLE" in answer.err


def test_a_secret_on_the_command_line_is_refused_and_not_repeated(
    seller: Seller, mercer: Mercer
) -> None:
    del seller
    answer = mercer(*TAOBAO, "--set", "app_secret=hush-hush")
    assert answer.code == 2
    assert "hush-hush" not in answer.err


def test_a_setting_that_is_not_allowed_is_named_without_its_value(
    seller: Seller, mercer: Mercer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del seller
    monkeypatch.setenv("HUSH", "hush-hush")
    answer = mercer(
        *TAOBAO, "--set", "app_key=1", "--set", "seller_type=Z",
        "--secret-env", "session=HUSH", "--secret-env", "app_secret=HUSH",
    )  # fmt: skip
    assert answer.code == 1
    assert "channels.tmall.settings.seller_type" in answer.err
    assert "hush-hush" not in answer.err
    assert "[channels.tmall]" not in Path("mercer.toml").read_text("utf-8")


def test_a_channel_is_removed(seller: Seller, mercer: Mercer) -> None:
    del seller
    assert mercer("channel", "remove", "south").code == 0
    assert [each["channel"] for each in mercer("channel", "list", "--json").json["channels"]] == [
        "north"
    ]
    assert mercer("channel", "remove", "west").code == 1


def test_a_lost_secret_stops_its_own_channel_and_not_the_others(
    stocked: Seller, mercer: Mercer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOST", "hush-hush")
    mercer(
        *TAOBAO, "--set", "app_key=1", "--set", "seller_type=B",
        "--secret-env", "session=LOST", "--secret-env", "app_secret=LOST",
    )  # fmt: skip
    monkeypatch.delenv("LOST")
    answer = mercer("pull", "listings", "--json")
    assert answer.code == 1
    assert set(answer.json["listings"]) == {"north", "south"}
    (failure,) = answer.json["failed"]
    assert failure["channel"] == "tmall"
    assert "channels.tmall.settings." in failure["message"]
    assert "export LOST" in failure["hint"]

    assert mercer("status").code == 0, "what needs no network needs no secret"
    prices = stocked.file("p.csv", "sku,price\nTEE-S,11.00\n")
    assert mercer("import", "prices", prices, "--currency", "CNY").code == 0


def test_a_doctor_finds_a_healthy_workspace_healthy(stocked: Seller, mercer: Mercer) -> None:
    del stocked
    answer = mercer("doctor", "--json")
    assert answer.code == 0, answer.out
    checks = {(each["channel"], each["check"]) for each in answer.json["checks"]}
    assert {("", "database"), ("", "clock"), ("north", "settings"), ("north", "shop")} <= checks


def test_a_doctor_says_what_to_try(
    seller: Seller, mercer: Mercer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del seller
    monkeypatch.setenv("LOST", "hush-hush")
    mercer(
        *TAOBAO, "--set", "app_key=1", "--set", "seller_type=B",
        "--secret-env", "session=LOST", "--secret-env", "app_secret=LOST",
    )  # fmt: skip
    monkeypatch.delenv("LOST")
    answer = mercer("doctor", "--channel", "tmall")
    assert answer.code == 1
    assert "FAILS" in answer.out
    assert "try: export LOST" in answer.out
