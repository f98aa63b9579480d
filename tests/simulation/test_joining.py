"""A plugin author's simulator takes part in histories as soon as its package is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mercer.sandbox.laboratory.history import History, Laboratory
from mercer.sandbox.laboratory.setting import simulated

BAZAAR = """
from dataclasses import replace

from mercer.plugins import shopify
from mercer.plugins.hookspecs import hookimpl


@hookimpl
def mercer_platforms(register):
    def renamed(platform):
        register(replace(platform, name="bazaar", title="Bazaar"))

    shopify.mercer_platforms(register=renamed)
"""


@pytest.fixture
def bazaar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with a platform of its own, as an installer leaves it."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "bazaar_of_a_test.py").write_text(BAZAAR, encoding="utf-8")
    info = tmp_path / "mercer_bazaar-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: mercer-bazaar\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        "[mercer]\nbazaar = bazaar_of_a_test\n", encoding="utf-8"
    )


@pytest.mark.usefixtures("bazaar")
def test_a_registered_platform_with_a_simulator_takes_part(laboratory: Laboratory) -> None:
    installed = Laboratory(simulated(), laboratory.database)
    assert "bazaar" in {platform.name for platform in installed.platforms}
    drawn = {
        channel.platform
        for seed in range(8)
        for channel in History(installed, seed).setting.channels.values()
    }
    assert "bazaar" in drawn


@pytest.mark.usefixtures("bazaar")
def test_its_histories_are_checked_like_all_others(laboratory: Laboratory) -> None:
    alone = [platform for platform in simulated() if platform.name == "bazaar"]
    history = History(Laboratory(alone, laboratory.database), seed=3)
    assert history.play() == []
    assert {channel.platform for channel in history.setting.channels.values()} == {"bazaar"}


def test_platforms_without_a_simulator_stay_away() -> None:
    assert "memory" not in {platform.name for platform in simulated()}
    assert {"amazon", "jd", "shopify", "taobao"} <= {platform.name for platform in simulated()}
