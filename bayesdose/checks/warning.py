"""Warnings that point at the user's own line."""

import warnings
from pathlib import Path

__all__ = ["warn"]

_PACKAGE = str(Path(__file__).parents[1])


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the line that called the package, however deep the call is by now."""
    warnings.warn(message, category, skip_file_prefixes=(_PACKAGE,))
