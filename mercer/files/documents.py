"""JSON files to records: an array of documents under one name, each with its physical line."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError

from mercer.core.price import UNKNOWN
from mercer.files.cells import NONE_WORD
from mercer.files.faults import Findings
from mercer.files.records import Layout, Record

_AFTER: Final = re.compile(r"[ \t\r\n]*(?:(,)[ \t\r\n]*|\][ \t\r\n]*\}[ \t\r\n]*\Z)")

_EXACT: Final = 'write it in quotes, such as "12.30": a bare decimal number is not exact'


class Document(BaseModel):
    """A JSON object with no names but these, and no value turned silently into another type.

    A text is at most as long as a CSV cell, and whole characters: half a surrogate pair is refused.
    """

    model_config = ConfigDict(strict=True, extra="forbid", str_max_length=csv.field_size_limit())


def _digits(value: object) -> object:
    return str(value) if type(value) is int else value


class MoneyDocument(Document):
    """An amount in major units: text, or a whole number. `currency` may be left to the reader."""

    amount: Annotated[str, BeforeValidator(_digits)]
    currency: str = ""


NONE: Final = MoneyDocument(amount=NONE_WORD)
NOT_KNOWN: Final = MoneyDocument(amount=UNKNOWN.value)


def _from_word(value: object) -> object:
    return NONE if value == NONE_WORD else value


def _from_words(value: object) -> object:
    return NOT_KNOWN if value == NOT_KNOWN.amount else _from_word(value)


def _to_word(value: MoneyDocument | None) -> object:
    return NONE_WORD if value == NONE else value


CompareAt = Annotated[MoneyDocument | None, BeforeValidator(_from_word), PlainSerializer(_to_word)]
"""Money, or the word `none`."""

Limited = Annotated[MoneyDocument | None, BeforeValidator(_from_words), PlainSerializer(_to_word)]
"""Money, or the word `none` or `unknown`; the latter as an amount, where a currency stands beside."""


def price_cells(price: MoneyDocument | None, **others: MoneyDocument | None) -> dict[str, str]:
    """The amounts under their column names, and the currency that all of them share."""
    amounts = {"price": price, **others}
    cells = {name: money.amount for name, money in amounts.items() if money}
    currencies = {money.currency for money in amounts.values() if money and money.currency}
    return {**cells, "currency": " and ".join(sorted(currencies))}


class _Malformed(ValueError):
    pass


def document_records(
    path: Path, encoding: str, layout: Layout, findings: Findings
) -> Iterator[Record]:
    """The rows of every document that has the layout's shape; a fault for each that has not."""
    assert layout.document is not None
    assert layout.unfold is not None
    empty = True
    for line, value in _elements(path.read_text(encoding), layout.name, findings):
        empty = False
        try:
            document = layout.document.model_validate(value)
        except ValidationError as error:
            for each in error.errors(include_url=False):
                _misfit(line, each["type"], each["loc"], each["input"], each["msg"], findings)
            continue
        for cells in layout.unfold(document):
            yield Record(line, cells, {})
    if empty and not findings.count:
        findings.fault(1, layout.name, "", f"{layout.name!r} has no entries", "export it again")


def _elements(text: str, name: str, findings: Findings) -> Iterator[tuple[int, object]]:
    """The array's elements one by one, so that each knows its line; JSON itself keeps none."""
    start = re.match(rf'\s*\{{\s*"{name}"\s*:\s*\[\s*', text)
    if start is None:
        findings.fault(1, "", "", f"the file has no {name!r}", f'write {{"{name}": [ ... ]}}')
        return
    decoder = json.JSONDecoder(
        parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_without_repeats
    )
    position, line, counted = start.end(), 1, 0
    if re.compile(r"\]\s*\}\s*\Z").match(text, position):
        return
    while True:
        line, counted = line + text.count("\n", counted, position), position
        try:
            value, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            _stopped(error.lineno, f"this is not JSON: {error.msg}", findings)
            return
        except (ValueError, RecursionError) as error:
            reason = str(error) if isinstance(error, _Malformed) else "this is beyond reason"
            _stopped(line, reason, findings)
            return
        yield line, value
        after = _AFTER.match(text, position)
        if after is None:
            at = line + text.count("\n", counted, position)
            _stopped(at, "a `,` or the closing `]}` is missing here", findings)
            return
        if after[1] is None:
            return
        position = after.end()


def _stopped(line: int, message: str, findings: Findings) -> None:
    findings.fault(line, "", "", message, "mend it; nothing after this place was read")


def _refuse_constant(text: str) -> NoReturn:
    raise _Malformed(f"{text} is not a number")


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise _Malformed(f"{repeated!r} is given twice in one object")
    return value


def _misfit(
    line: int,
    kind: str,
    place: tuple[int | str, ...],
    value: object,
    message: str,
    findings: Findings,
) -> None:
    """Pydantic's finding in the words of the other faults."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    column = path.lstrip(".")
    if isinstance(value, Decimal):
        findings.fault(line, column, str(value), f"{value} is a bare decimal number", _EXACT)
    elif kind == "extra_forbidden":
        findings.fault(line, column, "", "there is no such name", "correct it or take it out")
    elif kind == "model_type":
        findings.fault(line, column, "", "an object belongs here", 'write {"name": value, ...}')
    elif kind == "missing":
        findings.fault(line, column, "", "this is missing", "add it")
    else:
        shown = "" if isinstance(value, dict | list) else json.dumps(value, ensure_ascii=False)
        findings.fault(line, column, shown, message, "correct it; an exported file shows the shape")
