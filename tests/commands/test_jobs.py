"""Jobs as people see them, where no worker ever was."""

from __future__ import annotations

import pytest

from tests.commands.conftest import Mercer

pytestmark = pytest.mark.usefixtures("stocked")


def test_without_a_worker_there_are_no_jobs(mercer: Mercer) -> None:
    assert mercer("jobs", "list").out == "no jobs\n"
    assert mercer("jobs", "list", "--failed").out == "no job has failed for good\n"
    assert mercer("jobs", "list", "--json").json == {"jobs": [], "resting": []}


@pytest.mark.parametrize("words", [("show", "x"), ("cancel", "x"), ("retry", "x")])
def test_asking_for_one_says_so(mercer: Mercer, words: tuple[str, ...]) -> None:
    answer = mercer("jobs", *words)
    assert answer.code == 1
    assert answer.err == (
        "error: no worker was ever here, so there are no jobs\n  try: mercer run\n"
    )


def test_nothing_to_do_again_is_a_wrong_use(mercer: Mercer) -> None:
    assert mercer("jobs", "retry").code == 2
