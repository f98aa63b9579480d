"""Whether the audit is as it was written: every line, in order, and every row that a line seals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Row, func, select, type_coerce

from mercer.store.audit import BEGAN, SEALS, digest_of, ids_in, link
from mercer.store.tables import audit, chain

_PAGE: Final = 2_000

_BY_KIND: Final = {sealed.kind: sealed for sealed in SEALS}

_COLUMNS: Final = [
    type_coerce(audit.c.at, BigInteger) if each is audit.c.at else each for each in audit.columns
]
_KIND: Final = list(audit.columns).index(audit.c.kind)


@dataclass(frozen=True, slots=True)
class Checked:
    """How many lines there are, and the last one's hash. `broken`: what is wrong first, if anything."""

    lines: int
    head: str
    broken: str = ""


def check(connection: Connection, progress: Callable[[int], None] = lambda _: None) -> Checked:
    """Follow the chain from its first line, page by page. `progress` is told how many more lines hold.

    What it cannot show is lines cut off at the end together with the chain's own note of its end:
    that takes a hash which was noted elsewhere.
    """
    number, head = connection.execute(select(chain.c.number, chain.c.hash)).one()
    counted = dict.fromkeys(_BY_KIND, 0)
    since = {"movements": 0, "journal": 0}
    at, last = 0, ""
    for page in _pages(connection):
        for row in page:
            at += 1
            broken = _broken(connection, row, at, last)
            if broken:
                return Checked(at - 1, last, broken)
            last = row.hash
            if row[_KIND] == BEGAN:
                movements, sent = row.rows.split(",")
                since = {"movements": int(movements), "journal": int(sent)}
            elif row[_KIND] in _BY_KIND:
                sealed = _BY_KIND[row[_KIND]]
                counted[sealed.kind] += sum(id > since[sealed.table] for id in ids_in(row.rows))
        progress(len(page))
    if (at, last) != (number, head):
        ends = f"the audit ends at line {at}, and should end at line {number}"
        return Checked(
            at, last, ends if at != number else f"line {at} is not what was written last"
        )
    return Checked(at, last, next(_unsealed(connection, counted, since), ""))


def _pages(connection: Connection) -> Iterator[list[Row[Any]]]:
    last = 0
    query = select(*_COLUMNS).order_by(audit.c.number).limit(_PAGE)
    while page := list(connection.execute(query.where(audit.c.number > last))):
        yield page
        last = page[-1].number


def _broken(connection: Connection, row: Row[Any], at: int, last: str) -> str:
    if row.number != at:
        return f"line {at} is missing"
    if link(last, row[:-1]) != row.hash:
        return f"line {at} is not what was written"
    sealed = _BY_KIND.get(row[_KIND])
    if sealed is None:
        return ""
    if digest_of(connection, sealed, ids_in(row.rows)) == row.digest:
        return ""
    return f"rows {row.rows} of {sealed.table} are not what line {at} seals"


def _unsealed(
    connection: Connection, counted: dict[str, int], since: dict[str, int]
) -> Iterator[str]:
    """Rows that came into a table past the audit."""
    for sealed in SEALS:
        query = select(func.count()).where(sealed.id > since[sealed.table])
        if sealed.is_later:
            query = query.where(sealed.columns[1].is_not(None))
        found = connection.execute(query).scalar_one()
        if found != counted[sealed.kind]:
            extra = found - counted[sealed.kind]
            yield f"{extra} rows of {sealed.table} were written past the audit ({sealed.kind})"
