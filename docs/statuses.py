"""Put each platform's status tables into its page: `make docs`. A test tells when they are behind."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from enum import StrEnum
from importlib import import_module
from pathlib import Path

PAGES = Path(__file__).parent / "platforms"
TABLES = {
    "amazon": {
        "Order statuses": ("order_mapping", "STATUSES"),
        "Statuses of returns": ("after_sales_mapping", "STATUSES"),
    },
    "jd": {
        "Order statuses": ("order_mapping", "STATUSES"),
        "Statuses of cancellations": ("after_sales_mapping", "SLIP_STATUSES"),
        "Statuses of returns": ("after_sales_mapping", "SERVICE_STATUSES"),
    },
    "shopify": {
        "Order statuses": ("order_mapping", "STATUSES"),
        "Statuses of returns": ("after_sales_mapping", "STATUSES"),
    },
    "taobao": {
        "Order statuses": ("order_mapping", "STATUSES"),
        "Refund statuses": ("after_sales_mapping", "STATUSES"),
    },
}
_SECTION = re.compile(r"<!-- statuses -->\n.*?<!-- end of statuses -->\n", re.DOTALL)


def section(platform: str) -> str:
    """What stands between the marks, which are part of it."""
    parts = ["<!-- statuses -->"]
    for title, (module, name) in TABLES[platform].items():
        table = getattr(import_module(f"mercer.plugins.{platform}.{module}"), name)
        parts += [f"### {title}", *_rows(table), ""]
    parts.append("Any other word is set aside, with what the platform sent: `mercer orders retry`.")
    return "\n".join([*parts, "<!-- end of statuses -->", ""])


def _rows(table: Mapping[object, StrEnum]) -> list[str]:
    return [
        "| the platform's | Mercer's |",
        "|---|---|",
        *(f"| `{_text(word)}` | {status.value} |" for word, status in table.items()),
    ]


def _text(word: object) -> str:
    return " / ".join(map(str, word)) if isinstance(word, tuple) else str(word)


def renewed(platform: str, page: str) -> str:
    """The page with its tables as they now are; at its end, where it has none yet."""
    made = section(platform)
    if _SECTION.search(page):
        return _SECTION.sub(lambda _: made, page)
    return f"{page.rstrip()}\n\n## Statuses\n\n{made}"


def main() -> None:
    for platform in TABLES:
        path = PAGES / f"{platform}.md"
        page = path.read_text("utf-8")
        new = renewed(platform, page)
        if new != page:
            path.write_text(new, "utf-8")
            sys.stdout.write(f"{path.name} renewed\n")


if __name__ == "__main__":
    main()
