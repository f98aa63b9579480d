"""The demo, as a newcomer runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import sandbox


def test_the_demo_ends_with_every_shop_right_and_can_be_played_with(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = subprocess.run(
        [sys.executable, "-m", "mercer", "demo", "--json", "--keep", str(folder)],
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told) == {
        "offers", "planned", "confirmed", "unconverged", "drifted", "drift_repaired",
        "second_plan_changes", "shop_minutes", "seconds",
    }  # fmt: skip
    assert told["offers"] >= 800
    assert told["confirmed"] == told["planned"] > 200
    assert told["drift_repaired"] == told["drifted"] == 3
    assert told["unconverged"] == told["second_plan_changes"] == 0
    assert told["seconds"] < 60
    with sandbox(folder) as shops:
        pulled = shops.ok("pull")
        assert set(pulled["listings"]) == {"shopify", "taobao", "jd", "amazon-de", "amazon-pl"}
        assert shops.ok("plan")["totals"]["changes"] == 0
