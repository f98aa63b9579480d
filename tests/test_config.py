from __future__ import annotations

import re
import stat
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mercer.config import Config, editing, find, load, resolve
from mercer.config.secrets import keep_secret
from mercer.config.tables import GuardsTable, StockTable
from mercer.core.account import Channel
from mercer.core.cell import Field
from mercer.core.errors import MercerError, RefusedError, SettingsError
from mercer.core.guard import GuardSettings
from mercer.core.merge import Owner
from mercer.core.money import Money
from mercer.core.policy import LOWEST
from mercer.core.stock_rule import StockRule

WHOLE = """\
# 我的店
[workspace]
name = "my-shop"
reporting_currency = "CNY"

[channels.tmall-flagship]
platform = "taobao"
currency = "CNY"
zone = "Asia/Shanghai"
tax_included = true
create_listings = false
[channels.tmall-flagship.settings] # the plugin's
app_key = "12345"
app_secret = "env:TMALL_SECRET"
[channels.tmall-flagship.owner]
title = "channel"
[channels.tmall-flagship.policy]
price = "lowest"
[channels.tmall-flagship.stock]
percent = 90
buffer = 2
[channels.tmall-flagship.guards]
max_move_percent = "off"
max_changed_percent = 50
max_risk = "1000.00"

[channels.shop-us]
platform = "shopify"
account = "us"
currency = "USD"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mercer.toml"
    path.write_text(WHOLE, "utf-8")
    return path


@pytest.fixture(autouse=True)
def _no_named_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MERCER_WORKSPACE", raising=False)


# ---------------------------------------------------------------- reading


def test_a_file_becomes_channels_of_the_domain(file: Path) -> None:
    config = load(file)
    assert (config.name, config.reporting_currency, config.sandbox) == ("my-shop", "CNY", None)
    assert config.database == file.parent / "mercer.db"
    assert config.channels["tmall-flagship"].channel == Channel(
        name="tmall-flagship",
        platform="taobao",
        account="tmall-flagship",
        currency="CNY",
        zone="Asia/Shanghai",
        create_listings=False,
        owners={Field.TITLE: Owner.CHANNEL},
        policies={Field.PRICE: LOWEST},
        stock_rule=StockRule("tmall-flagship", percent=90, buffer=2),
        guards=GuardSettings(
            max_move_percent=None, max_changed_percent=50, max_risk=Money(100000, "CNY")
        ),
    )
    assert config.channels["shop-us"].channel == Channel("shop-us", "shopify", "us", "USD")


SERVER = """
[workspace]
name = "shop"
reporting_currency = "CNY"
database = "{address}"
database_password = "{password}"
"""


def on_server(tmp_path: Path, address: str, password: str = "env:SHOP_DB") -> Config:
    path = tmp_path / "mercer.toml"
    path.write_text(SERVER.format(address=address, password=password), "utf-8")
    return load(path)


def test_a_database_on_a_server_has_its_password_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_DB", "s3cret-of-the-db")
    config = on_server(tmp_path, "postgresql://mercer@db.test:5433/shop?sslmode=require")
    assert config.database == "postgresql://mercer@db.test:5433/shop?sslmode=require"
    assert config.password() == "s3cret-of-the-db"
    assert "s3cret" not in repr(config)
    monkeypatch.delenv("SHOP_DB")
    with pytest.raises(SettingsError, match=r"workspace\.database_password: .*SHOP_DB is not set"):
        config.password()


@pytest.mark.parametrize(
    ("address", "password", "words"),
    [
        ("postgresql://mercer:s3cret@db.test/shop", "env:SHOP_DB", "without a password"),
        ("postgresql://db.test/shop?password=s3cret", "env:SHOP_DB", "without a password"),
        ("postgresql://db.test", "env:SHOP_DB", "postgresql://USER@HOST/NAME"),
        ("mysql://u:s3cret@db.test/shop", "env:SHOP_DB", "postgresql://USER@HOST/NAME"),
        ("postgresql://db.test:s3cret/shop", "env:SHOP_DB", "database"),
        ("postgresql://db.test/shop", "s3cret", "the secret itself stays out"),
    ],
)
def test_a_bad_address_is_named_and_never_shown(
    tmp_path: Path, address: str, password: str, words: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        on_server(tmp_path, address, password)
    assert words in refused.value.message
    assert "s3cret" not in refused.value.message


def test_a_value_knows_its_line_or_that_it_is_a_default(file: Path) -> None:
    places = load(file).places
    assert places.of("channels", "tmall-flagship", "settings", "app_key") == f"{file}:13"
    assert places.of("channels", "shop-us", "account") == f"{file}:29"
    assert places.of("channels", "shop-us", "zone") == "default"


def test_a_line_of_a_long_text_that_looks_like_a_key_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "mercer.toml"
    path.write_text(
        '[workspace]\nname = """\nreporting_currency = 1\n"""\nreporting_currency = "USD"\n',
        "utf-8",
    )
    assert load(path).reporting_currency == "USD"


def test_a_byte_order_mark_does_no_harm(file: Path) -> None:
    file.write_text(WHOLE, "utf-8-sig")
    assert load(file).name == "my-shop"


def test_settings_are_not_shown_with_the_configuration(file: Path) -> None:
    assert "12345" not in repr(load(file))


def broken(file: Path, old: str, new: str) -> str:
    assert old in WHOLE
    file.write_text(WHOLE.replace(old, new, 1), "utf-8")
    with pytest.raises(SettingsError) as caught:
        load(file)
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('name = "my-shop"', 'name = ""', 3, "workspace.name is ''; allowed: a text"),
        ('name = "my-shop"\n', "", 2, "workspace.name is missing"),
        ('"CNY"', '"RMB"', 4, "workspace.reporting_currency is 'RMB'; allowed: an ISO 4217"),
        ("zone", "zoen", 9, "zoen is not known; did you mean zone? allowed: account"),
        ("Asia/Shanghai", "Beijing", 9, "zone is 'Beijing'; allowed: an IANA time zone"),
        ("true", '"yes"', 10, "tax_included is 'yes'"),
        ('"12345"', "12345", 13, "settings.app_key is of type int"),
        ('"channel"', '"shop"', 16, "owner.title is 'shop'; allowed: 'mercer' or 'channel'"),
        ("title =", "colour =", 16, "the name 'colour' in channels.tmall-flagship.owner"),
        ('price = "lowest"', 'title = "lowest"', 17, "only money has a lowest"),
        ('price = "lowest"', 'stock = "ours"', 18, "stock follows the ledger"),
        ('price = "lowest"', 'scheduled = "ours"', 18, "with which its scheduled price goes"),
        ("title =", "scheduled =", 16, "with which its scheduled price goes"),
        ("percent = 90", "percent = 101", 20, "stock.percent is 101"),
        ("percent = 90", "percent = true", 20, "stock.percent is True"),
        ("= 50", '= "some"', 24, "max_changed_percent is 'some'; allowed: a whole number"),
        ('"1000.00"', '"1,000.00"', 25, "max_risk: '1,000.00' is not an amount"),
        ("[channels.shop-us]", '[channels."Shop US"]', 27, "'Shop US' in channels; allowed: lower"),
        (
            'account = "us"',
            'account = "tmall-flagship"',
            29,
            "already one at taobao, not at shopify",
        ),
        ('currency = "USD"', "currency = 1", 30, "channels.shop-us.currency is 1"),
    ],
)
def test_a_wrong_value_is_named_with_its_line_and_what_is_allowed(
    file: Path, old: str, new: str, line: int, says: str
) -> None:
    message = broken(file, old, new)
    assert message.startswith(f"{file}:{line}: ")
    assert says in message
    assert "\n" not in message


def test_every_fault_is_told_at_once(file: Path) -> None:
    file.write_text(WHOLE.replace("zone", "zoen").replace('"USD"', '"DOLLAR"'), "utf-8")
    with pytest.raises(SettingsError) as caught:
        load(file)
    assert len(caught.value.message.splitlines()) == 2


def test_a_secret_of_the_wrong_type_is_not_shown(file: Path) -> None:
    assert "98765" not in broken(file, '"env:TMALL_SECRET"', "98765")


def test_a_file_that_is_no_toml_names_the_line(file: Path) -> None:
    assert "at line 3" in broken(file, 'name = "my-shop"', "name = my-shop")


def test_a_sandbox_is_on_this_machine(file: Path) -> None:
    file.write_text(WHOLE + '[clock]\nsandbox = "http://127.0.0.1:8765/"\n', "utf-8")
    assert load(file).sandbox == "http://127.0.0.1:8765"
    file.write_text(WHOLE + '[clock]\nsandbox = "http://example.com"\n', "utf-8")
    with pytest.raises(SettingsError, match=r"clock\.sandbox is 'http://example\.com'"):
        load(file)


def test_a_file_that_cannot_be_read_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)
    (tmp_path / "mercer.toml").write_bytes("[workspace]\nname='店'".encode("gbk"))
    with pytest.raises(SettingsError, match="not UTF-8"):
        load(tmp_path / "mercer.toml")


def test_an_unknown_channel_is_answered_with_the_known_ones(file: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(file).channel("tmall")
    assert caught.value.hint == "channels: shop-us, tmall-flagship"


def test_the_file_has_exactly_the_settings_of_the_domain() -> None:
    assert set(GuardsTable.model_fields) == {field.name for field in fields(GuardSettings)}
    assert {"id", *StockTable.model_fields} == {field.name for field in fields(StockRule)}
    assert StockRule("x", **StockTable().model_dump()) == StockRule("x")


STOCK = """
[channels.a]
platform = "shopify"
account = "one"
currency = "USD"
[channels.a.stock]
locations = ["west", "东仓"]
delist_at = 2
relist_at = 5
disabled_until = 2026-12-01T08:00:00+08:00
reason = "moving house"
[channels.b]
platform = "shopify"
account = "one"
currency = "USD"
stock_with = "a"
[channels.c]
platform = "shopify"
currency = "USD"
"""


CHAINED = """[channels.d]
platform = "shopify"
account = "one"
currency = "USD"
stock_with = "b"
[channels.b]"""


def test_a_stock_rule_is_read_with_its_locations_and_times_in_utc(file: Path) -> None:
    file.write_text(f'[workspace]\nname = "x"\nreporting_currency = "USD"\n{STOCK}', "utf-8")
    channels = load(file).channels
    assert channels["a"].channel.stock_rule == StockRule(
        "a",
        locations=("west", "东仓"),
        delist_at=2,
        relist_at=5,
        disabled_until=datetime(2026, 12, 1, tzinfo=UTC),
        reason="moving house",
    )
    assert [channels[name].channel.stock_with for name in "abc"] == ["", "a", ""]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("relist_at = 5", "relist_at = 2", "not above delist-at 2"),
        ('reason = "moving house"', "", "disabled-until needs a reason"),
        ("T08:00:00+08:00", "", "a time with its zone"),
        ("2026-12-01T08:00:00+08:00", '"soon"', "a time with its zone"),
        ('locations = ["west", "东仓"]', "locations = []", "at least one location"),
        ('stock_with = "a"', 'stock_with = "z"', "there is no such channel"),
        ('stock_with = "a"', 'stock_with = "b"', "that is the channel itself"),
        ('stock_with = "a"', 'stock_with = "c"', "it is of account 'c', this one of 'one'"),
        ("[channels.b]", CHAINED, "its own stock is kept on 'a'"),
        ('stock_with = "a"', 'stock_with = "a"\n[channels.b.stock]\nbuffer = 1', "is kept on a"),
    ],
)  # fmt: skip
def test_a_stock_setting_that_cannot_be_is_named_with_its_line(
    file: Path, old: str, new: str, fault: str
) -> None:
    assert STOCK.count(old) == 1
    text = STOCK.replace(old, new)
    file.write_text(f'[workspace]\nname = "x"\nreporting_currency = "USD"\n{text}', "utf-8")
    with pytest.raises(SettingsError) as caught:
        load(file)
    assert fault in caught.value.message
    assert re.search(rf"{re.escape(str(file))}:\d+", caught.value.message)


def test_a_channel_can_be_added_beside_the_one_that_has_its_stock(file: Path) -> None:
    editing.add_channel(
        file, "shop-ca", platform="shopify", currency="CAD", settings={}, account="us",
        stock_with="shop-us",
    )  # fmt: skip
    assert load(file).channels["shop-ca"].channel.stock_with == "shop-us"


# ---------------------------------------------------------------- finding


def test_the_file_is_found_from_a_folder_below(file: Path, tmp_path: Path) -> None:
    below = tmp_path / "prices" / "2026"
    below.mkdir(parents=True)
    assert find(below) == file


def test_the_environment_names_a_workspace_and_an_argument_another(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "mercer.toml").write_text(WHOLE, "utf-8")
    monkeypatch.setenv("MERCER_WORKSPACE", str(other))
    assert find(tmp_path) == other / "mercer.toml"
    assert find(tmp_path, file) == file


def test_where_no_file_is_the_way_to_make_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        find(tmp_path)
    assert "mercer init" in caught.value.hint
    with pytest.raises(SettingsError, match="there is no"):
        find(tmp_path, tmp_path / "elsewhere" / "mercer.toml")


# ---------------------------------------------------------------- secrets


def test_a_kept_secret_is_read_back_and_private(tmp_path: Path) -> None:
    reference = keep_secret(tmp_path, "tmall", "app_secret", "s3cr3t")
    folder = tmp_path / "secrets"
    assert reference == "file:secrets/tmall.app_secret"
    assert resolve(reference, tmp_path) == "s3cr3t"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "tmall.app_secret").stat().st_mode) == 0o600
    assert (folder / ".gitignore").read_text() == "*\n"
    assert len(list(folder.iterdir())) == 2


def test_a_secret_cannot_be_kept_outside_its_folder(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot name a file"):
        keep_secret(tmp_path, "../tmall", "app_secret", "s3cr3t")


def test_a_secret_that_others_can_read_is_refused_with_the_command_that_mends_it(
    tmp_path: Path,
) -> None:
    keep_secret(tmp_path, "tmall", "session", "s3cr3t")
    path = tmp_path / "secrets" / "tmall.session"
    path.chmod(0o640)
    with pytest.raises(SettingsError) as caught:
        resolve("file:secrets/tmall.session", tmp_path)
    assert caught.value.hint == f"chmod 600 {path}"


def test_an_environment_secret_is_read_when_asked_for(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load(file)
    with pytest.raises(SettingsError) as caught:
        config.resolved("tmall-flagship")
    assert caught.value.message == (
        f"{file}:14: channels.tmall-flagship.settings.app_secret: "
        "the environment variable TMALL_SECRET is not set"
    )
    monkeypatch.setenv("TMALL_SECRET", "s3cr3t")
    assert config.resolved("tmall-flagship") == {"app_key": "12345", "app_secret": "s3cr3t"}


@pytest.mark.parametrize("content", ["", "  \n", "x" * 70_000])
def test_a_file_that_holds_no_secret_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError):
        resolve("file:key", tmp_path)


def test_a_missing_secret_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        resolve("file:key", tmp_path)


def test_an_address_is_no_reference(tmp_path: Path) -> None:
    assert resolve("http://127.0.0.1:1/x", tmp_path) == "http://127.0.0.1:1/x"


# ---------------------------------------------------------------- editing


def test_a_new_workspace_can_be_loaded_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "new" / "mercer.toml"
    editing.create(path, "新店", "CNY")
    assert load(path).name == "新店"
    with pytest.raises(RefusedError):
        editing.create(path, "another", "USD")
    assert load(path).name == "新店"


def test_a_channel_is_added_and_the_rest_of_the_file_stays_as_it_was(file: Path) -> None:
    editing.add_channel(
        file,
        "shop-de",
        platform="shopify",
        currency="EUR",
        zone="Europe/Berlin",
        settings={"shop": "de.myshopify.com", "access_token": "env:DE_TOKEN"},
    )
    text = file.read_text("utf-8")
    assert text.startswith(WHOLE.rstrip())
    added = load(file).channels["shop-de"]
    assert added.channel == Channel("shop-de", "shopify", "shop-de", "EUR", zone="Europe/Berlin")
    assert added.settings == {"shop": "de.myshopify.com", "access_token": "env:DE_TOKEN"}
    with pytest.raises(RefusedError, match="already"):
        editing.add_channel(file, "shop-de", platform="x", currency="EUR", settings={})


def test_a_first_channel_can_be_added(tmp_path: Path) -> None:
    path = tmp_path / "mercer.toml"
    editing.create(path, "shop", "USD")
    editing.add_channel(path, "a", platform="memory", currency="USD", settings={})
    assert list(load(path).channels) == ["a"]
    assert path.read_text().count("[channels") == 2


def test_a_channel_that_is_not_allowed_leaves_the_file_alone(file: Path) -> None:
    with pytest.raises(MercerError, match="currency"):
        editing.add_channel(file, "shop-de", platform="shopify", currency="EURO", settings={})
    assert file.read_text("utf-8") == WHOLE


def test_a_removed_channel_takes_its_own_secrets_along(file: Path) -> None:
    token = editing.keep_secret(file.parent, "shop-de", "access_token", "one")
    shared = editing.keep_secret(file.parent, "shop-de", "client_secret", "two")
    for name, settings in (("shop-de", {"a": token, "b": shared}), ("shop-at", {"b": shared})):
        editing.add_channel(file, name, platform="shopify", currency="EUR", settings=settings)
    editing.remove_channel(file, "shop-de")
    assert "shop-de" not in load(file).channels
    assert not (file.parent / "secrets" / "shop-de.access_token").exists()
    assert resolve(shared, file.parent) == "two"


def test_a_removed_channel_leaves_the_comments_of_the_others(file: Path) -> None:
    editing.remove_channel(file, "shop-us")
    assert "# 我的店" in file.read_text("utf-8")
    assert "# the plugin's" in file.read_text("utf-8")
    with pytest.raises(SettingsError):
        editing.remove_channel(file, "shop-us")


def test_a_sandbox_moves_and_the_other_settings_stay(file: Path) -> None:
    file.write_text(WHOLE + '[clock]\nsandbox = "http://127.0.0.1:1"\n', "utf-8")
    editing.point_at_sandbox(
        file, "http://127.0.0.1:2", {"tmall-flagship": {"address": "http://127.0.0.1:2/x"}}
    )
    config = load(file)
    assert config.sandbox == "http://127.0.0.1:2"
    settings = config.channels["tmall-flagship"].settings
    assert settings["address"] == "http://127.0.0.1:2/x"
    assert settings["app_key"] == "12345"


def test_a_channels_own_hours_go_before_those_for_all(tmp_path: Path) -> None:
    path = tmp_path / "mercer.toml"
    path.write_text(
        '[workspace]\nname = "x"\nreporting_currency = "CNY"\n'
        '[schedule]\norders = "*/10 * * * *"\nmaintain = "off"\n'
        '[channels.a]\nplatform = "memory"\ncurrency = "CNY"\nzone = "Asia/Shanghai"\n'
        '[channels.a.schedule]\norders = "* * * * *"\nlistings = "off"\n'
        '[channels.b]\nplatform = "memory"\ncurrency = "CNY"\n',
        "utf-8",
    )
    found = {(due.job, due.channel): (due.cron, due.zone) for due in load(path).schedule}
    assert found["orders", "a"] == ("* * * * *", "Asia/Shanghai")
    assert found["orders", "b"] == ("*/10 * * * *", "UTC")
    assert ("after-sales", "b") in found
    assert not found.keys() & {("listings", "a"), ("maintain", ""), ("sync", "a")}


def test_hours_that_are_no_cron_line_are_named(tmp_path: Path) -> None:
    path = tmp_path / "mercer.toml"
    path.write_text(
        '[workspace]\nname = "x"\nreporting_currency = "CNY"\n'
        '[schedule]\norders = "every minute"\n',
        "utf-8",
    )
    with pytest.raises(
        SettingsError, match=r"schedule\.orders is 'every minute'; allowed: a cron line"
    ):
        load(path)
