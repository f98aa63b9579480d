"""What a plugin says of itself must hang together."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from mercer.core.cell import LANE_OF, Field, Lane
from mercer.core.contract import (
    Batch,
    Calls,
    CancelsOrders,
    Checks,
    ChoosesWays,
    CreatesListings,
    Declared,
    PollsMessages,
    ReadsAfterSales,
    ReadsBack,
    ReadsListings,
    ReadsOrders,
    SchedulesPrices,
    Ships,
    VerifiesWebhooks,
    WritesContent,
    WritesPrices,
    WritesStatus,
    WritesStock,
)
from mercer.testkit.bench import Bench, on_bench
from mercer.testkit.suite.base import Contract

_CLIENTS = {"httpx", "requests", "urllib", "aiohttp", "http", "socket", "httpcore"}
_CAPABILITIES: Final[Mapping[str, tuple[type, ...]]] = {
    "create": (CreatesListings,),
    "ship": (Ships,),
    "cancel": (CancelsOrders,),
    "after_sales": (ReadsAfterSales,),
    "messages": (VerifiesWebhooks, PollsMessages),
}
"""What a note is due on where the platform has none of these."""

_TELLING = ("secret", "token", "password", "session", "private")
_WRITES = {
    Lane.PRICE: WritesPrices,
    Lane.SCHEDULED: SchedulesPrices,
    Lane.STOCK: WritesStock,
    Lane.CONTENT: WritesContent,
    Lane.STATUS: WritesStatus,
}


class DeclaredContract(Contract):
    def test_the_plugin_registers_under_the_name_of_its_entry_point(self, bench: Bench) -> None:
        assert bench.platform.name == self.platform
        assert bench.platform.title

    def test_every_setting_explains_itself(self, bench: Bench) -> None:
        fields = bench.platform.settings.model_fields
        assert [name for name, each in fields.items() if not each.description] == []

    def test_settings_that_sound_secret_are_secret(self, bench: Bench) -> None:
        fields = bench.platform.settings.model_fields
        open_ones = [
            name
            for name, each in fields.items()
            if any(word in name for word in _TELLING) and "SecretStr" not in str(each.annotation)
        ]
        assert open_ones == []

    def test_settings_do_not_show_their_secrets(self, bench: Bench) -> None:
        model = bench.validated(bench.settings)
        assert bench.secrets
        assert all(secret not in f"{model!r} {model}" for secret in bench.secrets.values())
        assert all(isinstance(getattr(model, name), SecretStr) for name in bench.secrets)

    def test_every_batch_names_a_declared_quota(self, bench: Bench) -> None:
        declared: Declared = bench.adapter.declared
        quotas = {quota.name for quota in declared.quotas}
        reads = [*declared.look, *declared.polls, *declared.creation]
        named: list[Batch | Calls] = [*declared.batches.values(), *reads]
        assert {each.quota for each in named} <= quotas
        if bench.has(ChoosesWays):
            ways = [
                way
                for lane, batch in declared.batches.items()
                for way in bench.adapter.ways(lane, batch.offers)
            ]
            assert {quota for way in ways for quota in way.costs} <= quotas
        assert all(quota.rate > 0 and quota.burst >= 1 for quota in declared.quotas)

    def test_what_reads_cost_is_declared_so_that_plans_can_tell(self, bench: Bench) -> None:
        declared: Declared = bench.adapter.declared
        assert declared.look
        assert declared.polls or not bench.has(ReadsOrders)
        assert declared.creation or not bench.has(CreatesListings)
        assert declared.orders.every > timedelta(0)

    def test_every_field_can_be_read_back_and_its_lane_written(self, bench: Bench) -> None:
        declared: Declared = bench.adapter.declared
        assert isinstance(bench.adapter, ReadsBack)
        assert isinstance(bench.adapter, ReadsListings)
        for lane in {LANE_OF[field] for field in declared.fields}:
            assert isinstance(bench.adapter, _WRITES[lane]), f"no way to write {lane.value}"
            assert lane in declared.batches, f"no batch for {lane.value}"

    def test_what_is_missing_is_noted_in_a_sentence(self, bench: Bench) -> None:
        declared: Declared = bench.adapter.declared
        # Without a scheduled price nothing is lacking: prices are pushed when they are due.
        fields = {field for field in LANE_OF if field is not Field.SCHEDULED} - declared.fields
        lacking = {field.value for field in fields}
        for name, capabilities in _CAPABILITIES.items():
            if not any(bench.has(each) for each in capabilities):
                lacking.add(name)
        assert lacking <= declared.notes.keys()

    def test_cases_are_read_in_declared_windows_and_parcels_told_where_orders_ship(
        self, bench: Bench
    ) -> None:
        declared: Declared = bench.adapter.declared
        assert bench.has(ReadsAfterSales) == (declared.after_sales is not None)
        assert bench.has(Ships) or not declared.partial_shipments
        assert declared.linkable <= {"email", "phone"}

    def test_a_write_has_time_to_settle_before_its_deadline(self, bench: Bench) -> None:
        declared: Declared = bench.adapter.declared
        assert timedelta(0) <= declared.settle < declared.deadline
        assert declared.read_back >= 1
        assert declared.orders.overlap > timedelta(0)

    def test_no_module_of_the_plugin_opens_a_client_of_its_own(self, bench: Bench) -> None:
        source = inspect.getsourcefile(bench.platform.settings)
        assert source is not None
        opened = [
            f"{path.name}: {module}"
            for path in sorted(Path(source).parent.rglob("*.py"))
            for module in _imports(path)
            if module.partition(".")[0] in _CLIENTS and module != "urllib.parse"
        ]
        assert opened == []

    @on_bench
    async def test_a_healthy_channel_checks_out(self, bench: Bench) -> None:
        self.needs(bench, Checks)
        health = await bench.adapter.check()
        assert health
        assert [each for each in health if not each.ok] == []

    @on_bench
    async def test_a_wrong_credential_fails_the_check_with_something_to_try(
        self, bench: Bench
    ) -> None:
        self.needs(bench, Checks)
        for name in bench.secrets:
            stranger = bench.reconnected({**bench.settings, name: "not-the-right-one"})
            assert isinstance(stranger, Checks)
            failing = [each for each in await stranger.check() if not each.ok]
            assert failing, f"a wrong {name} goes unnoticed"
            assert all(each.fix for each in failing)


def _imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
    return found
