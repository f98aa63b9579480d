"""A simulator's state, one tree of dataclasses, through JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


class Dumps(Generic[T]):
    """Of one kind of state."""

    def __init__(self, kind: type[T]) -> None:
        self._form = TypeAdapter(kind)

    def made(self, state: T) -> dict[str, Any]:
        """As JSON-ready values."""
        values: dict[str, Any] = self._form.dump_python(state, mode="json")
        return values

    def read(self, dump: Mapping[str, Any]) -> T:
        """Raise `ValidationError` for what is not a dump of this kind."""
        return self._form.validate_python(dict(dump))
