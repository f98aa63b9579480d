"""The texts that are sent: one operation per file, with the fragments it spreads.

The first line of each file declares the points it asks for, by the cost formula as fitted to recorded
answers (Shopify documents only a part of it); a test holds the declarations against the formula.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

_COST: Final = re.compile(r"# cost ([0-9]+)\n")
_ROOT: Final = re.compile(r"\{\s*(\w+)")
_SPREAD: Final = re.compile(r"\.\.\.([A-Z]\w+)")


@dataclass(frozen=True, slots=True)
class Query:
    """`root` is the platform's name for it; `cost` its requested points; `writes`: a mutation."""

    name: str
    root: str
    text: str
    cost: float
    writes: bool


@cache
def query(name: str) -> Query:
    """The operation of `queries/{name}.graphql`."""
    text = _read(name)
    cost = _COST.match(text)
    assert cost, f"{name}.graphql declares its cost in its first line"
    body = text[cost.end() :]
    root = _ROOT.search(body)
    assert root, f"{name}.graphql selects a field"
    fragments = _fragments(body, {})
    return Query(
        name=name,
        root=root[1],
        text="\n".join([body, *fragments.values()]),
        cost=float(cost[1]),
        writes=body.startswith("mutation"),
    )


def bulk_text(location: str) -> str:
    """What a bulk operation reads. It takes neither variables nor, safely, fragments.

    `location` is a gid.
    """
    return _read("bulk_products").replace("$location", f'"{location}"')


def _fragments(text: str, found: dict[str, str]) -> dict[str, str]:
    for name in _SPREAD.findall(text):
        if name not in found:
            found[name] = _read(name)
            _fragments(found[name], found)
    return found


def _read(name: str) -> str:
    return (files(__package__) / "queries" / f"{name}.graphql").read_text("utf-8")
