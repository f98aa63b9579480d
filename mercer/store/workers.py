"""Workers' signs of life, what only one of them may do, and how far jobs are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from mercer.store.tables import leases, progress, workers
from mercer.store.upsert import insert_new, upsert


@dataclass(frozen=True, slots=True)
class Worker:
    """One process that does jobs. Times are the machine's."""

    id: str
    host: str
    process: int
    began_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Far:
    """How far a job is with one thing; `total` may be unknown."""

    channel: str
    what: str
    done: int
    total: int | None


def seen(connection: Connection, worker: Worker) -> None:
    upsert(connection, workers, [asdict(worker)])


def gone(connection: Connection, id: str) -> None:
    connection.execute(delete(workers).where(workers.c.id == id))


def forget_all_but(connection: Connection, id: str) -> None:
    connection.execute(delete(workers).where(workers.c.id != id))


def forget(connection: Connection, before: datetime) -> None:
    """Workers that gave no sign of life since then."""
    connection.execute(delete(workers).where(workers.c.seen_at < before))


def alive(connection: Connection, since: datetime) -> list[Worker]:
    query = select(workers).where(workers.c.seen_at >= since).order_by(workers.c.began_at)
    return [Worker(**row) for row in connection.execute(query).mappings()]


def take_lease(
    connection: Connection, name: str, holder: str, now: datetime, until: datetime
) -> bool:
    """Whether `holder` may do it until then: nobody else does."""
    row = {"name": name, "holder": holder, "until": until}
    if insert_new(connection, leases, row):
        return True
    free = or_(leases.c.holder == holder, leases.c.until <= now)
    taken = update(leases).where(leases.c.name == name, free).values(holder=holder, until=until)
    return connection.execute(taken).rowcount == 1


def tell_progress(connection: Connection, run: str, far: Sequence[Far]) -> None:
    connection.execute(delete(progress).where(progress.c.run == run))
    if far:
        connection.execute(progress.insert(), [{"run": run, **asdict(each)} for each in far])


def progress_of(connection: Connection, run: str) -> list[Far]:
    query = select(progress).where(progress.c.run == run)
    return [Far(row.channel, row.what, row.done, row.total) for row in connection.execute(query)]
