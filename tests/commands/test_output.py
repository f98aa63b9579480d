"""Tables and texts as people read them."""

from __future__ import annotations

import pytest

from mercer.commands.invocation import Invocation
from mercer.commands.output import LONGEST_CELL, Output, printable, width


def test_chinese_takes_two_columns_and_a_combining_accent_none() -> None:
    assert width("衬衫 M") == 6
    assert width("e\u0301") == 1


def test_a_piped_table_is_aligned_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    Output(Invocation()).table(("title", "price"), [("衬衫", "1.00"), ("a mug", None)])
    assert capsys.readouterr().out.splitlines() == ["title  price", "衬衫   1.00", "a mug  -"]


def test_a_text_of_a_shop_cannot_steer_the_terminal() -> None:
    assert printable("red\x1b[31m") == "red\ufffd[31m"


def test_a_long_text_is_cut_and_its_lines_joined(capsys: pytest.CaptureFixture[str]) -> None:
    Output(Invocation()).table(("description",), [("word\n" * 100,)])
    line = capsys.readouterr().out.splitlines()[1]
    assert len(line) == LONGEST_CELL
    assert line.endswith("…")


def test_under_json_there_is_the_document_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = Output(Invocation(json=True))
    out.line("hello")
    out.warn("look")
    out.table(("a",), [("b",)])
    out.document({"title": "衬衫"})
    shown = capsys.readouterr()
    assert shown.out == '{\n  "title": "衬衫"\n}\n'
    assert shown.err == ""
