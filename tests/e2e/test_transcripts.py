"""Pages that tell a story at the command line print what the commands print."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from tests.loading import loaded

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def transcripts() -> ModuleType:
    return loaded(DOCS / "transcripts.py")


@pytest.mark.long
@pytest.mark.parametrize("name", ["order-story.md", "price-story.md"])
def test_a_story_is_what_the_commands_print(transcripts: ModuleType, name: str) -> None:
    page = (DOCS / name).read_text("utf-8")
    assert transcripts.timeless(transcripts.played(page)) == transcripts.timeless(page), "make docs"


def test_a_page_can_only_do_what_a_page_does(transcripts: ModuleType) -> None:
    with pytest.raises(ValueError, match="a page cannot do: rm"):
        transcripts.played("```console\nwang$ rm mercer.toml\n```\n")
