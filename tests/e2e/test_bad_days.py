"""Shops that say yes and do nothing, or fail after they did it: sync until quiet ends with all right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mercer.store.database import open_database
from mercer.store.runs import attempts_of
from tests.e2e.conftest import Shops, sandbox

QUIET_AFTER = 12
"""Rounds of sync: each one gives what failed in the last another try."""


@pytest.fixture(scope="module")
def shops(place: Path) -> Iterator[Shops]:
    with sandbox(place, "--products", "25", "--seed", "11") as shops:
        shops.agree()
        yield shops


def test_with_writes_lost_and_failing_after_effect_every_offer_ends_right(shops: Shops) -> None:
    wanted: dict[tuple[str, str], str] = {}
    rows = ["sku,price,currency,channel"]
    for channel in ("shopify", "taobao"):
        for sku, each in shops.offers(channel).items():
            price = f"{float(each['price']['amount']) * 1.1:.2f}"
            wanted[channel, sku] = price
            rows.append(f"{sku},{price},{each['price']['currency']},{channel}")
    shops.ok("import", "prices", shops.file("prices.csv", "\n".join(rows) + "\n"))
    shops.world("POST", "faults", {"kind": "accepted-but-not-applied", "rate": 0.05})
    shops.world("POST", "faults", {"kind": "500-after", "rate": 0.05})
    runs = []
    try:
        for _ in range(QUIET_AFTER):
            answer = shops.mercer("sync", "--json")
            if answer.code == 0 and answer.json["apply"] is None:
                break
            runs += [answer.json["apply"]["run"]] if answer.json["apply"] else []
            shops.world("POST", "clock/advance", {"seconds": 60})
        else:
            pytest.fail(f"not quiet after {QUIET_AFTER} rounds: {answer.out}")
    finally:
        shops.world("DELETE", "faults")
    shown = {
        (channel, sku): each["price"]["amount"]
        for channel in ("shopify", "taobao")
        for sku, each in shops.offers(channel).items()
    }
    assert shown == wanted

    attempts = journal(shops, runs)
    assert len(attempts) > len({(each["run"], each["change"]) for each in attempts}), "no retries"
    assert all(each["outcome"] and each["settled"] for each in attempts)


def journal(shops: Shops, runs: list[str]) -> list[dict[str, Any]]:
    database = open_database(shops.folder / "mercer.db")
    try:
        with database.read() as tx:
            return [attempt for run in runs for attempt in attempts_of(tx, run)]
    finally:
        database.close()
