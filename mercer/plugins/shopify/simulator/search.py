"""The `query:` argument: terms joined by space or AND, as far as Mercer uses them.

Timestamps without quotes are cut at their colons and the rest becomes a term of its own, as at
Shopify: no error, and the wrong rows. Fields that do not exist are ignored, with a warning.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from mercer.plugins.shopify.simulator.paging import bad_request

Getter = Callable[[Any], Any]

_TERM: Final = re.compile(r"(\w+):(>=|<=|>|<)?('[^']*'|\"[^\"]*\"|[^\s:]+)|(\S+)")
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "": operator.eq,
}
_UNSUPPORTED: Final = frozenset({"OR", "NOT"})


@dataclass
class Found:
    rows: list[Any]
    warnings: list[dict[str, str]] = field(default_factory=list)


def search(rows: Iterable[Any], query: str | None, fields: Mapping[str, Getter]) -> Found:
    found = Found(list(rows))
    for name, sign, value, word in _TERM.findall(query or ""):
        if word == "AND":
            continue
        if word in _UNSUPPORTED or word.startswith(("-", "(")):
            raise bad_request(f"the simulator does not search with {word!r}")
        if word:
            found.rows = []  # a bare word looks through texts; it finds no timestamp's tail
        elif name not in fields:
            found.warnings.append(_unknown(name))
        else:
            matches = _matcher(name, sign, value.strip("'\""), fields[name])
            found.rows = [row for row in found.rows if matches(row)]
    return found


def lower_bound(query: str | None, name: str) -> datetime | None:
    """From when on a quoted term of the query asks for rows, if one does."""
    for searched, sign, value, _ in _TERM.findall(query or ""):
        if searched == name and sign in (">", ">=") and value[:1] in "'\"":
            return _moment(name, value.strip("'\""))
    return None


def _matcher(name: str, sign: str, text: str, getter: Getter) -> Callable[[Any], bool]:
    compare = _COMPARE[sign]
    if name.endswith("_at"):
        moment = _moment(name, text)
        return lambda row: compare(getter(row), moment)
    if name == "id":
        number = int(text) if text.isdigit() else -1
        return lambda row: compare(getter(row), number)
    wanted = {each.lower() for each in text.split(",")}
    return lambda row: str(getter(row)).lower() in wanted


def _moment(name: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise bad_request(f"Invalid timestamp for query filter `{name}`.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _unknown(name: str) -> dict[str, str]:
    return {
        "field": name,
        "message": "Invalid search field for this query.",
        "code": "invalid_field",
    }
