"""The terminal that the commands print to."""

from rich.console import Console

__all__ = ["terminal"]


def terminal() -> Console:
    """A console that prints text as it stands: protocol files may hold square brackets."""
    return Console(markup=False, highlight=False)
