"""Where the keys of personal data stand, and that nothing but their place is ever shown."""

from __future__ import annotations

import stat
import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest

from mercer.config import editing, load, resolve
from mercer.config.secrets import add_personal_key, keep_personal_key, keep_secret
from mercer.core.errors import SettingsError

FILE = """\
[workspace]
name = "shop"
reporting_currency = "CNY"

[personal]
key = "{key}"
keep_days = 60

[channels.tmall]
platform = "taobao"
currency = "CNY"

[channels.amazon-de]
platform = "amazon"
currency = "EUR"
keep_personal_days = 0
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mercer.toml"


def written(path: Path, key: str) -> Path:
    path.write_text(FILE.format(key=key), "utf-8")
    return path


def test_each_channel_keeps_personal_data_as_long_as_it_or_the_workspace_says(path: Path) -> None:
    channels = load(written(path, "env:KEY")).channels
    assert channels["tmall"].channel.keep_personal == timedelta(days=60)
    assert channels["amazon-de"].channel.keep_personal == timedelta(0)


def test_several_keys_stand_one_a_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "new\nold\n")
    assert load(written(path, "env:KEY")).personal_keys() == ["new", "old"]


def test_a_missing_key_is_named_with_its_line(path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(written(path, "file:secrets/none.key")).personal_keys()
    assert caught.value.message.startswith(f"{path}:6: personal.key: the secret")


@pytest.mark.parametrize("key", ["c2VjcmV0LWtleS1pbi1wbGFpbg==", "file:", "vault:x/y", ""])
def test_a_key_in_the_file_itself_is_refused_and_not_repeated(path: Path, key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(written(path, key))
    assert "allowed: file:PATH, env:NAME or keyring:SERVICE/NAME" in caught.value.message
    assert repr(key) not in caught.value.message


def test_a_configuration_shows_the_place_of_the_key_and_no_key(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "s3cr3t")
    config = load(written(path, "env:KEY"))
    assert config.personal_keys() == ["s3cr3t"]
    assert "s3cr3t" not in repr(config)


def test_a_secret_may_be_in_the_system_s_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = ModuleType("keyring")
    entries = {("mercer", "personal"): "key"}
    keyring.get_password = lambda service, name: entries.get((service, name))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    assert resolve("keyring:mercer/personal", tmp_path) == "key"
    with pytest.raises(SettingsError, match="no 'other' of 'mercer'") as caught:
        resolve("keyring:mercer/other", tmp_path)
    assert caught.value.hint == "put it there: keyring set mercer other"


def test_without_the_keyring_package_the_way_to_get_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SettingsError) as caught:
        resolve("keyring:mercer/personal", tmp_path)
    assert caught.value.hint == 'pip install "mercer[keyring]"'


def test_a_new_workspace_has_a_key_of_its_own_that_is_never_made_anew(path: Path) -> None:
    editing.create(path, "shop", "CNY")
    (key,) = load(path).personal_keys()
    assert keep_personal_key(path.parent) == "file:secrets/personal.key"
    assert load(path).personal_keys() == [key]


def test_a_new_key_goes_before_the_others(tmp_path: Path) -> None:
    reference = keep_personal_key(tmp_path)
    old = resolve(reference, tmp_path)
    file = add_personal_key(reference, tmp_path)
    new, kept = resolve(reference, tmp_path).split()
    assert kept == old != new
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_no_channel_s_secret_takes_the_place_of_the_key(tmp_path: Path) -> None:
    keep_personal_key(tmp_path)
    with pytest.raises(SettingsError, match="is the key of personal data"):
        keep_secret(tmp_path, "personal", "key", "another")
