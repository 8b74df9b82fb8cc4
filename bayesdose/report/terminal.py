"""The terminal that the commands print to."""

from rich.console import Console
from rich.table import Table

__all__ = ["print_whole", "terminal"]


def terminal(width: int | None = None) -> Console:
    """A console that prints text as it stands: protocol files may hold square brackets."""
    return Console(markup=False, highlight=False, width=width)


def print_whole(table: Table) -> None:
    """Print a table with every cell whole, beyond the terminal's width if need be."""
    console = terminal()
    natural = console.measure(table, options=console.options.update(width=10_000)).maximum
    terminal(width=max(natural, console.width)).print(table)
