"""Jobs that failed for good: nothing has made good for them since."""

from __future__ import annotations

from collections.abc import Iterable

from mercer.sync.engine.protocol import JobRun, RunState
from mercer.sync.jobs import JOBS


def dead_letters(newest_first: Iterable[JobRun]) -> list[JobRun]:
    """The last failure of each job of a channel that is done again and again, unless it went well
    since; and every failure of the others.
    """
    dead: list[JobRun] = []
    later: set[tuple[str, str]] = set()
    for run in newest_first:
        job = JOBS.get(run.job)
        if job is None or (job.repeats and (run.job, run.channel) in later):
            continue
        if run.state in (RunState.DONE, RunState.FAILED):
            later.add((run.job, run.channel))
        if run.state is RunState.FAILED:
            dead.append(run)
    return dead
