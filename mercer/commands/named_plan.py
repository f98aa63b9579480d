"""A stored plan by what a person calls it: its id, a file of it, or nothing for the last one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mercer.commands import documents
from mercer.core.errors import InputError, RefusedError
from mercer.core.review import Scale
from mercer.store import plans
from mercer.store.database import Transaction
from mercer.store.plans import Plan
from mercer.sync.stored_plan import stored

LARGEST_FILE = 256 * 1024 * 1024
"""Bytes."""


def last_or(tx: Transaction, id: str | None) -> Plan:
    """The plan with this id, or the last one made."""
    wanted = id or plans.latest(tx)
    if wanted is None:
        raise InputError("there is no plan yet", hint="make one: mercer plan")
    return stored(tx, wanted)


def named(tx: Transaction, name: str) -> Plan:
    """By its id or by a file of it, which must say exactly what is stored."""
    file = Path(name)
    if not file.is_file():
        return stored(tx, name)
    said = _read(file)
    plan = stored(tx, str(said.get("id")))
    scale = Scale.of(plan.totals)
    changes = plans.by_risk(tx, plan.header.id, scale.weights)
    is_stored = {
        "checksum": plan.checksum,
        "changes": [documents.change(each, scale) for each in changes],
        "allowed": list(plan.header.allowed),
    }
    if any(said.get(key) != value for key, value in is_stored.items()):
        raise RefusedError(
            f"{file} is not plan {plan.header.id} as it was made: it was changed, or is of another "
            "workspace",
            hint="plans are not edited; make a new one: mercer plan",
        )
    return plan


def _read(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise InputError(f"{file} is larger than any plan", hint="is it the right file?")
        said = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}", hint="check it") from None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or "id" not in said:
        raise InputError(f"{file} is no plan", hint="make one: mercer plan --out FILE.json")
    return said
