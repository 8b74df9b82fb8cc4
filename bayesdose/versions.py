"""Versions of this package and of those that its numbers depend on."""

from importlib.metadata import version

__all__ = ["package_versions", "versions_in_words"]

_PACKAGES = ("bayesdose", "numpy", "scipy", "xarray", "pymc", "pytensor", "nutpie", "arviz", "matplotlib")
# What the simulation's numbers depend on.
_NUMBERS = ("bayesdose", "numpy", "scipy", "xarray")


def package_versions() -> dict[str, str]:
    """Version of each package that results, posteriors and figures depend on."""
    return {name: version(name) for name in _PACKAGES}


def versions_in_words() -> str:
    """Versions that operating characteristics depend on, in one line."""
    return ", ".join(f"{name} {version(name)}" for name in _NUMBERS)
