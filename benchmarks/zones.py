"""OctoDNS, which plans as Mercer does (desired against existing), over as many records in memory.

Source and target make their records from their numbers, so nothing is read from a file or a network.
`python -m benchmarks.zones RECORDS EVERY` prints its seconds of the processor and its peak memory.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

from octodns.provider.base import BaseProvider
from octodns.record import Record
from octodns.source.base import BaseSource
from octodns.zone import Zone


def _add_records(zone: Zone, addresses: Iterator[str]) -> None:
    for number, address in enumerate(addresses):
        data = {"type": "A", "ttl": 300, "value": address}
        zone.add_record(Record.new(zone, f"r{number:07}", data), lenient=True)


def _address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


class Source(BaseSource):
    """What should be: each `every`-th record is another than it is."""

    log = logging.getLogger("source")
    SUPPORTS_GEO = False
    SUPPORTS = frozenset({"A"})

    def __init__(self, records: int, every: int) -> None:
        super().__init__("source")
        self._records, self._every = records, every

    def populate(self, zone: Zone, target: bool = False, lenient: bool = False) -> None:
        del target, lenient
        numbers = range(self._records)
        _add_records(zone, (_address(n + (n % self._every == 0)) for n in numbers))


class Target(BaseProvider):
    """What is. It is planned for, never written."""

    log = logging.getLogger("target")
    SUPPORTS_GEO = False
    SUPPORTS = frozenset({"A"})

    def __init__(self, records: int) -> None:
        super().__init__("target")
        self._records = records

    def populate(self, zone: Zone, target: bool = False, lenient: bool = False) -> bool:
        del target, lenient
        _add_records(zone, map(_address, range(self._records)))
        return True


def _measured(records: int, every: int) -> dict[str, Any]:
    began = time.process_time()
    desired = Zone("example.com.", [])
    Source(records, every).populate(desired)
    plan = Target(records).plan(desired)
    seconds = time.process_time() - began
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"changes": len(plan.changes), "seconds": seconds, "megabytes": megabytes}


if __name__ == "__main__":
    print(json.dumps(_measured(int(sys.argv[1]), int(sys.argv[2]))))
