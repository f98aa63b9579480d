"""Pages of texts that come from shops: nothing of them becomes more than text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.files.pages import Page, Table, plain, write_html, write_markdown

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></tr></table><h1>approved</h1>",
    "&lt;b&gt; &amp; <b>",
    "a | b \\| c",
    "[click](http://evil.example)",
    "http://evil.example www.evil.example",
    "line\nbreak\r\n| --- |",
    "\u202e00.99 YNC\x1b[31m\0",
    "`code` **bold** $x$ ~~gone~~",
    "划线价 衬衫 Ünïcode 👕",
]
TAGS = {
    "html", "head", "meta", "title", "style", "body", "h1", "dl", "dt", "dd", "table", "thead",
    "tbody", "tr", "th", "td",
}  # fmt: skip


class Read(HTMLParser):
    """What a browser makes of a page: its tags, and the texts of its cells."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "td" and data.strip("\n"):
            self.cells[-1] += data


def page(*texts: str) -> Page:
    return Page(
        texts[0], [("fact", texts[0])], [Table(("one", "two"), [[each, "x"] for each in texts])]
    )


def html(made: Page) -> tuple[str, Read]:
    target = StringIO()
    write_html(made, target)
    read = Read()
    read.feed(target.getvalue())
    return target.getvalue(), read


@given(st.lists(st.text() | st.sampled_from(HOSTILE), min_size=1, max_size=4))
def test_a_text_in_html_is_text_and_nothing_else(texts: list[str]) -> None:
    written, read = html(page(*texts))
    assert set(read.tags) <= TAGS
    assert read.attributes <= {"lang", "charset", "http-equiv", "content", "class"}
    assert [each for each in read.cells if each != "x"] == [
        each for each in map(plain, texts) if each != "x"
    ]
    assert "script-src" not in written


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    written, read = html(page("tee"))
    assert "default-src 'none'" in written
    assert not {"script", "link", "img"} & set(read.tags)
    assert not re.search(r"https?://|url\(|@import", written)
    assert written.count("<h1>") == 1


@given(st.lists(st.text() | st.sampled_from(HOSTILE), min_size=1, max_size=4))
def test_a_text_in_markdown_stays_in_its_cell(texts: list[str]) -> None:
    target = StringIO()
    write_markdown(page(*texts), target)
    rows = [line for line in target.getvalue().split("\n") if line.startswith("|")]
    assert len(rows) == 2 + len(texts)
    for row, text in zip(rows[2:], texts, strict=True):
        cells = re.split(r"(?<!\\)(?:\\\\)*\|", row.strip("|"))
        assert len(cells) == 2
        unquoted = re.sub(r"\\([\\`*_{}\[\]<>|~&$#@!:.])", r"\1", cells[0])
        assert unquoted.strip() == plain(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a | b", "a \\| b"),
        ("<b>", "\\<b\\>"),
        ("http://x.example", "http\\://x.example"),
        ("www.x.example", "www\\.x.example"),
        ("price book v3: base price in CNY", "price book v3: base price in CNY"),
    ],
)
def test_markdown_that_means_something_is_quoted(text: str, written: str) -> None:
    target = StringIO()
    write_markdown(page(text), target)
    assert f"| {written} | x |" in target.getvalue()


def test_a_text_that_turns_the_line_around_or_steers_a_terminal_is_not_printed() -> None:
    assert plain("\u202e00.99 YNC\x1b[31m") == "\ufffd00.99 YNC\ufffd[31m"
    assert len(plain("word " * 200)) <= 300
