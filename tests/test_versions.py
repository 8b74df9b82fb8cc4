"""Versions that results carry."""

import tomllib
from importlib import metadata
from pathlib import Path

import bayesdose as bd
from bayesdose import versions


def test_versions_are_those_that_are_installed():
    found = versions.package_versions()
    assert found == {name: metadata.version(name) for name in found}
    assert {"bayesdose", "numpy", "scipy", "xarray", "pymc"} <= set(found)
    numbers = versions.versions_in_words().split(", ")
    assert numbers == [f"{name} {found[name]}" for name in ("bayesdose", "numpy", "scipy", "xarray")]


def test_each_is_looked_for_once(monkeypatch):
    versions.package_versions()
    monkeypatch.setattr(metadata, "version", lambda name: f"another version of {name}")
    assert "another" not in str(versions.package_versions()) + versions.versions_in_words()


def test_the_package_says_its_version():
    # That of the project file, which the installed package was made from.
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert bd.__version__ == metadata.version("bayesdose")
    assert bd.__version__ == project["version"]
