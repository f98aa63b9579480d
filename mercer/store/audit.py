"""The audit's chain: lines are noted while a transaction goes on, and appended before it ends.

Each line carries SHA-256 over the hash before it and itself. What other tables keep for ever is not
copied into it but sealed: one line says which rows there are and carries a digest over them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Select,
    bindparam,
    select,
    type_coerce,
    update,
)

from mercer.core.audit import Line
from mercer.store.bulk import insert_many
from mercer.store.columns import Moment, ticks
from mercer.store.tables import audit, chain, journal, movements

BEGAN: Final = "audit began"
"""The kind of the first line: rows up to those that it names were there before, and are not sealed."""

_PENDING: Final = "audit"
_MOST: Final = 2_000
"""Lines that wait in memory at most; a transaction of many appends them as it goes."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a kind of seal covers: columns of a table that are written once, together.

    `is_later`: they are null until then; the row itself was there before.
    """

    kind: str
    columns: tuple[Column[Any], ...]
    is_later: bool = False

    @property
    def id(self) -> Column[Any]:
        return self.columns[0]

    @property
    def table(self) -> str:
        return str(self.id.table.name)


def _columns(table: Any, names: str) -> tuple[Column[Any], ...]:
    return tuple(table.c[name] for name in names.split())


MOVEMENTS: Final = Sealed(
    "movements sealed",
    _columns(
        movements,
        "id key sku location kind on_hand reserved at posted_at reason channel root line who",
    ),
)
SENT: Final = Sealed(
    "changes sent sealed",
    _columns(
        journal,
        "id run change channel listing offer field scope sku before after key sent_at",
    ),
)
HEARD: Final = Sealed(
    "answers sealed",
    _columns(journal, "id outcome outcome_at code words request_id"),
    is_later=True,
)
SETTLED: Final = Sealed("endings sealed", _columns(journal, "id settled settled_at"), is_later=True)
SEALS: Final = (MOVEMENTS, SENT, HEARD, SETTLED)


@dataclass(slots=True)
class _Pending:
    """What this transaction still has to append. `appended`: tables whose new rows are to be sealed."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    appended: set[str] = field(default_factory=set)
    written: dict[str, set[int]] = field(default_factory=dict)


def note(connection: Connection, lines: Iterable[Line], who: str, at: datetime) -> None:
    """Keep what happened with the transaction that did it. Only inside `Database.write`."""
    pending, when = _pending(connection), ticks(at)
    for line in lines:
        pending.rows.append({"at": when, "who": who, **_said(line)})
        if len(pending.rows) >= _MOST:
            _append(connection, pending.rows)
            pending.rows = []


def _said(line: Line) -> dict[str, str]:
    """Most of a line does not apply to most that happens."""
    told = ((name, getattr(line, name)) for name in _OF_LINE)
    # As PostgreSQL keeps it, which has no zero byte: the hash is of what is kept.
    return {name: said.replace("\0", "\ufffd") for name, said in told if said is not None}


_OF_LINE: Final = tuple(each.name for each in fields(Line))


def seal_new(connection: Connection, sealed: Sealed) -> None:
    """Rows were appended to the table: seal them before the transaction ends."""
    _pending(connection).appended.add(sealed.kind)


def seal(connection: Connection, sealed: Sealed, ids: Iterable[int]) -> None:
    """These rows were completed: seal what was written of them before the transaction ends."""
    _pending(connection).written.setdefault(sealed.kind, set()).update(ids)


def close(connection: Connection) -> None:
    """Append what the transaction noted. `Database.write` calls it last."""
    pending: _Pending | None = connection.info.pop(_PENDING, None)
    if pending is None:
        return
    head = connection.execute(_COVERED).one()
    sealed = {"movements": head.movements, "journal": head.journal}
    _append(connection, pending.rows + _seals(connection, pending, sealed))
    if sealed != {"movements": head.movements, "journal": head.journal}:
        connection.execute(_COVER, {"to_" + name: last for name, last in sealed.items()})


