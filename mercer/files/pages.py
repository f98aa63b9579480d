"""Pages to be read: a title, facts, and tables; as HTML in one file, or as Markdown.

Texts come from shops: none of them may become a tag, a link, another cell, or turn the line around.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from mercer.files.targets import Target, opened

_LONGEST: Final = 300
"""Characters of a cell: a description may be a whole page."""


@dataclass(frozen=True, slots=True)
class Table:
    """`numbers` are the headers of columns that are read from the right."""

    header: Sequence[str]
    rows: Iterable[Sequence[str]]
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Page:
    """`facts` are words with what they say. The rows of tables are taken one by one, once."""

    title: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table]


def write_html(page: Page, target: Target) -> None:
    with opened(target, "utf-8") as stream:
        stream.writelines(f"{line}\n" for line in _html(page))


def write_markdown(page: Page, target: Target) -> None:
    """With tables as GitHub has them."""
    with opened(target, "utf-8") as stream:
        stream.writelines(f"{line}\n" for line in _markdown(page))


def plain(text: str) -> str:
    """One line of signs that can be printed, and not too many of them."""
    signs = "".join(sign if sign.isprintable() or sign.isspace() else "\ufffd" for sign in text)
    line = " ".join(signs.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


# ------------------------------------------------------------------ HTML

_STYLE: Final = """
body { font: 14px/1.4 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  color: #1a1a1a; background: #fff; margin: 2em; }
h1 { font-size: 1.4em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2em 1em; }
dt { color: #666; } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: 1.5em 0; width: 100%; }
thead { display: table-header-group; } tr { break-inside: avoid; }
th, td { text-align: left; vertical-align: top; padding: .3em .6em; border-bottom: 1px solid #ddd;
  overflow-wrap: anywhere; unicode-bidi: isolate; }
th { border-bottom: 2px solid #888; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
@media print { body { margin: 0; font-size: 9pt; } @page { size: landscape; margin: 12mm; } }
"""


def _html(page: Page) -> Iterator[str]:
    title = _escaped(page.title)
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield (
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    )
    yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<dl>"
    for word, said in page.facts:
        yield f"<dt>{_escaped(word)}</dt><dd>{_escaped(said)}</dd>"
    yield "</dl>"
    for table in page.tables:
        sorts = ["number" if name in table.numbers else "" for name in table.header]
        yield f"<table>\n<thead>{_row('th', table.header, sorts)}</thead>\n<tbody>"
        for row in table.rows:
            yield _row("td", row, sorts)
        yield "</tbody>\n</table>"
    yield "</body>\n</html>"


def _row(tag: str, cells: Sequence[str], sorts: Sequence[str]) -> str:
    told = (
        f"<{tag} class={sort}>{_escaped(text)}</{tag}>"
        if sort
        else f"<{tag}>{_escaped(text)}</{tag}>"
        for text, sort in zip(cells, sorts, strict=True)
    )
    return f"<tr>{''.join(told)}</tr>"


def _escaped(text: str) -> str:
    return escape(plain(text))


# ------------------------------------------------------------------ Markdown

# Source: CommonMark 2.4: a backslash before ASCII punctuation makes it stand for itself. GitHub also
# makes links of what begins like an address, and mathematics between dollar signs.
_MEANS: Final = re.compile(r"[\\`*_{}\[\]<>|~&$#@!]|(?<=\w):(?=//)|(?<=\bwww)\.")


def _markdown(page: Page) -> Iterator[str]:
    yield f"# {_quoted(page.title)}\n"
    for word, said in page.facts:
        yield f"- {_quoted(word)}: {_quoted(said)}"
    for table in page.tables:
        marks = ["---:" if name in table.numbers else "---" for name in table.header]
        yield f"\n{_line(map(_quoted, table.header))}\n{_line(marks)}"
        for row in table.rows:
            yield _line(map(_quoted, row))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _quoted(text: str) -> str:
    return _MEANS.sub(lambda sign: f"\\{sign[0]}", plain(text))
