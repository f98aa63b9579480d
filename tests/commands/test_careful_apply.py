"""Canaries, stopped runs and rollbacks from the command line."""

from __future__ import annotations

import pytest

from mercer.commands import progress
from tests.commands.conftest import Mercer, Seller
from tests.commands.test_plan import price_at


def planned(mercer: Mercer, *skus: str, price: str = "11.00") -> str:
    for sku in skus:
        mercer("price", "set", sku, price, "CNY")
    plan: str = mercer("plan", "--json").json["id"]
    return plan


def applied(mercer: Mercer) -> str:
    run: str = mercer("apply", planned(mercer, "TEE-S"), "--yes", "--json").json["run"]
    return run


def test_a_canary_goes_first_and_the_rest_follows(stocked: Seller, mercer: Mercer) -> None:
    plan = planned(mercer, "TEE-S", "TEE-M", "MUG")
    answer = mercer("apply", plan, "--yes", "--canary", "2", "--canary-wait", "0s", "--json")
    assert answer.code == 0, answer.err
    assert (answer.json["confirmed"], answer.json["stopped"]) == (6, None)
    assert answer.json["canary"] == 2
    assert price_at(stocked, "MUG") == "11.00 CNY"


def test_a_stopped_run_says_how_to_go_on_and_does(stocked: Seller, mercer: Mercer) -> None:
    plan = planned(mercer, "TEE-S", "TEE-M", "MUG")
    stocked.show(stocked.north, "mug", "MUG", price="10.50")
    out = mercer("apply", plan, "--yes", "--canary", "2", "--canary-wait", "0s").out
    assert "stopped: nothing of the canary was written on north: stale: the shop was" in out
    assert f"next: go on with it: mercer apply {plan}" in out
    (run,) = mercer("runs", "list", "--json").json["runs"]
    assert (run["state"], run["confirmed"], run["open"]) == ("stopped", 1, 4)
    answer = mercer("apply", plan, "--yes")
    assert f"run {run['run']} goes on (it was stopped: nothing of the canary" in answer.out
    assert "1 of 6 changes confirmed so far" in answer.out
    assert "5 confirmed, 1 stale" in answer.out
    assert "5 of 6 changes confirmed; nothing is sent twice" in mercer("apply", plan, "--yes").out


@pytest.mark.parametrize(
    "options",
    [
        ("--canary", "0"),
        ("--canary", "many"),
        ("--canary-wait", "5m"),
        ("--canary", "1", "--canary-wait", "5"),
        ("--max-failures", "-1"),
    ],
)
def test_terms_that_cannot_be_are_a_wrong_use(
    stocked: Seller, mercer: Mercer, options: tuple[str, ...]
) -> None:
    del stocked
    assert mercer("apply", planned(mercer, "MUG"), "--yes", *options).code == 2


def test_a_rollback_is_pinned_shown_and_applied(stocked: Seller, mercer: Mercer) -> None:
    run = applied(mercer)
    dry = mercer("rollback", run, "--dry-run")
    assert "dry run: nothing was kept" in dry.out
    assert mercer("rollback", run, "--dry-run", "--yes").code == 2
    assert mercer("price", "show", "TEE-S", "--json").json["entries"][0]["channel"] is None
    answer = mercer("rollback", run)
    assert answer.code == 0, answer.err
    assert "2 former prices pinned on channels" in answer.out
    assert "mercer price drop TEE-S CNY --channel north" in answer.out
    plan = answer.out.splitlines()[-1].removeprefix("next: mercer apply ")
    assert mercer("apply", plan, "--yes").code == 0
    assert price_at(stocked, "TEE-S") == "10.00 CNY"
    assert mercer("plan", "--json").json["changes"] == []
    assert "there is nothing to take back of run r1" in mercer("rollback", run).out
    assert "rollback of run r1" in mercer("price", "history", "TEE-S").out


