from __future__ import annotations

from pathlib import Path

import pytest

from mercer.core.errors import SettingsError
from mercer.plugins import registry
from mercer.plugins.hookspecs import GROUP

BUILT_IN = ["amazon", "jd", "memory", "shopify", "taobao"]


class Packages:
    """Distributions as an installer leaves them, on this test's own path."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def install(self, package: str, platform: str, source: str) -> None:
        module = f"{package.replace('-', '_')}_module"
        self._path.joinpath(f"{module}.py").write_text(source, encoding="utf-8")
        info = self._path / f"{package.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        info.joinpath("METADATA").write_text(f"Name: {package}\nVersion: 1.0\n", encoding="utf-8")
        entry = f"[{GROUP}]\n{platform} = {module}\n"
        info.joinpath("entry_points.txt").write_text(entry, encoding="utf-8")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Packages:
    monkeypatch.syspath_prepend(tmp_path)
    return Packages(tmp_path)


def refusal(name: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        registry.load(name)
    return caught.value


GOOD = """
from mercer.plugins.hookspecs import hookimpl
from mercer.plugins.platform import ChannelSettings, Platform

@hookimpl
def mercer_platforms(register):
    register(Platform("corner-shop", "Corner Shop", ChannelSettings, lambda *_: None))
"""


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_platform_comes_through_the_entry_point_group(name: str) -> None:
    assert name in registry.names()
    assert registry.load(name).name == name


def test_a_strangers_platform_comes_the_same_way(packages: Packages) -> None:
    packages.install("corner-shop-plugin", "corner-shop", GOOD)
    assert "corner-shop" in registry.names()
    platform = registry.load("corner-shop")
    assert (platform.name, platform.title) == ("corner-shop", "Corner Shop")


def test_names_are_sorted_and_load_nothing(packages: Packages) -> None:
    packages.install("explosive", "aaa-explosive", "raise SystemExit('must not be imported')")
    names = registry.names()
    assert names == sorted(names)
    assert names[0] == "aaa-explosive"


def test_an_unknown_platform_names_those_that_are_installed(packages: Packages) -> None:
    packages.install("corner-shop-two", "corner-shop", GOOD)
    error = refusal("shoplift")
    assert error.message == "no platform 'shoplift' is installed"
    assert error.hint == f"installed: {', '.join(registry.names())}"
    assert "corner-shop" in error.hint


IMPORT = "from mercer.plugins.hookspecs import hookimpl\n"


@pytest.mark.parametrize(
    ("package", "source", "cause"),
    [
        ("no-dependency", "import a_library_nobody_has", "a_library_nobody_has"),
        ("bad-syntax", "def (:", "invalid syntax"),
        ("bad-luck", "raise RuntimeError('it rains')", "it rains"),
        (
            "bad-hook",
            f"{IMPORT}@hookimpl\ndef mercer_platforms(register): import a_library_nobody_has",
            "a_library_nobody_has",
        ),
        (
            "mistyped-hook",
            f"{IMPORT}@hookimpl\ndef mercer_platform(register): ...",
            "mercer_platform",
        ),
        (
            "wrong-argument",
            f"{IMPORT}@hookimpl\ndef mercer_platforms(registry): ...",
            "registry",
        ),
    ],
)
def test_a_broken_plugin_says_which_package_brings_it_and_why(
    packages: Packages, package: str, source: str, cause: str
) -> None:
    packages.install(package, "corner-shop", source)
    error = refusal("corner-shop")
    module = f"{package.replace('-', '_')}_module"
    assert error.message.startswith(
        f"the plugin of platform 'corner-shop' ({module} of {package}) cannot be loaded: "
    )
    assert cause in error.message
    assert error.hint == "reinstall or remove the package that brings it"
    assert error.__cause__ is not None


@pytest.mark.parametrize(("package", "source"), [("other-name", GOOD), ("no-hook", "")])
def test_a_plugin_that_does_not_register_its_own_name_is_refused(
    packages: Packages, package: str, source: str
) -> None:
    packages.install(package, "supermarket", source)
    error = refusal("supermarket")
    registered = "['corner-shop']" if source else "[]"
    assert error.message.endswith(f"of {package}) registers {registered}")
    assert error.hint == "its entry point must carry the name of the platform"


def test_one_broken_plugin_does_not_stop_another(packages: Packages) -> None:
    packages.install("rain", "rainy-shop", "raise RuntimeError('it rains')")
    packages.install("corner-shop-three", "corner-shop", GOOD)
    assert registry.load("corner-shop").name == "corner-shop"


POLICY = """
from mercer.core.policy import Always, Side
from mercer.plugins.hookspecs import hookimpl

@hookimpl
def mercer_policies(register):
    register(Always("{name}", Side.THEIRS))
"""


def test_policies_come_through_the_same_group(packages: Packages) -> None:
    assert registry.policies() == {}
    packages.install("gentle-plugin", "gentle", POLICY.format(name="gentle"))
    assert registry.policies()["gentle"].name == "gentle"


def test_a_policy_whose_name_is_taken_is_refused(packages: Packages) -> None:
    packages.install("bold-plugin", "bold", POLICY.format(name="lowest"))
    with pytest.raises(SettingsError, match="there is a policy 'lowest' already"):
        registry.policies()
