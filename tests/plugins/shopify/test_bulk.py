"""Exports that do not go well."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mercer.core.errors import ProtocolBroken, Throttled, Transient
from mercer.plugins.shopify import bulk, reads
from mercer.plugins.shopify.simulator import bulk as simulated
from mercer.plugins.shopify.simulator.state import BulkOperation

from .conftest import Rig, listings, tee

START = """
mutation {
  bulkOperationRunQuery(query: "{ products { edges { node { id } } } }", groupObjects: false) {
    bulkOperation { id }
    userErrors { code }
  }
}
"""


@pytest.fixture(autouse=True)
def _always_export(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "BULK_FROM", -1)


def always(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "status", lambda _operation, _now: status)


def written(content: str, objects: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every export comes out like this."""

    def made(**fields: object) -> BulkOperation:
        fields |= {"content": content, "object_count": objects}
        return BulkOperation(**fields)  # type: ignore[arg-type]

    monkeypatch.setattr(simulated, "BulkOperation", made)


async def test_an_export_of_an_empty_shop_has_no_file_and_is_complete(rig: Rig) -> None:
    (page,) = [page async for page in rig.adapter().read_listings()]

    assert (page.listings, page.complete) == ((), True)


async def test_a_large_result_is_fetched_in_windows(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.simulator.seed([tee(f"P{number}") for number in range(5)])
    monkeypatch.setattr(bulk, "WINDOW", 100)

    assert len(await listings(rig.adapter())) == 5


async def test_when_as_many_exports_run_as_may_the_pull_waits_for_another_time(rig: Rig) -> None:
    for _ in range(simulated.MOST_RUNNING):
        await rig.graphql(START)

    with pytest.raises(Throttled) as caught:
        await listings(rig.adapter())

    assert caught.value.code == "OPERATION_IN_PROGRESS"


async def test_a_failed_export_can_be_tried_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    always("FAILED", monkeypatch)

    with pytest.raises(Transient) as caught:
        await listings(rig.adapter())

    assert (caught.value.code, caught.value.in_doubt) == ("FAILED", False)


async def test_patience_with_an_export_ends(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    always("RUNNING", monkeypatch)
    started = rig.clock.now()

    with pytest.raises(Transient):
        await listings(rig.adapter())

    assert timedelta(hours=1) <= rig.clock.now() - started < timedelta(hours=1, minutes=2)


@pytest.mark.parametrize(
    ("content", "objects", "words"),
    [
        ('{"id":"gid:\\/\\/shopify\\/Product\\/1"}\n', 2, "1 lines and says 2"),
        ('{"id":"a\\/2","__parentId":"gid:\\/\\/shopify\\/Product\\/1"}\n', 1, "a child of"),
        ('{"id":\n', 1, "not JSON"),
    ],
)
async def test_a_result_that_contradicts_itself_is_not_believed(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, content: str, objects: int, words: str
) -> None:
    written(content, objects, monkeypatch)

    with pytest.raises(ProtocolBroken, match=words):
        await listings(rig.adapter())
