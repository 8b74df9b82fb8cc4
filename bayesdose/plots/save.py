"""Figures as PNG files."""

from pathlib import Path
from typing import TYPE_CHECKING

from bayesdose.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["save_png"]


def save_png(figure: "Figure", path: Path) -> None:
    """Write the file that ``savefig(dpi=150)`` does, but draw the figure once.

    ``savefig`` draws it twice, the first time for what could be cropped.

    Raises
    ------
    InputError
        If the file cannot be made there.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(150)
    write_atomically(path, FigureCanvasAgg(figure).print_png)
