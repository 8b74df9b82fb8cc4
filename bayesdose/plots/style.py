"""What the figures share: a printed page's width, colours, marks, and texts that fit where they stand."""

import itertools
import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import xarray as xr

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "COLOURS",
    "FONT",
    "MARKERS",
    "PAGE_WIDTH",
    "SMALL",
    "add_legend",
    "add_note",
    "dose_axis",
    "dose_axis_height",
    "dose_unit",
    "legend_height",
    "literal",
    "look",
    "new_figure",
    "note_height",
    "note_of",
    "text_width",
    "wrapped",
]

# Okabe and Ito's colours, which come again after six, and markers, which tell ten series apart in grey.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
PAGE_WIDTH = 6.3  # inches: 16 cm, the text width of a printed page
FONT = 8.0  # points, at that width
SMALL = 7.0
_LINE = 1.35 / 72  # inches a line takes for each point of its font
_LONGEST_UPRIGHT = 1.4  # inches
_NARROWEST = 0.14  # inches that a line of an upright label takes
_NOTE_ABOVE = 0.04  # inches between the page's end and its note
_HANDLE = 0.5  # inches beside a legend's text: its handle and the space around it


def new_figure(height: float, *, arranged: bool = True) -> "Figure":
    """A white figure of the page's width and a height in inches, outside pyplot.

    Matplotlib arranges its panels, unless `arranged` is False.
    """
    from matplotlib.figure import Figure

    layout = "constrained" if arranged else None
    return Figure(figsize=(PAGE_WIDTH, height), layout=layout, facecolor="white")


def text_width(text: str, size: float = FONT) -> float:
    """Width in inches of the widest line of a text set in a size of points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size)
    return (
        max(text_to_path.get_text_width_height_descent(line, font, False)[0] for line in text.split("\n"))
        / 72
    )


def look(number: int) -> dict:
    """Colour and marker of a series; a design looks the same in every figure of a result."""
    return {"color": COLOURS[number % len(COLOURS)], "marker": MARKERS[number % len(MARKERS)]}


def literal(text: object) -> str:
    """A user's text as it stands: a dollar sign starts no formula."""
    return str(text).replace("$", r"\$")


def wrapped(text: str, width: float, size: float = FONT) -> str:
    """The text in lines of at most a width in inches; words that are longer are broken."""
    letters = max(len(text), 1)
    while True:
        lines = "\n".join(textwrap.wrap(text, letters))
        found = text_width(literal(lines), size)
        if found <= width or letters == 1:
            return literal(lines)
        letters = max(1, min(letters - 1, int(letters * width / found)))


def note_of(data: xr.Dataset | xr.DataTree, note: str) -> str:
    """The note itself, or else the assumptions that the command line recorded with the data."""
    if note:
        return note
    protocol = f"{data.attrs['protocol']}. " if "protocol" in data.attrs else ""
    if "assumptions" in data.attrs:
        return protocol + str(data.attrs["assumptions"])
    if assumed := str(data.attrs.get("assumed", "")):
        grid = "ASSUMED DOSE GRID. " if "grid" in assumed.split(", ") else ""
        return f"{protocol}{grid}Assumed, not in the public record: {assumed}."
    return ""


def note_height(paragraphs: Sequence[str]) -> float:
    """Inches that `add_note` takes."""
    text = _note_text(paragraphs)
    return SMALL * _LINE * (text.count("\n") + 1) + 0.1 if text else 0.0


def add_note(figure: "Figure", paragraphs: Sequence[str]) -> None:
    """Print paragraphs below the panels, each from a line of its own."""
    if text := _note_text(paragraphs):
        arranged = figure.get_layout_engine() is not None
        y = None if arranged else _NOTE_ABOVE / figure.get_figheight()
        figure.supxlabel(text, y=y, fontsize=SMALL, color="#222222", linespacing=1.25)


def _note_text(paragraphs: Sequence[str]) -> str:
    return "\n".join(wrapped(text, PAGE_WIDTH - 0.5, SMALL) for text in paragraphs if text)


def add_legend(figure: "Figure", handles: Sequence["Artist"], labels: Sequence[str]) -> None:
    """A legend above the panels, in as many columns as fit the page."""
    fitting, columns = _legend_layout(labels)
    figure.legend(
        handles,
        fitting,
        loc="outside upper center",
        ncols=columns,
        frameon=False,
        fontsize=FONT,
        handlelength=1.6,
        columnspacing=1.2,
        borderaxespad=0.2,
    )


def legend_height(labels: Sequence[str]) -> float:
    """Inches that `add_legend` takes."""
    fitting, columns = _legend_layout(labels)
    rows = math.ceil(len(fitting) / columns)
    extra = sum(label.count("\n") for label in fitting)
    return (rows * 1.5 / 1.35 + extra) * FONT * _LINE + 0.15


def _legend_layout(labels: Sequence[str]) -> tuple[list[str], int]:
    """Labels broken to the page's width, and the largest number of columns that fits it."""
    fitting = [wrapped(label, PAGE_WIDTH - _HANDLE - 0.2) for label in labels]
    widths = [text_width(label) + _HANDLE for label in fitting]
    for columns in range(len(widths), 1, -1):
        # Matplotlib fills columns from the left; the first ones are one longer where they differ.
        rows, longer = divmod(len(widths), columns)
        sizes = [rows + (number < longer) for number in range(columns)]
        ends = list(itertools.accumulate(sizes))
        total = sum(max(widths[end - size : end]) for size, end in zip(sizes, ends, strict=True))
        if total <= PAGE_WIDTH - 0.2:
            return fitting, columns
    return fitting, 1


def dose_axis(panel: "Axes", labels: Sequence[str], unit: str, slot: float, name: str = "dose") -> None:
    """Dose labels below a panel, upright where they do not fit their slot in inches.

    Of more doses than have room beside each other, every second one is labelled, or every third.
    """
    fitting, upright = _dose_labels(labels, slot)
    every = math.ceil(_NARROWEST / slot)
    panel.set_xticks(
        range(0, len(labels), every), fitting[::every], fontsize=FONT, rotation=90 if upright else 0
    )
    panel.set_xlim(-0.6, len(labels) - 0.4)
    panel.set_xlabel(f"{name} ({literal(unit)})" if unit else name, fontsize=FONT + 1)


def dose_axis_height(labels: Sequence[str], slot: float, *, named: bool = True) -> float:
    """Inches below the panel that `dose_axis` takes, with or without its name."""
    fitting, upright = _dose_labels(labels, slot)
    lines = max(label.count("\n") + 1 for label in fitting)
    ticks = max(map(text_width, fitting)) if upright else lines * FONT * _LINE
    return ticks + (FONT + 1) * _LINE * named + 0.2


def dose_unit(result: xr.Dataset) -> str:
    """The unit of a result's doses, empty if it has lost it."""
    return str(result["dose"].attrs.get("units", ""))


def _dose_labels(labels: Sequence[str], slot: float) -> tuple[list[str], bool]:
    """Labels broken between words to fit their slot, or else upright."""
    room = slot - 0.06
    words = [word for label in labels for word in label.split()]
    upright = max(map(text_width, words), default=0.0) > room
    if not upright:
        return [wrapped(label, room) for label in labels], False
    # Upright labels of two lines need a slot for two.
    widest = _LONGEST_UPRIGHT if slot > 2 * _NARROWEST else max(map(text_width, labels))
    return [wrapped(label, widest) for label in labels], True
