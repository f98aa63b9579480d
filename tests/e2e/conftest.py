"""`mercer` as a process, against `mercer sandbox` as another."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.answer import Answer
from tests.e2e import forked


@dataclass(frozen=True)
class Shops:
    """A workspace whose shops are simulated, and their back doors."""

    folder: Path
    address: str

    def mercer(self, *args: str | Path) -> Answer:
        answer = forked.answer(*args, "--workspace", self.folder)
        assert "Traceback" not in answer.err
        return answer

    def ok(self, *args: str | Path) -> Any:
        """The JSON of a command that must go well."""
        answer = self.mercer(*args, "--json")
        assert answer.code == 0, answer.err or answer.out
        return answer.json

    def agree(self) -> None:
        """The catalogue is Shopify's own; Taobao, linked by merchant code, keeps its prices."""
        self.ok("pull", "listings")
        self.ok("adopt", "shopify", "--theirs")
        self.ok("link")
        self.ok("adopt", "taobao", "--theirs")

    def world(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        parts = urlsplit(self.address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            connection.request(method, f"/_world/{path}", json.dumps(body) if body else None)
            answer = connection.getresponse()
            said = json.loads(answer.read())
        finally:
            connection.close()
        assert answer.status < 300, said
        return said

    def offers(self, channel: str) -> dict[str, dict[str, Any]]:
        """The channel's own truth, by merchant code."""
        found = self.world("GET", f"{channel}/offers")["offers"]
        return {each["merchant_code"]: each for each in found}

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


@contextmanager
def sandbox(folder: Path, *args: str | Path) -> Iterator[Shops]:
    words = ["sandbox", "--json", "--port", "0", "--workspace", str(folder), *map(str, args)]
    process = subprocess.Popen(
        [sys.executable, "-m", "mercer", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        yield Shops(folder, json.loads(line)["address"])
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture
def free_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])
