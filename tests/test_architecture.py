"""The shape of the house: what may import what, what may not be written, and how much is let off."""

from __future__ import annotations

import ast
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mercer"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}
PLATFORMS = sorted(path.parent for path in PACKAGE.glob("plugins/*/__init__.py"))

CLIENTS = {"httpx", "requests", "aiohttp", "urllib3", "http.client", "urllib.request", "socket"}
ROOMS_OF_A_PLATFORM = {
    "__init__", "settings", "wire", "errors", "adapter", "checks", "webhook", "simulator",
    "mapping", "reads", "prices", "stock",
    "order_mapping", "orders", "customers", "carriers", "shipping",
    "after_sales_mapping", "after_sales",
}  # fmt: skip
ROOMS_OF_A_SIMULATOR = {"__init__", "app", "shop", "seeding", "checkout", "truth"}
MEASURES = {
    "seconds", "delay", "now", "last", "rate", "burst", "cost", "available", "step", "window",
    "acquire", "arrival", "reported", "banned", "costs", "leaves", "patience", "reserve", "waits",
    "work", "longest",
}  # fmt: skip
"""What a float may hold in the core: seconds, shares of a burst, and units of a quota."""

MOST_LINES = 450
MOST_LINES_OF_A_FUNCTION = 60
MOST_EXEMPTIONS = 15


def place(path: Path, node: ast.AST | None = None) -> str:
    line = f":{getattr(node, 'lineno', '?')}" if node else ""
    return f"{path.relative_to(ROOT)}{line}"


def imports(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in names:
                yield node


def annotated(tree: ast.AST) -> Iterator[tuple[ast.AST, str, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node, node.target.id, node.annotation
        elif isinstance(node, ast.arg) and node.annotation:
            yield node, node.arg, node.annotation
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            yield node, node.name, node.returns


def is_migration(path: Path) -> bool:
    return "versions" in path.parts


def test_imports_point_down() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("folder", PLATFORMS, ids=lambda folder: folder.name)
def test_a_platform_opens_no_connection_of_its_own(folder: Path) -> None:
    found = [
        f"{place(path, node)} imports {name}"
        for path in folder.rglob("*.py")
        for node, name in imports(TREES[path])
        if name in CLIENTS or name.split(".")[0] in CLIENTS
    ]
    assert not found


@pytest.mark.parametrize("folder", PLATFORMS, ids=lambda folder: folder.name)
def test_a_platform_folder_reads_like_every_other(folder: Path) -> None:
    if folder.name == "memory":
        pytest.skip("the memory platform has no wire")
    assert {path.stem for path in folder.iterdir()} >= ROOMS_OF_A_PLATFORM
    assert {path.stem for path in (folder / "simulator").iterdir()} >= ROOMS_OF_A_SIMULATOR


def test_no_float_holds_money_in_the_core() -> None:
    core = {path: tree for path, tree in TREES.items() if path.parent == PACKAGE / "core"}
    found = [
        f"{place(path, node)} {name}"
        for path, tree in core.items()
        for node, name, annotation in annotated(tree)
        if any(isinstance(part, ast.Name) and part.id == "float" for part in ast.walk(annotation))
        and name not in MEASURES
    ]
    assert not found
    assert not [place(path, call) for path, tree in core.items() for call in calls(tree, "float")]


def test_nothing_is_printed_evaluated_or_unpickled() -> None:
    found = [
        place(path, call)
        for path, tree in TREES.items()
        for call in calls(tree, "print", "eval", "exec", "breakpoint")
    ]
    found += [
        place(path, node)
        for path, tree in TREES.items()
        for node, name in imports(tree)
        if name.split(".")[0] in {"pickle", "shelve", "marshal"}
    ]
    assert not found


def test_no_file_is_named_for_what_is_left_over() -> None:
    leftovers = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
    assert not [place(path) for path in SOURCES if path.stem in leftovers]


def test_every_module_says_what_it_is_for() -> None:
    assert not [place(path) for path, tree in TREES.items() if not ast.get_docstring(tree)]


def test_files_and_functions_are_short() -> None:
    long_files = [
        place(path)
        for path in SOURCES
        if not is_migration(path)
        and len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES
    ]
    long_functions = [
        f"{place(path, node)} {node.name}"
        for path, tree in TREES.items()
        if not is_migration(path)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MOST_LINES_OF_A_FUNCTION
    ]
    assert not long_files + long_functions


def test_exemptions_from_the_tools_stay_few() -> None:
    exemption = re.compile(r"#\s*(type: ignore|noqa|pragma: no)")
    found = [
        f"{place(path)}:{number} {line.strip()}"
        for path in SOURCES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if exemption.search(line)
    ]
    assert len(found) <= MOST_EXEMPTIONS, "\n".join(found)


def test_no_test_reaches_beyond_this_machine() -> None:
    with pytest.raises((RuntimeError, UserWarning), match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
