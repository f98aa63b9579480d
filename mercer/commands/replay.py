"""`mercer sandbox replay`."""

from __future__ import annotations

import click

from mercer.commands.invocation import Command, Invocation
from mercer.commands.output import Output
from mercer.sandbox.laboratory.history import History, Laboratory, steps_of
from mercer.sandbox.laboratory.setting import LARGE, SMALL


@click.command(cls=Command, short_help="Play the history of a seed once more, and check it")
@click.argument("seed", type=int)
@click.option(
    "--steps", type=click.IntRange(0, 10_000), metavar="N",
    help="Only the first N steps, or more than the seed's own.",
)  # fmt: skip
@click.option("--large", is_flag=True, help="The large world of the seed, as `make soak LARGE=1`.")
@click.option("--verbose", is_flag=True, help="Tell the whole story, whatever comes of it.")
@click.pass_obj
def replay(invocation: Invocation, seed: int, steps: int | None, large: bool, verbose: bool) -> int:
    """Play the history of a seed once more, and check it.

    A history is a world of simulated shops, with buyers, back office, faults and kills, all drawn
    from the seed; the same seed plays the same history everywhere. Nothing of a workspace is used.
    Its end is 1 where something that must hold does not.
    """
    size = LARGE if large else SMALL
    history = History(Laboratory(), seed, size)
    taken = steps_of(seed, size.steps if steps is None else steps)
    found = history.play(taken)
    out = Output(invocation)
    if verbose or found:
        for line in history.story:
            out.line(line)
    for finding in found:
        out.line(f"wrong: {finding}")
    shops = ", ".join(history.simulators)
    out.line(f"seed {seed}: {len(taken)} steps at {shops}; {len(found)} findings")
    out.line(f"digest {history.digest}")
    out.document(
        {
            "seed": seed,
            "steps": len(taken),
            "channels": list(history.simulators),
            "findings": [{"check": each.check, "message": each.message} for each in found],
            "digest": history.digest,
            **({"story": list(history.story)} if verbose else {}),
        }
    )
    return 1 if found else 0
