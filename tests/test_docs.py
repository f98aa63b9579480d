"""What the pages say is what the code does."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


def statuses() -> ModuleType:
    spec = importlib.util.spec_from_file_location("statuses", ROOT / "docs" / "statuses.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("platform", ["amazon", "jd", "shopify", "taobao"])
def test_a_platforms_page_shows_its_statuses_as_they_are_mapped(platform: str) -> None:
    page = (ROOT / "docs" / "platforms" / f"{platform}.md").read_text("utf-8")
    assert statuses().section(platform) in page, "make docs"
