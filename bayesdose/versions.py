"""Versions of this package and of those that its numbers depend on."""

from functools import cache
from importlib import metadata

__all__ = ["package_versions", "versions_in_words"]

_PACKAGES = ("bayesdose", "numpy", "scipy", "xarray", "pymc", "pytensor", "nutpie", "arviz", "matplotlib")
# What the simulation's numbers depend on.
_NUMBERS = ("bayesdose", "numpy", "scipy", "xarray")


def package_versions() -> dict[str, str]:
    """Version of each package that results, posteriors and figures depend on."""
    return {name: _version(name) for name in _PACKAGES}


def versions_in_words() -> str:
    """Versions that operating characteristics depend on, in one line."""
    return ", ".join(f"{name} {_version(name)}" for name in _NUMBERS)


@cache
def _version(name: str) -> str:
    """Read once: finding it on disk takes longer than all else about a small result."""
    return metadata.version(name)
