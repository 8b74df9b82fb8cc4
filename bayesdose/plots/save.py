"""Figures as PNG files."""

from pathlib import Path
from typing import TYPE_CHECKING

from bayesdose.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["save_png"]


def save_png(figure: "Figure", path: Path, dpi: float = 150) -> None:
    """Write a figure as ``savefig`` does, which draws it twice, the first time for what could be cropped.

    Raises
    ------
    InputError
        If the file cannot be made there.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(dpi)
    write_atomically(path, FigureCanvasAgg(figure).print_png)
