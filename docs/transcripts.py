"""Play the pages that tell a story at the command line, and renew what they print: `make docs`.

Of a page's fenced blocks, `toml` is put at the end of `mercer.toml`, `csv NAME` is a file, and in
`console` every line that begins with a prompt is done, by the person whose prompt it is; what is printed
follows it. The shops are a sandbox's. A test plays each page, and tells when it is behind.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

PAGES: Final = ("order-story.md", "price-story.md")
ADDRESS: Final = "http://127.0.0.1:8765"
"""What a page calls the sandbox; it is played on a free port."""

_FOLDER: Final = Path(__file__).parent
_BLOCK: Final = re.compile(
    r"^```(toml|csv|console)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE
)
_PROMPT: Final = re.compile(r"^(\w+)\$ (.*)$")
_VARIES: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?|\b\d\d:\d\d(?::\d\d)?\b|\b[0-9a-f]{32,64}\b"
)


@dataclass(slots=True)
class Desk:
    """A folder where people type, and the sandbox that one of them began, with its back doors."""

    folder: Path
    sandbox: subprocess.Popen[str] | None = None
    address: str = ""

    def add(self, text: str) -> None:
        with (self.folder / "mercer.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n{text}")

    def keep(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8")

    def do(self, who: str, line: str) -> str:
        """What the person's command prints; raise `ValueError` for one that no page may call."""
        match shlex.split(line):
            case ["mercer", "sandbox", *words, "&"]:
                return self._begin(words)
            case ["mercer", *words]:
                return self._mercer(who, words)
            case ["curl", url, "-d", body]:
                return self._post(url, body)
        raise ValueError(f"a page cannot do: {line}")

    def close(self) -> None:
        if self.sandbox is not None:
            self.sandbox.terminate()
            self.sandbox.communicate(timeout=30)

    def _begin(self, words: list[str]) -> str:
        self.sandbox = subprocess.Popen(  # noqa: S603  # of this repository's own pages
            [sys.executable, "-m", "mercer", "sandbox", *words, "--port", "0", "--json"],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.sandbox.stdout is not None
        self.address = json.loads(self.sandbox.stdout.readline())["address"]
        return ""

    def _mercer(self, who: str, words: list[str]) -> str:
        done = subprocess.run(  # noqa: S603  # of this repository's own pages
            [sys.executable, "-m", "mercer", *words],
            cwd=self.folder,
            env={**os.environ, "LOGNAME": who, "COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        printed = done.stdout + (done.stderr if done.returncode else "")
        return printed.replace(self.address, ADDRESS)

    def _post(self, url: str, body: str) -> str:
        parts = urlsplit(self.address)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            connection.request("POST", url.removeprefix(ADDRESS), body.encode())
            return connection.getresponse().read().decode()
        finally:
            connection.close()


def played(page: str) -> str:
    """The page with everything that it prints as it is printed now."""
    with tempfile.TemporaryDirectory() as folder, closing(Desk(Path(folder))) as desk:
        return _BLOCK.sub(lambda block: _done(desk, block), page)


def _done(desk: Desk, block: re.Match[str]) -> str:
    sort, name, text = block.groups()
    if sort == "toml":
        desk.add(text)
    elif sort == "csv":
        desk.keep(name, text)
    else:
        return f"```console\n{''.join(_told(desk, text))}```"
    return block[0]


def _told(desk: Desk, text: str) -> Iterator[str]:
    for line in text.splitlines():
        command = _PROMPT.match(line)
        if command is not None:
            yield f"{line}\n"
            printed = desk.do(*command.groups())
            yield printed if printed.endswith("\n") or not printed else f"{printed}\n"


def timeless(page: str) -> str:
    """Without dates, times of day and checksums, which are others whenever it is played."""
    return _VARIES.sub("…", page)


def main() -> None:
    for name in PAGES:
        path = _FOLDER / name
        page = path.read_text("utf-8")
        new = played(page)
        if timeless(new) != timeless(page):
            path.write_text(new, "utf-8")
            sys.stdout.write(f"{name} renewed\n")


if __name__ == "__main__":
    main()
