"""The last units of what sells fast, dealt out: each is shown on one channel only.

No number acts at once. While one is on its way, two shops may sell the same unit, however many are
shown on each. Where the numbers of all channels together are no more than there is, none can be sold
twice, and a sale needs no other number to be written at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LATELY: Final = timedelta(minutes=5)
"""What sells out within so long, by what was sold in as long, sells fast."""

REMEMBERED: Final = timedelta(minutes=15)
"""How long what sold out fast stays dealt: a unit that is given back is wanted at once."""

_MARGIN: Final = 2
"""Units more than were sold that sell fast all the same: the next buyer may want as many, and the one
after him meets a number that is still on its way.
"""


def sells_out_soon(available: int, taken: int) -> bool:
    """Whether what is left would be about gone at the pace of `LATELY`, in which so many were `taken`."""
    return taken >= max(available - _MARGIN, 1)


def dealt_out(
    available: int, at_most: Mapping[str, int], sold: Mapping[str, int]
) -> dict[str, int]:
    """Units for each channel: half of them evenly, half as they `sold` lately, and `at_most` what its
    rule would show.

    Together they are never more than there is, and as many as the channels may show.
    """
    lately = {channel: max(sold.get(channel, 0), 0) for channel in at_most}
    share = {
        channel: 1 + sum(lately.values()) + len(lately) * each for channel, each in lately.items()
    }
    dealt = dict.fromkeys(at_most, 0)
    for _ in range(min(available, sum(at_most.values()))):
        open_ = [channel for channel, most in at_most.items() if dealt[channel] < most]
        dealt[max(open_, key=lambda channel: share[channel] / (2 * dealt[channel] + 1))] += 1
    return dealt


@dataclass(frozen=True, slots=True)
class Deal:
    """What was dealt out of one SKU: `units` by channel at `dealt_at`. After `until` it may no longer
    sell fast.

    Channels' orders of the `LATELY` before had `sold` so many by then, as far as they were known, and
    orders since that time `taken` so many by now: what was not known yet comes off its own share.
    """

    sku: str
    dealt_at: datetime
    until: datetime
    units: Mapping[str, int]
    sold: Mapping[str, int]
    taken: Mapping[str, int]

    @property
    def sold_out(self) -> bool:
        return not any(self.units.values())

    def slowed_down(self, available: int, taken: int, now: datetime) -> bool:
        """Whether what is left will last by far longer than `LATELY`: in between it stays as it is.

        What has just been dealt out stays so, unless new goods came. What sold out sells as fast as it
        did then.
        """
        if self.sold_out:
            return not sells_out_soon(available, sum(self.sold.values()))
        new_goods = available > sum(self.units.values())
        slow = not sells_out_soon(available, 2 * taken)
        return slow and (new_goods or now - self.dealt_at >= LATELY)

    def left(self, available: int) -> dict[str, int]:
        """What each channel has left of its share.

        Should less be there than that, the largest shares are cut.
        """
        left = {
            name: max(each - self.taken.get(name, 0) + self.sold.get(name, 0), 0)
            for name, each in self.units.items()
        }
        for _ in range(sum(left.values()) - max(available, 0)):
            left[max(left, key=lambda name: (left[name], name))] -= 1
        return left