def test_a_rollback_of_one_channel_is_applied_at_once(stocked: Seller, mercer: Mercer) -> None:
    run = applied(mercer)
    told = mercer("rollback", run, "--channel", "north", "--yes", "--json")
    assert told.code == 0, told.err
    assert set(told.json) == {
        "run", "pins", "price_book", "left", "back", "never", "plan", "apply",
    }  # fmt: skip
    assert told.json["apply"]["confirmed"] == 1
    assert [each["channel"] for each in told.json["pins"]] == ["north"]
    assert price_at(stocked, "TEE-S") == "10.00 CNY"
    back = mercer("rollback", run, "--channel", "north", "--json").json
    assert (back["back"], back["plan"], back["pins"]) == (1, None, [])


def test_what_stays_is_listed_and_the_exit_code_tells(stocked: Seller, mercer: Mercer) -> None:
    run = applied(mercer)
    stocked.show(stocked.north, "tee", "TEE-S", "TEE-M", price="10.50")
    answer = mercer("rollback", run, "--channel", "north", "--json")
    assert answer.code == 1
    (left,) = answer.json["left"]
    assert left["was"] == {"amount": "10.00", "currency": "CNY"}
    assert left["wrote"] == {"amount": "11.00", "currency": "CNY"}
    assert left["shows"] == {"amount": "10.50", "currency": "CNY"}
    assert left["why"].startswith("another hand has changed it")


def test_a_rollback_that_a_guard_blocks_says_how_to_let_it_pass(
    stocked: Seller, mercer: Mercer
) -> None:
    del stocked
    mercer("price", "set", "MUG", "5.00", "CNY")
    plan = mercer("plan", "--allow", "big-move", "--reason", "meant", "--json").json["id"]
    run = mercer("apply", plan, "--yes", "--json").json["run"]
    blocked = mercer("rollback", run, "--yes")
    assert "big-move" in blocked.out
    allowed = mercer("rollback", run, "--allow", "big-move", "--reason", "it was wrong", "--yes")
    assert allowed.code == 0, allowed.out


def test_runs_are_listed_and_told_one_by_one(stocked: Seller, mercer: Mercer) -> None:
    del stocked
    assert "no runs yet" in mercer("runs", "list").out
    run = applied(mercer)
    assert mercer("runs", "list", "--plan", "p9", "--json").json == {"runs": []}
    shown = mercer("runs", "show", run, "--json").json
    assert (shown["run"], shown["state"], shown["confirmed"]) == (run, "ended", 2)
    assert len(shown["items"]) == 2
    told = mercer("runs", "show", run).out
    assert "2 confirmed" in told
    (north,) = (line.split() for line in told.splitlines() if line.startswith("north"))
    assert north == ["north", "TEE-S", "price", "10.00", "CNY", "11.00", "CNY", "confirmed"]
    for unknown in (("runs", "show", "r9"), ("rollback", "r9")):
        answer = mercer(*unknown)
        assert answer.code == 1
        assert "there is no run 'r9'" in answer.err
        assert "mercer runs list" in answer.err


def test_a_file_says_under_which_terms_plans_are_carried_out(
    stocked: Seller, mercer: Mercer
) -> None:
    file = stocked.folder / "mercer.toml"
    text = file.read_text("utf-8")
    file.write_text(f'{text}\n[apply]\nmax_failures = "many"\n', "utf-8")
    answer = mercer("status")
    assert "apply.max_failures" in answer.err
    assert '"5%"' in answer.err
    file.write_text(f'{text}\n[apply]\nmax_failures = "5%"\ncanary_wait = "90s"\n', "utf-8")
    assert mercer("status").code == 0


def test_where_no_terminal_is_a_line_tells_now_and_then_how_far_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seconds = iter([0.0, 4.0, 12.0, 13.0, 24.0])
    lines = progress.Lines(clock=lambda: next(seconds))
    lines.begin("north", "price", 600)
    for _ in range(4):
        lines.advance("north", "price", 60)
    lines.end("north", "price")
    assert capsys.readouterr().err.splitlines() == [
        "north price: 120 of 600, 10.0 a second, 48 s left",
        "north price: 240 of 600, 10.0 a second, 36 s left",
    ]
