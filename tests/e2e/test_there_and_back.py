"""Prices go out with a canary on a bad day, killed on the way, and come back by rollback."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Shops, sandbox

ROUNDS = 8
"""Each gives what failed in the last another try."""


@pytest.fixture(scope="module")
def shops(place: Path) -> Iterator[Shops]:
    with sandbox(place, "--products", "8", "--seed", "7") as shops:
        shops.agree()
        yield shops


def prices(shops: Shops) -> dict[tuple[str, str], str]:
    return {
        (channel, sku): each["price"]["amount"]
        for channel in ("shopify", "taobao")
        for sku, each in shops.offers(channel).items()
    }


def interrupted(shops: Shops, seconds: float, how: signal.Signals, *args: str) -> str:
    """What a command says that a signal ends; it may have been done before."""
    words = ["-m", "mercer", *args, "--workspace", str(shops.folder)]
    process = subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(seconds)
    process.send_signal(how)
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in err
    return out


def test_prices_go_out_killed_and_throttled_and_every_one_comes_back(shops: Shops) -> None:
    former = prices(shops)
    rows = [
        f"{sku},{float(amount) * 0.9:.2f},{'USD' if channel == 'shopify' else 'CNY'},{channel}"
        for (channel, sku), amount in former.items()
    ]
    file = shops.file("prices.csv", "\n".join(["sku,price,currency,channel", *rows]) + "\n")
    shops.ok("import", "prices", file)
    made = shops.ok("plan")
    plan, going = made["id"], [each for each in made["changes"] if each["guard"] is None]
    wanted = {(each["channel"], each["sku"]): each["after"]["amount"] for each in going}
    assert len(wanted) > 20
    careful = ("apply", plan, "--yes", "--canary", "5%")
    interrupted(shops, 2.0, signal.SIGKILL, *careful)
    shops.world("POST", "faults", {"kind": "error-after", "rate": 0.05})
    shops.world("POST", "faults", {"kind": "lost-write", "rate": 0.03})
    interrupted(shops, 2.5, signal.SIGINT, *careful)
    for _ in range(ROUNDS):
        if shops.mercer("apply", plan, "--yes", "--json").code == 0:
            break
    assert prices(shops) == former | wanted

    runs = [each["run"] for each in shops.ok("runs", "list", "--all")["runs"]]
    for _ in range(ROUNDS):
        for run in runs:
            shops.mercer("rollback", run, "--yes", "--json")
        if prices(shops) == former:
            break
    shops.world("DELETE", "faults")
    assert prices(shops) == former
    shops.ok("pull")
    assert all(each["guard"] for each in shops.ok("plan")["changes"])
    for run in runs:
        told = shops.ok("rollback", run)
        assert (told["pins"], told["left"], told["plan"]) == ([], [], None)
