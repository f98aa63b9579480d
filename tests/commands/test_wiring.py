"""The composition root: what is loaded when, and where secrets may be seen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mercer.config import editing
from mercer.core.cell import Field
from mercer.core.errors import SettingsError
from mercer.core.policy import Always
from mercer.core.risk import OrderCheck
from mercer.plugins import registry
from mercer.sync.engine.stopping import Stopping
from mercer.sync.planning import rules_text
from mercer.wiring import open_workspace
from tests.commands.conftest import Mercer, Seller

SECRET = "hush-hush-secret"


@pytest.fixture
def tmall(seller: Seller, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = seller.folder / "mercer.toml"
    settings = {
        "app_key": "123",
        "seller_type": "B",
        "app_secret": "env:HUSH",
        "session": "env:HUSH",
    }
    editing.add_channel(path, "tmall", platform="taobao", currency="CNY", settings=settings)
    monkeypatch.setenv("HUSH", SECRET)
    return path


def loaded_by(command: str, *modules: str) -> set[str]:
    """Which of these modules a command loads in a process of its own."""
    program = (
        f"import sys; from mercer.commands.line import run; code = run({command.split()});"
        f"print(*({set(modules)} & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


HEAVY = (
    "httpx", "rich", "cryptography", "alembic", "dbos", "openpyxl", "croniter", "tenacity", "tomlkit",
    "psycopg", "sqlalchemy.dialects.postgresql",
)  # fmt: skip


@pytest.mark.parametrize("command", ["status", "export prices", "link", "stock show"])
@pytest.mark.usefixtures("tmall")
def test_what_stays_at_home_loads_no_http_client_and_no_platform(command: str) -> None:
    assert loaded_by(command, "httpx", "mercer.plugins.taobao") == set()


def test_a_plan_loads_no_more_than_planning_takes(tmall: Path) -> None:
    with open_workspace(tmall):
        """The first command of all makes the tables."""
    others = ("mercer.plugins.jd", "mercer.files", "mercer.sync.apply", "mercer.sync.intake")
    assert loaded_by("plan", *HEAVY, *others, "mercer.plugins.taobao") == {"mercer.plugins.taobao"}


async def test_every_secret_of_a_connected_channel_is_hidden(tmall: Path) -> None:
    with open_workspace(tmall) as workspace:
        async with workspace.connected(["tmall"]) as (session, failed):
            assert not failed
            assert session.connection("tmall").declared.quotas
        assert SECRET not in workspace.redactor.text(f"it said {SECRET}")
        assert SECRET not in repr(workspace)


async def test_only_the_named_channels_are_connected_but_all_are_known(tmall: Path) -> None:
    with open_workspace(tmall) as workspace:
        async with workspace.connected(["tmall"]) as (session, _):
            assert set(session.connections) == {"tmall"}
            assert set(session.channels) == {"north", "south", "tmall"}


async def test_a_named_channel_that_cannot_be_connected_is_an_error(
    tmall: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUSH")
    with open_workspace(tmall) as workspace:
        with pytest.raises(SettingsError) as caught:
            async with workspace.connected(["tmall"]):
                pass
        assert caught.value.channel == "tmall"
        async with workspace.connected() as (session, failed):
            assert set(session.connections) == {"north", "south"}
            assert set(failed) == {"tmall"}


def test_a_settings_fault_tells_place_and_meaning_but_not_the_value(
    tmall: Path, mercer: Mercer
) -> None:
    text = tmall.read_text("utf-8").replace('seller_type = "B"', 'seller_type = "hush"')
    tmall.write_text(text, "utf-8")
    answer = mercer("pull", "--channel", "tmall")
    assert answer.code == 1
    assert f"{tmall}:" in answer.err
    assert "channels.tmall.settings.seller_type" in answer.err
    assert "hush" not in answer.err


BROKEN = SettingsError("the plugin 'corner-shop' (corner of shop) cannot be loaded: it rains")


@pytest.fixture
def broken(seller: Seller, monkeypatch: pytest.MonkeyPatch) -> Seller:
    """A plugin is installed that nobody can load."""

    def order_checks() -> list[OrderCheck]:
        raise BROKEN

    monkeypatch.setattr(registry, "order_checks", order_checks)
    return seller


@pytest.mark.usefixtures("broken")
def test_who_takes_no_orders_in_loads_no_check_of_them(mercer: Mercer) -> None:
    assert mercer("plan").code == 0


async def test_a_check_of_orders_that_cannot_be_loaded_stops_a_worker_before_it_begins(
    broken: Seller,
) -> None:
    with open_workspace(broken.folder) as workspace:
        async with workspace.connected() as (session, _):
            with pytest.raises(SettingsError, match="it rains"):
                workspace.worker(session, Stopping(), print)


def with_policy(seller: Seller, name: str) -> Path:
    path = seller.folder / "mercer.toml"
    text = path.read_text("utf-8")
    path.write_text(f'{text}\n[channels.north.policy]\nprice = "{name}"\n', "utf-8")
    return path


def test_a_policy_of_a_plugin_is_put_in_its_place(
    seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    gentle = Always("gentle", None)
    monkeypatch.setattr(registry, "policies", lambda: {"gentle": gentle})
    with open_workspace(with_policy(seller, "gentle")) as workspace:
        north = workspace.session().channels["north"]
        assert north.policy(Field.PRICE) is gentle
        assert "policy of price=gentle" in rules_text(north)


def test_a_policy_that_nobody_brings_is_named_with_its_line_and_what_there_is(
    seller: Seller, mercer: Mercer
) -> None:
    path = with_policy(seller, "gentel")
    answer = mercer("status")
    line = path.read_text("utf-8").splitlines().index('price = "gentel"') + 1
    assert answer.code != 0
    assert f"{path}:{line}: channels.north.policy.price is 'gentel'" in answer.err
    assert "ours, theirs, lowest, highest, ask" in answer.err