def forget(connection: Connection) -> None:
    """The transaction is taken back, and what it noted with it."""
    connection.info.pop(_PENDING, None)


def _pending(connection: Connection) -> _Pending:
    found: _Pending = connection.info.setdefault(_PENDING, _Pending())
    return found


def _append(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """The chain's end is read where only one writer is: see `Database.write`."""
    if not rows:
        return
    head = connection.execute(_END).one()
    number, last = head.number, head.hash
    made = []
    for row in rows if number else [_first(connection), *rows]:
        number += 1
        values = [number, *(row.get(name) for name in _NAMES)]
        last = link(last, values)
        made.append((*values, last))
    insert_many(connection, audit, made)
    connection.execute(_GO_ON, {"to_number": number, "to_hash": last})


def _first(connection: Connection) -> dict[str, Any]:
    """What was there before the audit was is not vouched for."""
    head = connection.execute(_COVERED).one()
    return {"kind": BEGAN, "rows": f"{head.movements},{head.journal}"}


def link(last: str, values: Sequence[object]) -> str:
    """The hash of a line, given as the values of all its columns but the hash, after that hash."""
    return sha256(f"{last}\n{json.dumps(values, separators=(',', ':'))}".encode()).hexdigest()


# Made once: nearly every transaction ends with them.
_COVERED: Final = select(chain.c.movements, chain.c.journal)
_COVER: Final = update(chain).values(
    movements=bindparam("to_movements"), journal=bindparam("to_journal")
)
_END: Final = select(chain.c.number, chain.c.hash)
_GO_ON: Final = update(chain).values(number=bindparam("to_number"), hash=bindparam("to_hash"))

_NAMES: Final = tuple(each.name for each in audit.columns if each.name not in ("number", "hash"))


# ------------------------------------------------------------------ seals


def _seals(connection: Connection, pending: _Pending, last: dict[str, int]) -> list[dict[str, Any]]:
    """`last`: table -> the last row that a seal covers; it goes along."""
    made = []
    for sealed in SEALS:
        ids = sorted(pending.written.get(sealed.kind, ()))
        if sealed.kind in pending.appended:
            new = select(sealed.id).where(sealed.id > last[sealed.table])
            ids = list(connection.execute(new.order_by(sealed.id)).scalars())
            last[sealed.table] = max(ids, default=last[sealed.table])
        for start in range(0, len(ids), _MOST):
            part = ids[start : start + _MOST]
            digest = digest_of(connection, sealed, part)
            made.append({"kind": sealed.kind, "rows": spans(part), "digest": digest})
    return made


def digest_of(connection: Connection, sealed: Sealed, ids: Sequence[int]) -> str:
    """Over the rows of these ids that are there, in their order; `ids` are sorted."""
    digest = sha256()
    for start in range(0, len(ids), 500):
        for row in connection.execute(_rows_of(sealed), {"ids": ids[start : start + 500]}):
            digest.update(json.dumps(list(row), separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()


@lru_cache
def _rows_of(sealed: Sealed) -> Select[Any]:
    columns = [
        type_coerce(each, BigInteger).label(each.name) if isinstance(each.type, Moment) else each
        for each in sealed.columns
    ]
    rows = select(*columns).where(sealed.id.in_(bindparam("ids", expanding=True)))
    return rows.order_by(sealed.id)


def spans(ids: Sequence[int]) -> str:
    """Sorted ids as text: `1-3,7`."""
    cuts = [0, *(at for at, (one, two) in enumerate(pairwise(ids), 1) if two != one + 1), len(ids)]
    runs = [(ids[start], ids[end - 1]) for start, end in pairwise(cuts)]
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)


def ids_in(text: str) -> list[int]:
    """What `spans` made a text of."""
    found: list[int] = []
    for span in text.split(","):
        low, _, high = span.partition("-")
        found.extend(range(int(low), int(high or low) + 1))
    return found
